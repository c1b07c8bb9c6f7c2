"""The debts of answered calls, and the job that each open one is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import STEPS, ObligationState, Step
from callcenter.db import calls, journal, trail
from callcenter.db.recording import AT_ONCE
from callcenter.db.schema import OBLIGATION_IS_OPEN, agents, obligations
from webhooks import Call, EventType

ERROR_MAX = 500
"""Characters kept of a desk's own words."""

DUE_AT_ONCE: dict[str, Any] = {"attempts": 0, "next_attempt_at": AT_ONCE}
"""Of an open obligation that is to be paid as if it were new."""

_NO_JOB: dict[str, Any] = {
    "next_attempt_at": None,
    "claimed_by": None,
    "last_error": None,
    "stuck_at": None,
}
"""Of one that is not open."""


@dataclass(frozen=True, slots=True)
class Due:
    """An open obligation whose desk is to be asked now, by whoever claimed it.

    ``attempts`` counts those that failed. ``asked_before``: somebody may have made the ticket and
    not lived to say so, so that the desk is to be asked for the call's key first.
    """

    call: Call
    desk: str
    agent_id: int | None
    agent: str | None  # the login
    answered_at: datetime
    attempts: int
    asked_before: bool


_AGENT = (
    select(agents.c.login)
    .where(agents.c.id == obligations.c.agent_id)
    .scalar_subquery()
    .label("agent")
)


async def claim(
    connection: AsyncConnection, desk: str, *, now: datetime, until: datetime, limit: int
) -> list[Due]:
    """Take open obligations of a desk that it is time for: nobody else is given them ``until``.

    Those never tried come first, the oldest answer before the others. That the desk may have been
    asked from here on is written with the claim.
    """
    query = (
        select(obligations, _AGENT)
        .where(OBLIGATION_IS_OPEN, obligations.c.desk == desk, obligations.c.next_attempt_at <= now)
        .order_by(obligations.c.next_attempt_at, obligations.c.answered_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    ids = [row.call_id for row in rows]
    if ids:
        await connection.execute(
            update(obligations)
            .where(obligations.c.call_id.in_(ids))
            .values(asked_at=now, next_attempt_at=until)
        )
    of = await calls.by_ids(connection, ids)
    return [
        Due(
            call=of[row.call_id],
            desk=row.desk,
            agent_id=row.agent_id,
            agent=row.agent,
            answered_at=row.answered_at,
            attempts=row.attempts,
            asked_before=row.asked_at is not None,
        )
        for row in rows
    ]


async def give_back(
    connection: AsyncConnection, desk: str, *, until: datetime, now: datetime
) -> None:
    """Let go of what was claimed ``until`` then: whoever comes next need not wait for that."""
    await connection.execute(
        update(obligations)
        .where(
            obligations.c.desk == desk, obligations.c.next_attempt_at == until, OBLIGATION_IS_OPEN
        )
        .values(next_attempt_at=now)
    )


async def next_due_at(connection: AsyncConnection, desk: str) -> datetime | None:
    """When the desk's next open obligation is to be tried; None if none is open."""
    query = (
        select(obligations.c.next_attempt_at)
        .where(OBLIGATION_IS_OPEN, obligations.c.desk == desk)
        .order_by(obligations.c.next_attempt_at)
        .limit(1)
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def desks_owed(connection: AsyncConnection) -> set[str]:
    """The desks that open obligations are for, whether there are such desks or not."""
    query = select(obligations.c.desk).where(OBLIGATION_IS_OPEN).distinct()
    return set((await connection.execute(query)).scalars())


async def ticketed(
    connection: AsyncConnection, call_id: str, *, number: str, url: str, now: datetime
) -> None:
    """The desk confirmed the ticket. An obligation that is further on stays as it is."""
    paid = await connection.execute(
        update(obligations)
        .where(obligations.c.call_id == call_id, _may(Step.TICKETED))
        .values(
            state=ObligationState.TICKETED.value,
            ticket_number=number,
            ticket_url=url,
            ticketed_at=now,
            **_NO_JOB,
        )
    )
    if paid.rowcount:
        await journal_call(connection, call_id, now)


async def qualified(
    connection: AsyncConnection, call_id: str, *, number: str, now: datetime
) -> None:
    """The agent said what the call was about, in the ticket that paid for it."""
    await connection.execute(
        update(obligations)
        .where(
            obligations.c.call_id == call_id,
            obligations.c.ticket_number == number,
            _may(Step.QUALIFIED),
        )
        .values(state=ObligationState.QUALIFIED.value, qualified_at=now)
    )


async def failed(
    connection: AsyncConnection, call_id: str, *, error: str, next_attempt_at: datetime
) -> None:
    """The desk did not confirm a ticket: try again then."""
    await connection.execute(
        update(obligations)
        .where(obligations.c.call_id == call_id, OBLIGATION_IS_OPEN)
        .values(
            attempts=obligations.c.attempts + 1,
            last_error=error[:ERROR_MAX],
            next_attempt_at=next_attempt_at,
        )
    )


async def reopened(
    connection: AsyncConnection, call_id: str, *, number: str, why: str, now: datetime
) -> bool:
    """The desk has its ticket no more: it is paid again, at once. ``why`` goes into the trail.

    False where it has another ticket than ``number`` by now, or none. The desk is asked for the
    call's key first: it may have a ticket that nobody here knows of.
    """
    owes = await connection.execute(
        update(obligations)
        .where(
            obligations.c.call_id == call_id,
            obligations.c.ticket_number == number,
            _may(Step.REOPENED),
        )
        .values(
            state=ObligationState.OPEN.value,
            ticket_number=None,
            ticket_url=None,
            ticketed_at=None,
            qualified_at=None,
            asked_at=func.coalesce(obligations.c.asked_at, now),
            **(_NO_JOB | DUE_AT_ONCE),
        )
    )
    if not owes.rowcount:
        return False
    action = trail.Action.OBLIGATION_REOPENED
    await trail.note(connection, action, now=now, call_id=call_id, ticket=number, why=why)
    await journal_call(connection, call_id, now)
    return True


async def renumbered(
    connection: AsyncConnection,
    call_id: str,
    *,
    merged: str,
    number: str,
    url: str,
    now: datetime,
) -> bool:
    """Its ticket ``merged`` went into another of that number, which has its place from here on.

    False where it has another ticket than ``merged`` by now, or none.
    """
    follows = await connection.execute(
        update(obligations)
        .where(obligations.c.call_id == call_id, obligations.c.ticket_number == merged)
        .values(ticket_number=number, ticket_url=url)
    )
    if not follows.rowcount:
        return False
    action = trail.Action.OBLIGATION_RENUMBERED
    await trail.note(connection, action, now=now, call_id=call_id, merged=merged, ticket=number)
    await journal_call(connection, call_id, now)
    return True


async def journal_call(connection: AsyncConnection, call_id: str, now: datetime) -> None:
    """Journal the call as it is now: it shows its obligation."""
    call = await calls.get(connection, call_id)
    if call is not None:
        entry = journal.NewEntry(
            now, EventType.CALL_UPDATED, call.line, call.id, call.model_dump_json()
        )
        await journal.append(connection, [entry])


def _may(step: Step) -> ColumnElement[bool]:
    return obligations.c.state.in_(STEPS[step])
