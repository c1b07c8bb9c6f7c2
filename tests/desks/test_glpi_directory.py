"""GLPI's entities and their users: all of them each time."""

from collections.abc import AsyncIterator

import pytest

from callcenter.cli.check import try_desk
from callcenter.config import GlpiDesk as Configured
from callcenter.core.entry import Kind
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts
from callcenter.desks.glpi.api import PAGE
from callcenter.desks.glpi.desk import WHOLE_EVERY, GlpiDesk
from tests.desks.clock import Clock
from tests.desks.directories import names, numbers, synchroniser, whole
from tests.desks.faults import serving
from tests.desks.glpi_server import CLIENT, USER, GlpiServer, user
from tests.desks.glpi_trial import glpi_at

ROOT, LYON, LATER = 0, 3, 5


@pytest.fixture
def server() -> GlpiServer:
    server = GlpiServer()
    server.users[0]["entities"] = [ROOT]
    emails = [{"email": "old@ardoise.example"}, {"email": "e@ardoise.example", "is_default": True}]
    elise = {"firstname": "Élise", "realname": "Martin-Roux", "emails": emails}
    phones = {"phone": "04 65 71 20 00", "phone2": "", "mobile": "06.39.98.11.22"}
    server.users.append(user(21, "elise", **elise, **phones, entities=[LYON, LYON]))
    return server


@pytest.fixture
async def url(server: GlpiServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[GlpiDesk]:
    async with glpi_at(url) as opened:
        yield opened


async def test_its_users_are_of_the_entity_in_which_they_have_a_profile(desk: GlpiDesk) -> None:
    firms = {one.id: one.name for one in await whole(desk, Kind.COMPANY)}
    assert firms == {"0": "Root entity", "3": "Lyon"}
    nadia, elise = await whole(desk, Kind.CONTACT)
    assert (nadia.name, nadia.company) == ("nadia", "0")
    assert (elise.name, elise.company) == ("Élise Martin-Roux", "3")
    assert (elise.email, elise.numbers) == (
        "e@ardoise.example",
        ("04 65 71 20 00", "06.39.98.11.22"),
    )


async def test_a_site_is_called_by_its_path_and_who_is_of_two_is_of_the_first(
    server: GlpiServer, desk: GlpiDesk
) -> None:
    path = "Root entity > Lyon > Depot"
    server.lists["Administration/Entity"].append({"id": LATER, "name": "x", "completename": path})
    server.users[-1]["entities"] = [LATER, LYON]
    assert [one.name for one in await whole(desk, Kind.COMPANY)][-1] == "Lyon > Depot"
    found = [(one.id, one.company) for one in await whole(desk, Kind.CONTACT)]
    assert found == [("7", "0"), ("21", "3")]
    server.users[-1]["entities"] = [LATER]
    found = [(one.id, one.company) for one in await whole(desk, Kind.CONTACT)]
    assert found == [("7", "0"), ("21", "5")]


async def test_another_process_that_goes_on_begins_with_the_first_entity(
    server: GlpiServer, url: str, desk: GlpiDesk
) -> None:
    path = "Root entity > Depot"
    server.lists["Administration/Entity"].append({"id": LATER, "name": "x", "completename": path})
    server.users[-1]["entities"] = [LATER, LYON]
    server.users[0]["entities"] = []
    first = await desk.entries(Kind.CONTACT, None, None)
    second = await desk.entries(Kind.CONTACT, None, first.after)
    assert [one.company for one in second.entries] == ["3"]
    async with glpi_at(url) as another:
        found, after = list[str | None](), second.after
        while after:
            page = await another.entries(Kind.CONTACT, None, after)
            found, after = found + [one.company for one in page.entries], page.after
    assert found == ["3"]


async def test_every_page_is_read_also_where_one_is_deleted_meanwhile(
    server: GlpiServer, desk: GlpiDesk
) -> None:
    server.users += [user(100 + each, f"p{each}", entities=[LYON]) for each in range(PAGE + 1)]
    found, after = list[str](), None
    while True:
        page = await desk.entries(Kind.CONTACT, None, after)
        found += [one.id for one in page.entries]
        if page.after is None:
            break
        after = page.after
        server.users = [one for one in server.users if one["id"] != 100]
    assert {str(101 + each) for each in range(PAGE)} <= set(found)


async def test_one_that_was_missed_is_told_from_one_that_is_gone(
    server: GlpiServer, desk: GlpiDesk
) -> None:
    elise, gone = await desk.entry(Kind.CONTACT, "21"), await desk.entry(Kind.CONTACT, "9")
    assert elise is not None
    assert elise.company == "3"
    assert gone is not None
    assert not gone.is_active
    assert await desk.entry(Kind.CONTACT, "99") is None
    assert await desk.entry(Kind.COMPANY, "99") is None
    lyon = await desk.entry(Kind.COMPANY, "3")
    assert lyon is not None
    assert lyon.name == "Lyon"


async def test_the_check_says_whether_it_can_be_read(url: str) -> None:
    given = {"kind": "glpi", "name": "glpi", "url": url, "user": USER["username"], **CLIENT}
    configured = given | {"password": USER["password"], "directory": True}
    told = await try_desk(Configured.model_validate(configured))
    assert "its directory can be read (company, contact)" in told


async def test_its_users_come_into_the_directory_and_go_again(
    server: GlpiServer, desk: GlpiDesk, database: Database
) -> None:
    clock = Clock()
    job = synchroniser(desk, clock)
    await job.turn(database)
    assert await names(database, companies) == {"Root entity", "Lyon"}
    assert await names(database, contacts) == {"nadia", "Élise Martin-Roux"}
    assert ("+33639981122", "Élise Martin-Roux") in await numbers(database)
    server.users[-1]["is_deleted"] = True
    server.users.append(user(22, "ines", mobile="06 39 98 33 44", entities=[LYON]))
    clock.advance(WHOLE_EVERY.total_seconds())
    await job.turn(database)
    assert await numbers(database) == {("+33639983344", "ines")}
