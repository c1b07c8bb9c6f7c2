"""Freshdesk's companies and contacts, whole and by what changed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.cli.check import try_desk
from callcenter.config import FreshdeskDesk as Configured
from callcenter.core.entry import Kind
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts
from callcenter.desks.desk import RateLimitedError
from callcenter.desks.freshdesk.desk import FreshdeskDesk
from callcenter.desks.freshdesk.directory import PAGE
from callcenter.desks.synchroniser import CHANGES_EVERY, WHOLE_EVERY
from tests.desks.clock import Clock
from tests.desks.directories import names, numbers, synchroniser, whole
from tests.desks.faults import serving
from tests.desks.freshdesk_server import KEY, FreshdeskServer
from tests.desks.freshdesk_trial import UNKNOWN, freshdesk_at

AGO = datetime.now(UTC) - timedelta(hours=2)
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def server() -> FreshdeskServer:
    server = FreshdeskServer()
    known = server.customers
    known.put(known.companies, 7, name="Ardoise & Fils")
    elise = {"name": "Élise Martin-Roux", "email": "elise@ardoise.example"}
    known.put(known.contacts, 21, **elise, mobile="06 39 98 11 22", company_id=7)
    return server


@pytest.fixture
async def url(server: FreshdeskServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[FreshdeskDesk]:
    async with freshdesk_at(url) as opened:
        yield opened


@pytest.mark.parametrize("since", [None, AGO])
async def test_its_contacts_say_whose_they_are(desk: FreshdeskDesk, since: datetime | None) -> None:
    (company,) = await whole(desk, Kind.COMPANY, since)
    assert (company.id, company.name) == ("7", "Ardoise & Fils")
    (elise,) = await whole(desk, Kind.CONTACT, since)
    assert (elise.name, elise.company, elise.is_active) == ("Élise Martin-Roux", "7", True)
    assert elise.numbers == ("06 39 98 11 22",)


@pytest.mark.parametrize("combines", [True, False])
async def test_only_what_changed_since_is_given(
    server: FreshdeskServer, desk: FreshdeskDesk, combines: bool
) -> None:
    known = server.customers
    known.combines = combines
    assert await whole(desk, Kind.COMPANY, SOON) == []
    assert await whole(desk, Kind.CONTACT, SOON) == []
    known.put(known.contacts, 21, deleted=True)
    gone = [one.is_active for one in await whole(desk, Kind.CONTACT, AGO)]
    assert gone == ([False] if combines else [])


async def test_what_its_lists_leave_out_is_told_from_what_is_gone(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    known = server.customers
    known.put(known.contacts, 21, blocked=True)
    known.put(known.contacts, 22, name="Hugo Petit", deleted=True)
    assert await whole(desk, Kind.CONTACT) == []
    elise, hugo = await desk.entry(Kind.CONTACT, "21"), await desk.entry(Kind.CONTACT, "22")
    assert elise is not None
    assert hugo is not None
    assert (elise.is_active, hugo.is_active) == (True, False)
    assert await desk.entry(Kind.CONTACT, "23") is None
    assert await desk.entry(Kind.COMPANY, "8") is None


async def test_what_is_left_of_a_minute_is_left_to_tickets(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    server.customers.left = 50
    await desk.entries(Kind.COMPANY, None, None)
    with pytest.raises(RateLimitedError, match="what can wait is not asked"):
        await desk.entries(Kind.CONTACT, None, None)
    assert await desk.get("99") is None


async def test_the_check_says_whether_it_can_be_read(url: str) -> None:
    given = {"kind": "freshdesk", "name": "freshdesk", "url": url, "key": KEY, "group": "Support"}
    wanted = {"requester": UNKNOWN, "directory": True}
    told = await try_desk(Configured.model_validate(given | wanted))
    assert "its directory can be read (company, contact)" in told


async def test_who_slides_past_a_page_stays_in_the_directory_and_who_is_deleted_goes(
    server: FreshdeskServer, desk: FreshdeskDesk, database: Database
) -> None:
    clock, known = Clock(), server.customers
    clock.now = datetime.now(UTC) - timedelta(hours=1)
    for number in range(100, 100 + PAGE):
        known.put(known.contacts, number, name=f"P{number}", company_id=7)
    job = synchroniser(desk, clock)
    await job.turn(database)
    assert await names(database, companies) == {"Ardoise & Fils"}
    assert len(await names(database, contacts)) == PAGE + 1
    assert await numbers(database) == {("+33639981122", "Élise Martin-Roux")}
    known.put(known.contacts, 100, deleted=True)
    clock.advance(CHANGES_EVERY.total_seconds())
    await job.turn(database)
    assert len(await names(database, contacts)) == PAGE
    del known.contacts[101]
    known.put(known.contacts, 21, blocked=True)
    clock.advance(WHOLE_EVERY.total_seconds())
    await job.turn(database)
    found = await names(database, contacts)
    assert len(found) == PAGE - 1
    assert "Élise Martin-Roux" in found
