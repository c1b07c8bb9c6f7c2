"""Merging duplicates: whatever points at the other follows, and nothing points at what is gone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Table, UniqueConstraint, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import pointers, uniting
from callcenter.db.engine import Database
from callcenter.db.entries import EntryError, GoneError
from callcenter.db.schema import (
    call_contacts,
    callbacks,
    calls,
    companies,
    contacts,
    contracts,
    customers,
    devices,
    metadata,
    telephone_numbers,
    ticket_notes,
    tickets,
    trail,
)
from callcenter.db.trail import By

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BY = By("super", NOW)


def test_every_column_that_means_a_company_or_a_contact_is_known() -> None:
    """A column called so without a foreign key has to be named in ``pointers``."""
    for table, name in ((companies, "company_id"), (contacts, "contact_id")):
        meant = {each.c[name] for each in metadata.sorted_tables if name in each.c}
        assert meant == set(pointers.pointing_at(table)), "add it to pointers.UNTIED"


def test_every_way_in_which_both_may_have_the_same_is_known() -> None:
    for table in (companies, contacts):
        known = {column: set(alike) for column, alike in uniting.DOUBLED[table]}
        for column in pointers.pointing_at(table):
            for unique in uniques(column.table):
                if column in unique:
                    alike = known.get(column)
                    assert alike is not None, f"add {column} to uniting.DOUBLED"
                    assert alike - {telephone_numbers.c.contact_id} <= unique


def uniques(table: Table) -> list[set[Column[Any]]]:
    found = [set(each.columns) for each in table.constraints if isinstance(each, UniqueConstraint)]
    found += [set(each.columns) for each in table.indexes if each.unique]
    return [*found, set(table.primary_key.columns)]


def test_what_is_removed_as_a_double_hands_on_what_points_at_it() -> None:
    """So each of these tables has its own line, if only to say that nothing of it is doubled."""
    for table in (companies, contacts):
        for column, _ in uniting.DOUBLED[table]:
            if pointers.pointing_at(column.table):
                assert column.table in uniting.DOUBLED


@pytest.fixture
async def filled(database: Database) -> Database:
    """Two companies with the same contact, contract, device and number, and one each of its own."""
    async with database.transaction() as connection:
        for company, other in ((1, 2), (2, 1)):
            await fill(connection, company, other)
    return database


async def fill(connection: AsyncConnection, n: int, other: int) -> None:
    async def put(table: Table, **values: object) -> None:
        await connection.execute(insert(table).values(values))

    owner = "zoe" if n == 2 else None
    await put(companies, id=n, name=f"Ardoise {n}", account_owner=owner)
    for key, name in ((n * 10, "Élise Vannier"), (n * 10 + 1, f"Marc {n}")):
        await put(contacts, id=key, company_id=n, name=name)
        await put(telephone_numbers, e164=f"+336399811{n}{key % 10}", company_id=n, contact_id=key)
        await put(telephone_numbers, e164="+33639981199", company_id=n, contact_id=key)
    for key, name in ((n * 10, "Gold"), (n * 10 + 1, f"Silver {n}")):
        await put(contracts, id=key, company_id=n, name=name)
        await put(devices, id=key, company_id=n, name=name, contact_id=n * 10)
    await put(telephone_numbers, e164="+33199001100", company_id=n)
    call = f"{n}" * 36
    await put(
        calls,
        id=call,
        pbx="main",
        linkedid=call,
        channel=call,
        line="support",
        caller_raw="",
        company_id=n,
        state="ended",
        started_at=NOW,
    )
    await put(call_contacts, call_id=call, contact_id=n * 10)
    await put(
        tickets,
        number=f"T{n}",
        title="Oven",
        company_id=n,
        contact_id=n * 10,
        contract_id=n * 10,
        queue="support",
        source="phone",
        status="new",
        priority="medium",
        created_at=NOW,
    )
    await put(ticket_notes, ticket_number=f"T{n}", at=NOW, text="x", company_id=n)
    await put(
        callbacks,
        line="support",
        caller_raw=str(n),
        company_id=n,
        first_missed_at=NOW,
        last_missed_at=NOW,
        times=1,
    )
    await put(
        customers,
        company_id=n,
        contact_id=n * 10,
        login=f"c{n}",
        name="Claire",
        password_hash="x",
        created_at=NOW,
    )
    if n == 2:  # both contacts took part in one call
        await put(call_contacts, call_id=call, contact_id=other * 10)


async def rows(connection: AsyncConnection, table: Table) -> int:
    return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_all_of_a_company_follows_and_nothing_points_at_what_is_gone(
    filled: Database,
) -> None:
    untouched = (calls, tickets, ticket_notes, callbacks, customers)
    async with filled.transaction() as connection:
        before = [await rows(connection, table) for table in untouched]
        await uniting.unite_companies(connection, 1, 2, by=BY)
        assert [await rows(connection, table) for table in untouched] == before
        assert not any((await pointers.counts(connection, companies, 2)).values())
        assert not any((await pointers.counts(connection, contacts, 20)).values())
        owned = await pointers.counts(connection, companies, 1)
        assert (owned["calls"], owned["tickets"], owned["ticket_notes"]) == (2, 2, 2)
        assert (owned["contacts"], owned["contracts"], owned["devices"]) == (3, 3, 3)
        # Élise's two mobiles, Marc's and Marc's, the one that all have thrice, the switchboard.
        assert owned["telephone_numbers"] == 4 + 3 + 1
        found = await connection.execute(select(tickets.c.contact_id, tickets.c.contract_id))
        assert {tuple(row) for row in found} == {(10, 10)}
        assert (await connection.execute(select(companies.c.account_owner))).scalars().all() == [
            "zoe"
        ]
        (line,) = (await connection.execute(select(trail))).all()
        assert (line.action, line.about, line.actor) == ("company.merged", "company:1", "super")


async def test_two_contacts_of_one_company_become_one(filled: Database) -> None:
    async with filled.transaction() as connection:
        await uniting.unite_contacts(connection, 11, 10, by=BY)
        assert not any((await pointers.counts(connection, contacts, 10)).values())
        owned = await pointers.counts(connection, contacts, 11)
        assert (owned["tickets"], owned["call_contacts"], owned["devices"]) == (1, 2, 2)
        assert owned["telephone_numbers"] == 3
        (kept,) = (
            await connection.execute(select(contacts.c.name).where(contacts.c.company_id == 1))
        ).all()
        assert kept.name == "Marc 1"


async def test_what_are_not_two_of_one_kind_stay_two(filled: Database) -> None:
    async with filled.transaction() as connection:
        for attempt in (
            uniting.unite_companies(connection, 1, 1, by=BY),
            uniting.unite_contacts(connection, 10, 20, by=BY),
        ):
            with pytest.raises(EntryError):
                await attempt
        with pytest.raises(GoneError):
            await uniting.unite_companies(connection, 1, 9, by=BY)
        assert await rows(connection, companies) == 2
