"""What is yet to be written into the tickets of desks over a network.

A wrap-up is owed from the transaction in which the agent finished, and is written once its ticket
is there; that a call is exempt, or is not any more, from the one in which it was decided. What is
to be said is read when it is said: the last word counts. One instance at a time writes into a desk,
under its lease: nothing here is claimed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ExemptReason, ObligationState
from callcenter.db import categories, clock, wrap_ups
from callcenter.db.desk_events import ERROR_MAX
from callcenter.db.schema import desk_writes as table
from callcenter.db.schema import obligations, tickets
from callcenter.db.upsert import inserting
from callcenter.db.wrap_ups import WrapUp


@dataclass(frozen=True, slots=True)
class Owed:
    """What a call's ticket is yet to say: why the call is ``exempt``, or else what was ``said``.

    ``category`` is what it is about, from above to below. ``is_shared``: another call is about the
    same ticket, and needs it. ``asked_before``: the note may be there.
    """

    call_id: str
    number: str
    said: WrapUp | None
    category: tuple[str, ...]
    exempt: ExemptReason | None
    is_shared: bool
    attempts: int
    asked_before: bool
    due_at: datetime


async def owe(
    connection: AsyncConnection, call_id: str, *, now: datetime, again: bool = False
) -> None:
    """What was said of the call is yet to be written; said anew, it is written anew.

    ``again``: its note may be there from before.
    """
    asked_at = now if again else None
    values = {
        "attempts": 0,
        "asked_at": asked_at,
        "tried_at": now,
        "next_attempt_at": now,
        "last_error": None,
    }
    statement = inserting(table, connection.dialect.name).values(call_id=call_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["call_id"], set_=values)
    )


async def forget(
    connection: AsyncConnection, call_id: str, *, due_at: datetime | None = None
) -> None:
    """Its ticket says it; with ``due_at`` what was owed by then, and not what came after it."""
    statement = delete(table).where(table.c.call_id == call_id)
    if due_at is not None:
        statement = statement.where(table.c.next_attempt_at == due_at)
    await connection.execute(statement)


async def due(connection: AsyncConnection, desk: str, *, now: datetime, limit: int) -> list[Owed]:
    """What it is time to write into tickets of this desk that are there, the longest due first.

    What was owed, or put off, in the future is due too: the clock was set back since.
    """
    is_due = or_(table.c.next_attempt_at <= now, table.c.tried_at > clock.step_after(now))
    query = (
        select(
            table,
            obligations.c.ticket_number,
            obligations.c.state,
            obligations.c.exempt_reason,
            _is_shared().label("is_shared"),
        )
        .join(obligations, obligations.c.call_id == table.c.call_id)
        .where(*_of(desk), is_due)
        .order_by(table.c.next_attempt_at, table.c.call_id)
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    said = await wrap_ups.by_calls(connection, [row.call_id for row in rows])
    chosen = {one.call_id: category for one in said.values() if (category := _category_id(one))}
    paths = await categories.paths(connection, chosen.values())
    return [
        Owed(
            call_id=row.call_id,
            number=row.ticket_number,
            said=_finished(said.get(row.call_id)),
            category=paths.get(chosen.get(row.call_id, 0), ()),
            exempt=ExemptReason(row.exempt_reason) if row.state == ObligationState.EXEMPT else None,
            is_shared=row.is_shared,
            attempts=row.attempts,
            asked_before=row.asked_at is not None,
            due_at=row.next_attempt_at,
        )
        for row in rows
    ]


async def is_waiting(connection: AsyncConnection, call_id: str) -> bool:
    """Whether something is to be written into the call's ticket, which may open it again."""
    query = select(table.c.call_id).where(
        table.c.call_id == call_id, table.c.next_attempt_at.is_not(None)
    )
    return (await connection.execute(query)).first() is not None


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
    connection: AsyncConnection, call_id: str, *, error: str, now: datetime, until: datetime
) -> None:
    """It could not be written: try again then."""
    values = {"attempts": table.c.attempts + 1, "tried_at": now, "next_attempt_at": until}
    await _set(connection, call_id, **values, last_error=error[:ERROR_MAX])


async def wait(
    connection: AsyncConnection, call_id: str, *, now: datetime, until: datetime
) -> None:
    """It is too early to write all of it."""
    await _set(connection, call_id, tried_at=now, next_attempt_at=until)


async def stick(connection: AsyncConnection, call_id: str, *, error: str) -> None:
    """The desk refused it for good: it is tried again at the next start."""
    values = {"attempts": table.c.attempts + 1, "next_attempt_at": None}
    await _set(connection, call_id, **values, last_error=error[:ERROR_MAX])


async def retry(connection: AsyncConnection, call_id: str, *, now: datetime) -> None:
    """Try at once what was not taken."""
    await _set(connection, call_id, tried_at=now, next_attempt_at=now)


async def unstick(connection: AsyncConnection, desk: str, *, now: datetime) -> None:
    """Try once more what the desk refused: somebody may have mended it."""
    mine = select(obligations.c.call_id).where(obligations.c.desk == desk)
    await connection.execute(
        update(table)
        .where(table.c.call_id.in_(mine), table.c.next_attempt_at.is_(None))
        .values(tried_at=now, next_attempt_at=now)
    )


async def is_elsewhere(connection: AsyncConnection, number: str | None) -> bool:
    """Whether the ticket is none of the built-in desk's."""
    query = select(tickets.c.number).where(tickets.c.number == number)
    return (await connection.execute(query)).first() is None


def _is_shared() -> ColumnElement[bool]:
    other = obligations.alias()
    return exists().where(
        other.c.desk == obligations.c.desk,
        other.c.ticket_number == obligations.c.ticket_number,
        other.c.call_id != obligations.c.call_id,
        other.c.state != ObligationState.EXEMPT.value,
    )


def _finished(said: WrapUp | None) -> WrapUp | None:
    return said if said and said.finished_at else None


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
