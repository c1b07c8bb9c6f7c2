"""Zammad's organizations and users, whole and by what changed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from callcenter.cli.check import try_desk
from callcenter.config import ZammadDesk as Configured
from callcenter.core.entry import Kind
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts
from callcenter.desks.desk import RejectedError
from callcenter.desks.synchroniser import WHOLE_EVERY
from callcenter.desks.zammad.desk import ZammadDesk
from callcenter.desks.zammad.directory import PAGE
from tests.desks.clock import Clock
from tests.desks.directories import names, numbers, synchroniser, whole
from tests.desks.faults import serving
from tests.desks.zammad_server import TOKEN, UNKNOWN, ZammadServer
from tests.desks.zammad_trial import zammad_at

ELISE = {
    "id": 21,
    "login": "elise@ardoise.example",
    "email": "elise@ardoise.example",
    "firstname": "Élise",
    "lastname": "Martin-Roux",
    "mobile": "06.39.98.11.22",
    "phone": "04 65 71 20 00",
    "organization_id": 7,
}


@pytest.fixture
def server() -> ZammadServer:
    server = ZammadServer()
    known = server.customers
    known.put(known.organizations, id=7, name="Ardoise & Fils")
    known.put(known.people, **ELISE)
    return server


@pytest.fixture
async def url(server: ZammadServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[ZammadDesk]:
    async with zammad_at(url) as opened:
        yield opened


async def test_its_people_say_whose_they_are_and_which_numbers_they_have(desk: ZammadDesk) -> None:
    (company,) = await whole(desk, Kind.COMPANY)
    assert (company.id, company.name) == ("7", "Ardoise & Fils")
    agent, elise = await whole(desk, Kind.CONTACT)
    assert (agent.name, agent.company) == ("callcenter", None)
    assert (elise.name, elise.company, elise.email) == ("Élise Martin-Roux", "7", ELISE["email"])
    assert elise.numbers == ("04 65 71 20 00", "06.39.98.11.22")


async def test_every_page_is_read_also_where_many_changed_at_once_and_one_is_deleted(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    people = server.customers.people
    for number in range(100, 100 + 2 * PAGE):
        people.append({"id": number, "login": f"p{number}", "updated_at": "2026-11-24T08:00:00Z"})
    people.append({"id": 999, "login": "last", "updated_at": "2026-11-25T08:00:00Z"})
    first = await desk.entries(Kind.CONTACT, None, None)
    del people[0]
    server.customers.put(people, id=21, login="changed", updated_at="2026-11-26T08:00:00.000Z")
    found, after = {one.id for one in first.entries}, first.after
    while after:
        page = await desk.entries(Kind.CONTACT, None, after)
        found, after = found | {one.id for one in page.entries}, page.after
    assert {str(one["id"]) for one in people} <= found


async def test_only_what_changed_since_is_asked_for(server: ZammadServer, desk: ZammadDesk) -> None:
    later = datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC)
    assert await whole(desk, Kind.CONTACT, later) == []
    at = "2026-11-24T08:00:00.123Z"
    server.customers.put(server.customers.people, id=21, active=False, updated_at=at)
    (elise,) = await whole(desk, Kind.CONTACT, later)
    assert (elise.id, elise.is_active) == ("21", False)


async def test_one_that_is_gone_is_told_from_one_that_is_there(desk: ZammadDesk) -> None:
    assert await desk.entry(Kind.COMPANY, "8") is None
    assert await desk.entry(Kind.CONTACT, "8") is None
    elise = await desk.entry(Kind.CONTACT, "21")
    assert elise is not None
    assert elise.name == "Élise Martin-Roux"


async def test_a_version_that_cannot_give_it_is_told_of(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    server.customers.conditional = False
    with pytest.raises(RejectedError, match=r"version 6\.5"):
        await desk.entries(Kind.CONTACT, None, None)


async def test_the_check_says_whether_it_can_be_read(server: ZammadServer, url: str) -> None:
    server.users[0]["login"] = UNKNOWN
    given = {"kind": "zammad", "name": "zammad", "url": url, "token": TOKEN, "group": "Support"}
    configured = Configured.model_validate(given | {"customer": UNKNOWN, "directory": True})
    assert "its directory can be read (company, contact)" in await try_desk(configured)
    server.customers.conditional = False
    with pytest.raises(RejectedError, match=r"version 6\.5"):
        await try_desk(configured)


async def test_its_customers_come_into_the_directory_and_go_again(
    server: ZammadServer, desk: ZammadDesk, database: Database
) -> None:
    clock, known = Clock(), server.customers
    job = synchroniser(desk, clock)
    await job.turn(database)
    assert await names(database, companies) == {"Ardoise & Fils"}
    assert await names(database, contacts) == {"Élise Martin-Roux"}
    assert ("+33639981122", "Élise Martin-Roux") in await numbers(database)
    known.people = [one for one in known.people if one["id"] != 21]
    known.put(known.people, id=22, login="ines", mobile="06 39 98 33 44", organization_id=7)
    clock.advance(WHOLE_EVERY.total_seconds())
    await job.turn(database)
    assert await numbers(database) == {("+33639983344", "ines")}
