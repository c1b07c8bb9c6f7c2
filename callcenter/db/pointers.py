"""What points at an entry of the directory: found in the schema, so that none is forgotten.

A foreign key says by itself what becomes of its row when the entry goes: CASCADE goes along, SET
NULL stays without it. Columns that mean an entry without a foreign key are named here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import call_contacts, companies, desk_entries, metadata, ticket_notes

UNTIED: Mapping[Table, Sequence[Column[Any]]] = {companies: (ticket_notes.c.company_id,)}
"""Without a foreign key, since SQLite adds none to a table that is there."""


LINKS = frozenset({call_contacts})
"""Rows that only say what belongs to what: that stays when they go."""

UNTOLD = frozenset({desk_entries})
"""Rows that are not worth a word to who removes an entry: they only say what a desk calls it."""


@dataclass(frozen=True, slots=True)
class Attached:
    """How many rows of which table point at an entry: what goes with it, and what stays without."""

    going: Mapping[str, int]
    staying: Mapping[str, int]


def pointing_at(table: Table) -> Sequence[Column[Any]]:
    """Every column that has ids of the table."""
    tied = [
        key.parent
        for other in metadata.sorted_tables
        for key in other.foreign_keys
        if key.column.table is table
    ]
    return [*tied, *UNTIED.get(table, ())]


def goes_along(column: Column[Any]) -> bool:
    """Whether what its row is goes with the entry."""
    is_removed = any(key.ondelete == "CASCADE" for key in column.foreign_keys)
    return is_removed and column.table not in LINKS


async def attached(connection: AsyncConnection, table: Table, key: int) -> Attached:
    """What there is of an entry."""
    found = await counts(connection, table, key)
    going = {column.table.name for column in pointing_at(table) if goes_along(column)}
    return Attached(
        going={name: count for name, count in found.items() if count and name in going},
        staying={name: count for name, count in found.items() if count and name not in going},
    )


async def counts(connection: AsyncConnection, table: Table, key: int) -> Mapping[str, int]:
    """How many rows point at an entry, by their table."""
    found: Counter[str] = Counter()
    for column in pointing_at(table):
        if column.table in UNTOLD:
            continue
        query = select(func.count()).select_from(column.table).where(column == key)
        found[column.table.name] += (await connection.execute(query)).scalar_one()
    return found


async def move(connection: AsyncConnection, table: Table, old: int, new: int) -> None:
    """Let everything that points at one entry point at another."""
    for column in pointing_at(table):
        await _set(connection, column, old, new)


async def let_go(connection: AsyncConnection, table: Table, key: int) -> None:
    """Let nothing point at an entry that is about to go, where the database would not see to it.

    SQLite gives the id of the newest entry again: it would be another one's.
    """
    for column in UNTIED.get(table, ()):
        await _set(connection, column, key, None)


async def _set(connection: AsyncConnection, column: Column[Any], old: int, new: int | None) -> None:
    statement = update(column.table).where(column == old).values({column.name: new})
    await connection.execute(statement)
