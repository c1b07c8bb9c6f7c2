"""Editing the directory one by one: two editors, numbers, what goes along, and the trail."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from callcenter.db import companies, contacts, numbers, schema, trail
from callcenter.db.belongings import CONTRACTS, DEVICES
from callcenter.db.companies import Company
from callcenter.db.companies import Fields as CompanyFields
from callcenter.db.contacts import Fields as ContactFields
from callcenter.db.engine import Database
from callcenter.db.entries import NAME_MAX, EntryError
from callcenter.db.numbers import Holder
from callcenter.db.trail import By, TrailFilter
from callcenter.db.versions import StaleError

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BY = By("super", NOW)
GOLD = {"name": "Gold", "covers_support": True, "starts_on": None, "ends_on": None}


@pytest.fixture
async def ardoise(database: Database) -> int:
    """A company."""
    async with database.transaction() as connection:
        return await companies.add(connection, CompanyFields("Ardoise", "zoe", None), by=BY)


async def company(database: Database, company_id: int) -> Company:
    async with database.reading() as connection:
        found = await companies.get(connection, company_id)
    assert found is not None
    return found


async def told(database: Database) -> list[tuple[str, trail.Changes]]:
    async with database.reading() as connection:
        page = await trail.page(connection, TrailFilter(), after=None, limit=50)
    return [(entry.action, entry.changes) for entry in reversed(page.entries)]


async def test_of_two_editors_the_second_is_told_even_within_one_moment(
    database: Database, ardoise: int
) -> None:
    began = await company(database, ardoise)
    first, second = (replace(began.fields, backup=name) for name in ("karim", "ines"))
    async with database.transaction() as connection:
        await companies.change(connection, ardoise, first, version=began.version, by=BY)
        with pytest.raises(StaleError):
            await companies.change(connection, ardoise, second, version=began.version, by=BY)
    now = await company(database, ardoise)
    assert now.fields.backup == "karim"
    assert now.updated_at == NOW + timedelta(microseconds=1)
    assert (await told(database))[-1] == ("company.changed", {"backup": (None, "karim")})


async def test_what_cannot_be_is_refused_by_its_field(database: Database, ardoise: int) -> None:
    async with database.transaction() as connection:
        elise = await contacts.add(connection, ardoise, ContactFields("Élise", None), by=BY)
        await CONTRACTS.add(connection, ardoise, GOLD, by=BY)
        days = {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}
        holder, country = Holder(ardoise, elise), "FR"
        long = CompanyFields("x" * (NAME_MAX + 1), None, None)
        for where, attempt in [
            (("name", "missing"), companies.add(connection, CompanyFields("", None, None), by=BY)),
            (("name", "long"), companies.add(connection, long, by=BY)),
            (
                ("name", "taken"),
                companies.add(connection, CompanyFields("Ardoise", None, None), by=BY),
            ),
            (
                ("name", "taken"),
                contacts.add(connection, ardoise, ContactFields("Élise", None), by=BY),
            ),
            (
                ("email", "form"),
                contacts.add(connection, ardoise, ContactFields("Marc", "marc"), by=BY),
            ),
            (("name", "taken"), CONTRACTS.add(connection, ardoise, GOLD, by=BY)),
            (
                ("ends_on", "order"),
                CONTRACTS.add(connection, ardoise, GOLD | days | {"name": "Silver"}, by=BY),
            ),
            (
                ("contact_id", "gone"),
                DEVICES.add(
                    connection, ardoise, {"name": "nas", "kind": None, "contact_id": 99}, by=BY
                ),
            ),
            (("number", "form"), numbers.give(connection, holder, "101", country=country, by=BY)),
            (("entry", "gone"), companies.remove(connection, 99, version="", by=BY)),
            (("entry", "gone"), CONTRACTS.remove(connection, ardoise, 99, by=BY)),
        ]:
            with pytest.raises(EntryError) as refused:
                await attempt
            assert (refused.value.field, refused.value.reason) == where


async def test_numbers_are_kept_in_e164_and_say_who_shares_them(
    database: Database, ardoise: int
) -> None:
    async with database.transaction() as connection:
        elise = await contacts.add(connection, ardoise, ContactFields("Élise", None), by=BY)
        own, hers = Holder(ardoise), Holder(ardoise, elise)
        for holder in (own, hers, hers):
            await numbers.give(connection, holder, "01 99 00 11 00", country="FR", by=BY)
        (number,) = await numbers.of(connection, own)
        assert (number.e164, number.others) == ("+33199001100", ("Élise (Ardoise)",))
        await numbers.take(connection, own, number.id, by=BY)
        await numbers.take(connection, own, number.id, by=BY)
        assert await numbers.of(connection, own) == []
        (number,) = await numbers.of(connection, hers)
        await numbers.take(connection, own, number.id, by=BY)
        assert number in await numbers.of(connection, hers)
    assert [changes for _, changes in await told(database) if "number" in changes] == [
        {"number": (None, "+33199001100")},
        {"number": (None, "+33199001100")},
        {"number": ("+33199001100", None)},
    ]


async def test_contracts_and_devices_are_edited_and_the_company_is_newer_for_it(
    database: Database, ardoise: int
) -> None:
    async with database.transaction() as connection:
        await CONTRACTS.add(connection, ardoise, GOLD, by=BY)
        (contract,) = await CONTRACTS.of(connection, ardoise)
        ending = GOLD | {"ends_on": date(2026, 12, 31), "covers_support": False}
        key, version = contract.id, contract.version
        await CONTRACTS.change(connection, ardoise, key, ending, version=version, by=BY)
        with pytest.raises(StaleError):
            await CONTRACTS.change(connection, ardoise, key, GOLD, version=version, by=BY)
        (contract,) = await CONTRACTS.of(connection, ardoise)
        assert contract.values == ending
        await DEVICES.add(
            connection, ardoise, {"name": "nas", "kind": "server", "contact_id": None}, by=BY
        )
        (device,) = await DEVICES.of(connection, ardoise)
        await DEVICES.remove(connection, ardoise, device.id, by=BY)
    changed = (await company(database, ardoise)).updated_at
    assert changed is not None
    assert changed > NOW
    found = await told(database)
    assert [action for action, _ in found] == [
        "company.added",
        "contract.added",
        "contract.changed",
        "device.added",
        "device.removed",
    ]
    assert found[2][1] == {"ends_on": (None, "2026-12-31"), "covers_support": ("yes", "no")}


async def test_who_is_removed_takes_along_what_is_their_own_and_calls_and_tickets_stay(
    database: Database, ardoise: int
) -> None:
    async with database.transaction() as connection:
        elise = await contacts.add(connection, ardoise, ContactFields("Élise", None), by=BY)
        await numbers.give(connection, Holder(ardoise, elise), "0639981122", country="FR", by=BY)
        ticket = {"number": "T1", "title": "Oven", "company_id": ardoise, "contact_id": elise}
        ticket |= {"queue": "support", "source": "phone", "status": "new", "priority": "low"}
        await connection.execute(insert(schema.tickets).values(ticket | {"created_at": NOW}))
        note = {"ticket_number": "T1", "at": NOW, "text": "x", "company_id": ardoise}
        await connection.execute(insert(schema.ticket_notes).values(note))
        there = await companies.attached(connection, ardoise)
        assert there.going == {"contacts": 1, "telephone_numbers": 1}
        assert there.staying == {"tickets": 1, "ticket_notes": 1}
        found = await companies.get(connection, ardoise)
        assert found is not None
        with pytest.raises(StaleError):
            await companies.remove(connection, ardoise, version="", by=BY)
        await companies.remove(connection, ardoise, version=found.version, by=BY)
        kept = (await connection.execute(select(schema.tickets))).one()
        assert (kept.company_id, kept.contact_id) == (None, None)
        assert (await connection.execute(select(schema.ticket_notes.c.company_id))).scalar() is None
        assert (await connection.execute(select(schema.telephone_numbers))).all() == []


async def test_lists_follow_one_another_by_name(database: Database) -> None:
    async with database.transaction() as connection:
        for name in ("Ciel", "Ardoise", "Bleu Nuit"):
            await companies.add(connection, CompanyFields(name, None, None), by=BY)
        first, after = await companies.page(connection, after=None, limit=2)
        rest, end = await companies.page(connection, after=after, limit=2)
    assert [one.name for one in [*first, *rest]] == ["Ardoise", "Bleu Nuit", "Ciel"]
    assert end is None
