"""Two entries of the directory that are one: whatever points at the other follows the survivor.

All in one transaction: nothing ever points at what is gone. What both have under one name stays
once, as the survivor has it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Row, Table, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import desk_entries, entries, pointers, trail
from callcenter.db.entries import EntryError
from callcenter.db.schema import (
    call_contacts,
    companies,
    contacts,
    contracts,
    devices,
    telephone_numbers,
)
from callcenter.db.trail import Action, By

DOUBLED: dict[Table, Sequence[tuple[Column[Any], Sequence[Column[Any]]]]] = {
    companies: (
        (contacts.c.company_id, (contacts.c.name,)),
        (contracts.c.company_id, (contracts.c.name,)),
        (devices.c.company_id, (devices.c.name,)),
        (
            telephone_numbers.c.company_id,
            (telephone_numbers.c.e164, telephone_numbers.c.contact_id),
        ),
    ),
    contacts: (
        (telephone_numbers.c.contact_id, (telephone_numbers.c.e164,)),
        (call_contacts.c.contact_id, (call_contacts.c.call_id,)),
    ),
    contracts: (),
    devices: (),
    telephone_numbers: (),
}
"""Of what points at an entry, the columns by which both may have the same: one of the two goes. A
test holds that every unique constraint of the schema that this concerns is here."""


async def unite_companies(
    connection: AsyncConnection, survivor: int, other: int, *, by: By
) -> None:
    """Let two companies be one. Raises EntryError where they are not two, or gone.

    What the survivor does not say of itself is taken from the other.
    """
    kept, gone = await _both(connection, companies, survivor, other)
    values = {
        name: getattr(kept, name) or getattr(gone, name) for name in ("account_owner", "backup")
    }
    await _follow(connection, companies, survivor, other)
    await _end(connection, companies, (kept, gone), values, by)
    await _note(connection, Action.COMPANY_MERGED, (kept, gone), by)


async def unite_contacts(connection: AsyncConnection, survivor: int, other: int, *, by: By) -> None:
    """Let two contacts of one company be one. Raises EntryError, also where they are of two."""
    kept, gone = await _both(connection, contacts, survivor, other)
    if kept.company_id != gone.company_id:
        raise EntryError("survivor", "companies", "they are of two companies: merge those first")
    await _follow(connection, contacts, survivor, other)
    await _end(connection, contacts, (kept, gone), {"email": kept.email or gone.email}, by)
    await _note(connection, Action.CONTACT_MERGED, (kept, gone), by)


async def _both(
    connection: AsyncConnection, table: Table, survivor: int, other: int
) -> tuple[Row[Any], Row[Any]]:
    if survivor == other:
        raise EntryError("survivor", "same", "that is the same entry twice: choose two")
    held = {key: await entries.held(connection, table, key) for key in sorted((survivor, other))}
    return held[survivor], held[other]


async def _follow(connection: AsyncConnection, table: Table, survivor: int, other: int) -> None:
    """Make room where both have the same, then let all of the other's be the survivor's."""
    await desk_entries.hush(connection, table, other)
    for column, alike in DOUBLED[table]:
        await _drop_doubles(connection, column, alike, survivor, other)
    await pointers.move(connection, table, other, survivor)


async def _drop_doubles(
    connection: AsyncConnection,
    column: Column[Any],
    alike: Sequence[Column[Any]],
    survivor: int,
    other: int,
) -> None:
    """Remove the other's rows that the survivor has too; what pointed at one points at its like."""
    table = column.table
    theirs = table.alias()
    same = [theirs.c[each.name].is_not_distinct_from(each) for each in alike]
    join = and_(column == survivor, theirs.c[column.name] == other, *same)
    if "id" not in table.c:
        doubles = (
            select(*(theirs.c[each.name] for each in alike)).select_from(table).join(theirs, join)
        )
        for row in (await connection.execute(doubles)).all():
            is_it = [each == value for each, value in zip(alike, row, strict=True)]
            await connection.execute(delete(table).where(column == other, *is_it))
        return
    doubles = select(table.c.id, theirs.c.id.label("double")).select_from(table).join(theirs, join)
    for row in (await connection.execute(doubles)).all():
        await _follow(connection, table, row.id, row.double)
        await connection.execute(delete(table).where(table.c.id == row.double))


async def _end(
    connection: AsyncConnection,
    table: Table,
    both: tuple[Row[Any], Row[Any]],
    values: dict[str, str | None],
    by: By,
) -> None:
    kept, gone = both
    await connection.execute(delete(table).where(table.c.id == gone.id))
    values_now = {**values, "updated_at": entries.later(kept, by)}
    await connection.execute(update(table).where(table.c.id == kept.id).values(values_now))


async def _note(
    connection: AsyncConnection, action: Action, both: tuple[Row[Any], Row[Any]], by: By
) -> None:
    kept, gone = both
    noun = action.split(".")[0]
    about, changes = f"{noun}:{kept.id}", {"merged": (gone.name, kept.name)}
    await trail.note_change(
        connection, action, by, about=about, changes=changes, **{noun: kept.name}
    )
