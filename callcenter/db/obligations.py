"""The debts of answered calls, and the job that each open one is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import STEPS, ObligationState
from callcenter.db import calls, journal
from callcenter.db.schema import obligations
from webhooks import Call, EventType

ERROR_MAX = 500
"""Characters kept of a desk's own words."""


@dataclass(frozen=True, slots=True)
class Due:
    """An open obligation whose desk is to be asked now. ``attempts`` counts those that failed."""

    call: Call
    desk: str
    agent_id: int | None
    answered_at: datetime
    attempts: int


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Due]:
    """Open obligations that it is time for, the oldest answer first."""
    query = (
        select(obligations)
        .where(
            obligations.c.state == ObligationState.OPEN.value,
            obligations.c.next_attempt_at <= now,
        )
        .order_by(obligations.c.next_attempt_at, obligations.c.answered_at)
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    of = await calls.by_ids(connection, [row.call_id for row in rows])
    return [
        Due(of[row.call_id], row.desk, row.agent_id, row.answered_at, row.attempts) for row in rows
    ]


async def next_due_at(connection: AsyncConnection) -> datetime | None:
    """When the next open obligation is to be tried; None if none is open."""
    query = (
        select(obligations.c.next_attempt_at)
        .where(obligations.c.state == ObligationState.OPEN.value)
        .order_by(obligations.c.next_attempt_at)
        .limit(1)
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def ticketed(
    connection: AsyncConnection, call_id: str, *, number: str, url: str, now: datetime
) -> None:
    """The desk confirmed the ticket. An obligation that is further on stays as it is."""
    paid = await connection.execute(
        update(obligations)
        .where(
            obligations.c.call_id == call_id,
            obligations.c.state.in_(STEPS[ObligationState.TICKETED]),
        )
        .values(
            state=ObligationState.TICKETED.value,
            ticket_number=number,
            ticket_url=url,
            ticketed_at=now,
            next_attempt_at=None,
            last_error=None,
        )
    )
    call = await calls.get(connection, call_id) if paid.rowcount else None
    if call is not None:
        entry = journal.NewEntry(
            now, EventType.CALL_UPDATED, call.line, call.id, call.model_dump_json()
        )
        await journal.append(connection, [entry])


async def failed(
    connection: AsyncConnection, call_id: str, *, error: str, next_attempt_at: datetime
) -> None:
    """The desk did not confirm a ticket: try again then."""
    await connection.execute(
        update(obligations)
        .where(obligations.c.call_id == call_id, obligations.c.state == ObligationState.OPEN.value)
        .values(
            attempts=obligations.c.attempts + 1,
            last_error=error[:ERROR_MAX],
            next_attempt_at=next_attempt_at,
        )
    )
