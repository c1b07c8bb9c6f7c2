"""Autotask's directory: what is read of its records, whole and by what changed."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Table, select

from callcenter.cli.check import try_desk
from callcenter.config import AutotaskDesk as Configured
from callcenter.core.entry import Entry, Kind
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts, telephone_numbers
from callcenter.desks.autotask import AutotaskDesk
from callcenter.desks.desk import DeniedError, NotSentError
from callcenter.desks.synchroniser import WHOLE_EVERY, Synchroniser
from tests.desks.autotask.opening import desk_on, table
from tests.desks.autotask.query import PAGE_MAX
from tests.desks.autotask.server import THRESHOLD, Autotask
from tests.desks.autotask.tenant import ARDOISE, BRUME, KARIM, NADIA, TENANT
from tests.desks.clock import Clock


@pytest.fixture
def server() -> Autotask:
    return Autotask()


@pytest.fixture
async def desk(server: Autotask) -> AsyncIterator[AutotaskDesk]:
    async with server.serving() as url, desk_on(url) as opened:
        yield opened


async def whole(desk: AutotaskDesk, kind: Kind, since: datetime | None = None) -> Sequence[Entry]:
    found, after = list[Entry](), None
    while True:
        page = await desk.entries(kind, since, after)
        found += page.entries
        if page.after is None:
            return found
        after = page.after


async def test_its_companies_have_their_numbers_and_their_owner(
    server: Autotask, desk: AutotaskDesk
) -> None:
    server.tenant.records["Resources"][NADIA] |= {"firstName": "Nadia", "lastName": "Martin"}
    found = {one.id: one for one in await whole(desk, Kind.COMPANY)}
    assert set(found) == {str(TENANT), str(ARDOISE), str(BRUME)}
    ardoise = found[str(ARDOISE)]
    assert ardoise.name == "Ardoise & Fils"
    assert ardoise.numbers == ("04 65 71 20 00",)
    assert ardoise.owners == ("nadia", "nmartin", "Nadia Martin")
    assert ardoise.is_active
    assert not found[str(BRUME)].is_active


async def test_its_contacts_contracts_and_devices_say_whose_they_are(desk: AutotaskDesk) -> None:
    elise, hugo = await whole(desk, Kind.CONTACT)
    assert (elise.name, elise.company) == ("Élise Martin-Roux", str(ARDOISE))
    assert elise.numbers == ("06.39.98.11.22",)
    assert (elise.is_active, hugo.is_active) == (True, False)
    support, former = await whole(desk, Kind.CONTRACT)
    assert (support.name, support.ends_on) == ("Infogérance", date(2026, 12, 31))
    assert (support.is_active, former.is_active) == (True, False)
    (server,) = await whole(desk, Kind.DEVICE)
    assert (server.name, server.company) == ("srv-ardoise-01", str(ARDOISE))


async def test_a_device_is_called_as_its_monitoring_calls_it(
    server: Autotask, desk: AutotaskDesk
) -> None:
    given = {"companyID": ARDOISE, "referenceTitle": "Firewall", "isActive": True}
    server.tenant.put("ConfigurationItems", given | {"rmmDeviceAuditHostname": "fw-ardoise"})
    assert [one.name for one in await whole(desk, Kind.DEVICE)] == ["srv-ardoise-01", "fw-ardoise"]


async def test_only_what_changed_since_is_asked_for(server: Autotask, desk: AutotaskDesk) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    assert await whole(desk, Kind.COMPANY, later) == []
    server.tenant.now = lambda: later + timedelta(seconds=1)
    server.tenant.patch("Companies", {"id": BRUME, "isActive": True}, KARIM)
    assert [one.id for one in await whole(desk, Kind.COMPANY, later)] == [str(BRUME)]
    for kind in (Kind.CONTACT, Kind.CONTRACT, Kind.DEVICE):
        assert await whole(desk, kind, later) == []


async def test_every_page_is_read_also_where_one_is_changed_meanwhile(
    server: Autotask, desk: AutotaskDesk
) -> None:
    for each in range(PAGE_MAX + 1):
        person = {"companyID": ARDOISE, "firstName": f"P{each}", "lastName": "N", "isActive": 1}
        server.tenant.put("Contacts", person)
    first = await desk.entries(Kind.CONTACT, None, None)
    assert len(first.entries) == PAGE_MAX
    server.tenant.delete("Contacts", int(first.entries[0].id), KARIM)
    second = await desk.entries(Kind.CONTACT, None, first.after)
    assert len(second.entries) == 3
    assert second.after is None


async def test_the_hour_is_left_to_tickets(server: Autotask, desk: AutotaskDesk) -> None:
    server.used = THRESHOLD - 100
    with pytest.raises(NotSentError, match="what can wait is not asked"):
        await desk.entries(Kind.COMPANY, None, None)


async def test_a_right_that_is_missing_is_said(server: Autotask, desk: AutotaskDesk) -> None:
    server.tenant.denied.add("ConfigurationItems")
    with pytest.raises(DeniedError):
        await desk.entries(Kind.DEVICE, None, None)


async def test_the_check_says_whether_it_can_be_read(server: Autotask) -> None:
    async with server.serving() as url:
        configured = Configured.model_validate(table(url, directory=True))
        told = await try_desk(configured)
        assert "its directory can be read (company, contact, contract, device)" in told
        server.tenant.denied.add("ConfigurationItems")
        with pytest.raises(DeniedError, match="see username"):
            await try_desk(configured)


async def test_a_tenant_comes_into_the_directory_and_follows_its_changes(
    server: Autotask, desk: AutotaskDesk, database: Database
) -> None:
    clock = Clock()
    job = Synchroniser(
        desk=desk,
        country="FR",
        random=Random(1),
        shared_now=clock.shared,
        monotonic=clock.monotonic,
    )
    await job.turn(database)
    assert await rows(database, companies) == {"Ma Société", "Ardoise & Fils"}
    assert await rows(database, contacts) == {"Élise Martin-Roux"}
    gone = next(iter(server.tenant.records["Contacts"]))
    server.tenant.delete("Contacts", gone, KARIM)
    given = {"companyID": ARDOISE, "firstName": "Inès", "lastName": "Roy", "isActive": 1}
    server.tenant.put("Contacts", given | {"phone": "+33 6 39 98 33 44"})
    clock.advance(WHOLE_EVERY.total_seconds())
    await job.turn(database)
    assert await rows(database, contacts) == {"Inès Roy"}
    async with database.reading() as connection:
        held = (await connection.execute(select(telephone_numbers.c.e164))).scalars().all()
    assert sorted(held) == ["+33465712000", "+33465712000", "+33639983344"]


async def rows(database: Database, entries: Table) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(entries.c.name))).scalars())
