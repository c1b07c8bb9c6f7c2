"""The debts of answered calls: the steps from one state to the next, as core has them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import STEPS, ObligationState, Step
from callcenter.db import calls, journal, trail
from callcenter.db.recording import AT_ONCE
from callcenter.db.schema import obligations, wrap_ups
from callcenter.db.types import Moment
from webhooks import EventType

DUE_AT_ONCE: dict[str, Any] = {
    "attempts": 0,
    "next_attempt_at": func.coalesce(obligations.c.settled_at, literal(AT_ONCE, Moment())),
}
"""Of an open obligation that is to be paid as if it were new, once its desk has settled."""

NO_JOB: dict[str, Any] = {
    "next_attempt_at": None,
    "claimed_by": None,
    "last_error": None,
    "stuck_at": None,
}
"""Of one that is not open."""


async def ticketed(
    connection: AsyncConnection, call_id: str, *, number: str, url: str, now: datetime
) -> bool:
    """The desk confirmed the ticket. An obligation that is further on stays as it is.

    One that was exempted meanwhile stays so, and keeps the ticket for the day that it is not. One
    whose agent said already what the call was about is qualified with it. Gives whether this is
    what the ticket paid for: False where it came too late to be needed.
    """
    ticket = {"ticket_number": number, "ticket_url": url, "ticketed_at": now}
    this = obligations.c.call_id == call_id
    paid = await connection.execute(
        update(obligations)
        .where(this, _may(Step.TICKETED))
        .values(
            state=ObligationState.TICKETED.value,
            in_doubt_at=None,
            settled_at=None,
            **ticket,
            **NO_JOB,
        )
    )
    if paid.rowcount:
        await _qualify_what_is_said(connection, call_id)
        await journal_call(connection, call_id, now)
        return True
    late = _may(Step.RESTORED) & obligations.c.ticket_number.is_(None)
    kept = await connection.execute(update(obligations).where(this, late).values(**ticket))
    if kept.rowcount:
        await journal_call(connection, call_id, now)
    return False


async def qualified(
    connection: AsyncConnection, call_id: str, *, number: str, now: datetime
) -> bool:
    """The agent said what the call was about, in the ticket that paid for it.

    False where that makes no difference: it was said already, or another ticket paid.
    """
    done = await connection.execute(
        update(obligations)
        .where(
            obligations.c.call_id == call_id,
            obligations.c.ticket_number == number,
            _may(Step.QUALIFIED),
        )
        .values(state=ObligationState.QUALIFIED.value, qualified_at=now)
    )
    return bool(done.rowcount)


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
            **(NO_JOB | DUE_AT_ONCE),
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
    actor: str | None = None,
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
    await trail.note(
        connection, action, now=now, actor=actor, call_id=call_id, merged=merged, ticket=number
    )
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


async def _qualify_what_is_said(connection: AsyncConnection, call_id: str) -> None:
    """The agent was faster than the desk: what they finished is true from when they did."""
    said = select(wrap_ups.c.finished_at).where(
        wrap_ups.c.call_id == obligations.c.call_id, wrap_ups.c.finished_at.is_not(None)
    )
    await connection.execute(
        update(obligations)
        .where(obligations.c.call_id == call_id, _may(Step.QUALIFIED), said.exists())
        .values(state=ObligationState.QUALIFIED.value, qualified_at=said.scalar_subquery())
    )


def _may(step: Step) -> ColumnElement[bool]:
    return obligations.c.state.in_(STEPS[step])
