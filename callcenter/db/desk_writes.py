"""Wrap-ups that are yet to be written into the tickets of desks over a network.

One is owed from the transaction in which the agent finished, and is written once its ticket is
there. One instance at a time writes into a desk, under its lease: nothing here is claimed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import categories, wrap_ups
from callcenter.db.desk_events import ERROR_MAX
from callcenter.db.schema import desk_writes as table
from callcenter.db.schema import obligations, tickets
from callcenter.db.upsert import inserting
from callcenter.db.wrap_ups import WrapUp


@dataclass(frozen=True, slots=True)
class Owed:
    """A wrap-up to be written into a ticket. ``category`` is what it is about, from above to below;
    ``asked_before``: its note may be there."""

    said: WrapUp
    category: tuple[str, ...]
    number: str
    attempts: int
    asked_before: bool

    @property
    def call_id(self) -> str:
        """The call's, whose ticket it is."""
        return self.said.call_id


async def owe(connection: AsyncConnection, call_id: str, *, now: datetime) -> None:
    """What was said of the call is yet to be written; said anew, it is written anew."""
    values = {"attempts": 0, "asked_at": None, "next_attempt_at": now, "last_error": None}
    statement = inserting(table, connection.dialect.name).values(call_id=call_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["call_id"], set_=values)
    )


async def forget(connection: AsyncConnection, call_id: str) -> None:
    """Its ticket says it."""
    await connection.execute(delete(table).where(table.c.call_id == call_id))


async def due(connection: AsyncConnection, desk: str, *, now: datetime, limit: int) -> list[Owed]:
    """What it is time to write into tickets of this desk that are there, the longest due first."""
    query = (
        select(table, obligations.c.ticket_number)
        .join(obligations, obligations.c.call_id == table.c.call_id)
        .where(*_of(desk), table.c.next_attempt_at <= now)
        .order_by(table.c.next_attempt_at, table.c.call_id)
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    said = await wrap_ups.by_calls(connection, [row.call_id for row in rows])
    chosen = {one.call_id: _category_id(one) for one in said.values()}
    paths = await categories.paths(connection, {one for one in chosen.values() if one is not None})
    return [
        Owed(
            said=said[row.call_id],
            category=paths.get(chosen[row.call_id] or 0, ()),
            number=row.ticket_number,
            attempts=row.attempts,
            asked_before=row.asked_at is not None,
        )
        for row in rows
        if row.call_id in said
    ]


async def next_due_at(connection: AsyncConnection, desk: str) -> datetime | None:
    """When the next is to be written."""
    query = (
        select(func.min(table.c.next_attempt_at))
        .join(obligations, obligations.c.call_id == table.c.call_id)
        .where(*_of(desk))
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def asked(connection: AsyncConnection, call_id: str, *, now: datetime) -> None:
    """From here on the desk may have the note."""
    await _set(connection, call_id, asked_at=now)


async def not_asked(connection: AsyncConnection, call_id: str) -> None:
    """The desk said itself that it has no note."""
    await _set(connection, call_id, asked_at=None)


async def put_off(
    connection: AsyncConnection, call_id: str, *, error: str, until: datetime
) -> None:
    """It could not be written: try again then."""
    attempts = table.c.attempts + 1
    values = {"attempts": attempts, "next_attempt_at": until, "last_error": error[:ERROR_MAX]}
    await _set(connection, call_id, **values)


async def wait(connection: AsyncConnection, call_id: str, *, until: datetime) -> None:
    """It is too early to write all of it."""
    await _set(connection, call_id, next_attempt_at=until)


async def stick(connection: AsyncConnection, call_id: str, *, error: str) -> None:
    """The desk refused it for good: it is tried again at the next start."""
    values = {"attempts": table.c.attempts + 1, "next_attempt_at": None}
    await _set(connection, call_id, **values, last_error=error[:ERROR_MAX])


async def retry(connection: AsyncConnection, call_id: str, *, now: datetime) -> None:
    """Try at once what was not taken."""
    await _set(connection, call_id, next_attempt_at=now)


async def unstick(connection: AsyncConnection, desk: str, *, now: datetime) -> None:
    """Try once more what the desk refused: somebody may have mended it."""
    mine = select(obligations.c.call_id).where(obligations.c.desk == desk)
    await connection.execute(
        update(table)
        .where(table.c.call_id.in_(mine), table.c.next_attempt_at.is_(None))
        .values(next_attempt_at=now)
    )


async def is_elsewhere(connection: AsyncConnection, number: str | None) -> bool:
    """Whether the ticket is none of the built-in desk's."""
    query = select(tickets.c.number).where(tickets.c.number == number)
    return (await connection.execute(query)).first() is None


def _category_id(said: WrapUp) -> int | None:
    """Of what is below, where there is one."""
    return said.draft.subcategory_id or said.draft.category_id


def _of(desk: str) -> tuple[Any, ...]:
    return (
        obligations.c.desk == desk,
        obligations.c.ticket_number.is_not(None),
        table.c.next_attempt_at.is_not(None),
    )


async def _set(connection: AsyncConnection, call_id: str, **values: Any) -> None:
    await connection.execute(update(table).where(table.c.call_id == call_id).values(**values))
