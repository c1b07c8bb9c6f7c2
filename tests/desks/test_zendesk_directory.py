"""Zendesk's organizations and end users, whole and by what changed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.cli.check import try_desk
from callcenter.config import ZendeskDesk as Configured
from callcenter.core.entry import Kind
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts
from callcenter.desks.desk import RateLimitedError
from callcenter.desks.synchroniser import CHANGES_EVERY
from callcenter.desks.zendesk.desk import ZendeskDesk
from callcenter.desks.zendesk.directory import EXPORT_EVERY_S, PAGE
from tests.desks.clock import Clock
from tests.desks.directories import names, numbers, synchroniser, whole
from tests.desks.faults import serving
from tests.desks.zendesk_server import TOKEN, USER, ZendeskServer
from tests.desks.zendesk_trial import UNKNOWN, zendesk_at

AGO = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
def server() -> ZendeskServer:
    server = ZendeskServer()
    known = server.customers
    known.put(known.organizations, 7, name="Ardoise & Fils")
    known.put(known.users, 4, name="Nadia Martin", role="agent", organization_id=7)
    elise = {"name": "Élise Martin-Roux", "email": "elise@ardoise.example"}
    known.put(known.users, 21, **elise, phone="+33639981122", organization_id=7)
    return server


@pytest.fixture
async def url(server: ZendeskServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[ZendeskDesk]:
    async with zendesk_at(url) as opened:
        yield opened


@pytest.mark.parametrize("since", [None, AGO])
async def test_its_end_users_say_whose_they_are(desk: ZendeskDesk, since: datetime | None) -> None:
    (company,) = await whole(desk, Kind.COMPANY, since)
    assert (company.id, company.name, company.is_active) == ("7", "Ardoise & Fils", True)
    nadia, elise = await whole(desk, Kind.CONTACT, since)
    assert (nadia.is_active, elise.is_active) == (False, True)
    assert (elise.name, elise.company) == ("Élise Martin-Roux", "7")
    assert elise.numbers == ("+33639981122",)


async def test_what_was_deleted_is_among_what_changed(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    known = server.customers
    known.put(known.users, 21, active=False)
    known.put(known.organizations, 7, deleted_at="2026-11-23T09:00:00Z")
    assert [one.is_active for one in await whole(desk, Kind.CONTACT, AGO)] == [False, False]
    assert [one.is_active for one in await whole(desk, Kind.COMPANY, AGO)] == [False]
    assert [one.id for one in await whole(desk, Kind.CONTACT)] == ["4"]
    gone = await desk.entry(Kind.CONTACT, "21")
    assert gone is not None
    assert not gone.is_active
    assert await desk.entry(Kind.CONTACT, "99") is None
    assert await desk.entry(Kind.COMPANY, "7") is None


async def test_every_page_is_read_and_exports_are_not_hurried(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    known, slept = server.customers, list[float]()
    for number in range(100, 101 + PAGE):
        known.put(known.users, number, name=f"P{number}")
        known.put(known.organizations, number, name=f"O{number}")

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    directory = replace(desk.directory, sleep=sleep)
    for kind in (Kind.COMPANY, Kind.CONTACT):
        for since in (None, AGO):
            found, after = set[str](), "first"
            while after:
                page = await directory.entries(kind, since, None if after == "first" else after)
                found, after = found | {one.id for one in page.entries}, page.after or ""
            assert {str(number) for number in range(100, 101 + PAGE)} <= found
    assert slept == [EXPORT_EVERY_S] * 2


async def test_what_is_left_of_a_minute_is_left_to_tickets(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    server.customers.left = 100
    await desk.entries(Kind.COMPANY, None, None)
    with pytest.raises(RateLimitedError, match="what can wait is not asked") as raised:
        await desk.entries(Kind.CONTACT, None, None)
    assert raised.value.after_s
    assert await desk.find("no call") is None


async def test_the_check_says_whether_it_can_be_read(url: str) -> None:
    given = {"kind": "zendesk", "name": "zendesk", "url": url, "user": USER, "token": TOKEN}
    wanted = {"group": "Support", "requester": UNKNOWN, "directory": True}
    told = await try_desk(Configured.model_validate(given | wanted))
    assert "its directory can be read (company, contact)" in told


async def test_its_customers_come_into_the_directory_and_go_at_once(
    server: ZendeskServer, desk: ZendeskDesk, database: Database
) -> None:
    clock, known = Clock(), server.customers
    clock.now = datetime.now(UTC) - timedelta(hours=1)
    job = synchroniser(desk, clock)
    await job.turn(database)
    assert await names(database, companies) == {"Ardoise & Fils"}
    assert await numbers(database) == {("+33639981122", "Élise Martin-Roux")}
    known.put(known.users, 21, active=False)
    clock.advance(CHANGES_EVERY.total_seconds())
    await job.turn(database)
    assert await names(database, contacts) == set()
