"""What desks say of their tickets: look at this one. Kept until it was looked at.

One instance at a time works on a desk, under its lease: nothing here is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import clock
from callcenter.db.parts import parts
from callcenter.db.schema import EVENT_IS_WAITING
from callcenter.db.schema import desk_events as table
from callcenter.db.upsert import inserting

ERROR_MAX = 500
"""Characters kept of a desk's own words."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is to be kept. Of the same ``delivery_id`` the desk speaks once."""

    delivery_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket to look at, for all that is waiting of it up to the event ``last_id``."""

    number: str
    last_id: int
    attempts: int


async def add(
    connection: AsyncConnection,
    desk: str,
    events: Sequence[NewEvent],
    *,
    now: datetime,
    due: datetime | None = None,
) -> int:
    """Keep what was not heard before, to be looked at when it is ``due``: at once, if not later.

    Gives how many that were.
    """
    added = 0
    rows = [
        {
            "desk": desk,
            "delivery_id": event.delivery_id,
            "ticket_number": event.number,
            "received_at": now,
            "next_attempt_at": due or now,
        }
        for event in events
    ]
    for some in parts(rows):
        statement = inserting(table, connection.dialect.name).values(some)
        statement = statement.on_conflict_do_nothing(index_elements=["desk", "delivery_id"])
        added += (await connection.execute(statement)).rowcount
    return added


async def waiting(
    connection: AsyncConnection, desk: str, *, now: datetime, limit: int
) -> list[Waiting]:
    """Tickets that it is time to look at, the longest due first."""
    query = (
        select(
            table.c.ticket_number,
            func.max(table.c.id).label("last_id"),
            func.max(table.c.attempts).label("attempts"),
        )
        .where(table.c.desk == desk, EVENT_IS_WAITING, _is_due(now))
        .group_by(table.c.ticket_number)
        .order_by(func.min(table.c.next_attempt_at), func.min(table.c.id))
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [Waiting(row.ticket_number, row.last_id, row.attempts) for row in rows]


async def next_due_at(connection: AsyncConnection, desk: str) -> datetime | None:
    """When the next ticket of the desk is to be looked at."""
    query = select(func.min(table.c.next_attempt_at)).where(table.c.desk == desk, EVENT_IS_WAITING)
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def done(
    connection: AsyncConnection, desk: str, seen: Waiting, *, error: str | None = None
) -> None:
    """The ticket was looked at; ``error`` is why nothing will ever come of it."""
    values = {"next_attempt_at": None, "last_error": error and error[:ERROR_MAX]}
    await connection.execute(update(table).where(_of(desk, seen)).values(values))


async def put_off(
    connection: AsyncConnection,
    desk: str,
    seen: Waiting,
    *,
    error: str,
    now: datetime,
    until: datetime,
) -> None:
    """The ticket could not be looked at: try again then."""
    values = {
        "attempts": table.c.attempts + 1,
        "tried_at": now,
        "next_attempt_at": until,
        "last_error": error[:ERROR_MAX],
    }
    await connection.execute(update(table).where(_of(desk, seen)).values(values))


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Forget what was received and looked at before that time, and give how much."""
    is_old = and_(table.c.next_attempt_at.is_(None), table.c.received_at < before)
    return (await connection.execute(delete(table).where(is_old))).rowcount


def _is_due(now: datetime) -> ColumnElement[bool]:
    """What was kept, or put off, in the future is due too: the clock was set back since."""
    known_at = func.coalesce(table.c.tried_at, table.c.received_at)
    return or_(table.c.next_attempt_at <= now, known_at > clock.step_after(now))


def _of(desk: str, seen: Waiting) -> ColumnElement[bool]:
    return and_(
        table.c.desk == desk,
        table.c.ticket_number == seen.number,
        table.c.id <= seen.last_id,
        EVENT_IS_WAITING,
    )
