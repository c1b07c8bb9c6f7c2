"""An entry that its desk has no more: what came from there goes, and what is ours stays.

The numbers that the desk gave go. The entry itself goes where the desk made it and nothing of ours
hangs on it: a number that was typed here, a colleague who is not in the desk, a customer of the
portal. Calls and tickets stay, as when somebody removes it by hand.
"""

from typing import Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.entry import Kind
from callcenter.db import desk_entries as entries
from callcenter.db import pointers
from callcenter.db.desk_entries import COLUMNS, TABLES, Link
from callcenter.db.schema import desk_entries, telephone_numbers

ADDED: Final = frozenset({"alert_devices"})
"""Tables whose rows keep no entry here: programs wrote them."""

INNER = (Kind.DEVICE, Kind.CONTRACT, Kind.CONTACT)
"""What belongs to a company, and goes before it."""


async def part(connection: AsyncConnection, link: Link) -> None:
    """Undo what the desk's entry brought here."""
    alike = await entries.alike(connection, link.kind, link.key)
    others = [one for one in alike if one.id != link.id]
    if not others and link.kind is Kind.COMPANY:
        await _part_inner(connection, link)
    await connection.execute(delete(desk_entries).where(desk_entries.c.id == link.id))
    if link.numbers:
        held = telephone_numbers.c.e164.in_(sorted(link.numbers))
        await connection.execute(delete(telephone_numbers).where(_holder(link), held))
    if others:
        await _hand_on(connection, link, others[0])
    elif link.is_made:
        await _remove(connection, link)


async def _part_inner(connection: AsyncConnection, link: Link) -> None:
    """The same with all that the desk says of a company."""
    for kind in INNER:
        table = TABLES[kind]
        query = (
            select(desk_entries.c.external_id)
            .join(table, table.c.id == COLUMNS[kind])
            .where(table.c.company_id == link.key, desk_entries.c.desk == link.desk)
        )
        ids = (await connection.execute(query)).scalars().all()
        for each in (await entries.links(connection, link.desk, kind, ids)).values():
            await part(connection, each)


async def _hand_on(connection: AsyncConnection, link: Link, heir: Link) -> None:
    """The entry is one with another of a desk: that says from now on what it is called."""
    values = {"speaks": link.speaks or heir.speaks, "is_made": link.is_made or heir.is_made}
    await connection.execute(
        update(desk_entries).where(desk_entries.c.id == heir.id).values(values)
    )


async def _remove(connection: AsyncConnection, link: Link) -> None:
    table = TABLES[link.kind]
    attached = await pointers.attached(connection, table, link.key)
    if attached.going.keys() - ADDED:
        return
    await pointers.let_go(connection, table, link.key)
    await connection.execute(delete(table).where(table.c.id == link.key))


def _holder(link: Link) -> ColumnElement[bool]:
    if link.kind is Kind.CONTACT:
        return telephone_numbers.c.contact_id == link.key
    return (telephone_numbers.c.company_id == link.key) & telephone_numbers.c.contact_id.is_(None)
