"""Entries of the directory that are edited one by one: what each may be, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.trail import By
from callcenter.errors import CallcenterError

NAME_MAX = 200
"""As long as a cell of an imported file may be."""

EMAIL_MAX = 254
"""RFC 5321, by way of its errata."""


class EntryError(CallcenterError):
    """The directory cannot have it so; ``field`` is what to mend, ``reason`` why."""

    code = "directory_entry"

    def __init__(self, field: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class GoneError(EntryError):
    """It is not in the directory any more."""

    def __init__(self) -> None:
        super().__init__("entry", "gone", "it is not in the directory any more: search again")


def checked(field: str, text: str, *, most: int = NAME_MAX) -> str:
    """A name that is one. Raises EntryError."""
    if not text:
        raise EntryError(field, "missing", f"the {field} is missing: write it")
    if len(text) > most:
        raise EntryError(field, "long", f"the {field} has at most {most} characters: shorten it")
    return text


async def held(connection: AsyncConnection, table: Table, key: int) -> Row[Any]:
    """The row with this id, which nobody else changes until the transaction ends.

    Raises GoneError.
    """
    query = select(table).where(table.c.id == key).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise GoneError
    return row


async def touched(connection: AsyncConnection, table: Table, row: Row[Any], by: By) -> None:
    """Note that something of it was said anew; it shows the age of the data, and who edits it."""
    is_it = table.c.id == row.id
    await connection.execute(update(table).where(is_it).values(updated_at=later(row, by)))


def later(row: Row[Any], by: By) -> datetime:
    """When it was changed: after the last change, whatever the clocks of two instances say."""
    if row.updated_at is None:
        return by.now
    before: datetime = row.updated_at
    return max(by.now, before + timedelta(microseconds=1))


async def refuse_taken(
    connection: AsyncConnection, table: Table, name: str, *others: ColumnElement[bool]
) -> None:
    """Raise EntryError where another entry has the name."""
    query = select(table.c.id).where(table.c.name == name, *others)
    if (await connection.execute(query)).first():
        raise EntryError("name", "taken", f"there is already one called {name!r}: choose another")
