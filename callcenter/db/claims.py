"""Open obligations as jobs: whose turn it is, who has them, and when they are tried again.

All times here are of the clock that all instances share. An open obligation is in one of three
conditions::

    waiting   next_attempt_at is when it is due
    claimed   claimed_by has it; next_attempt_at is when it is given up for dead
    stuck     stuck_at is set and next_attempt_at is not: only ``retry`` makes it wait again
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ObligationState
from callcenter.db import calls, clock, trail
from callcenter.db.obligations import DUE_AT_ONCE, journal_call
from callcenter.db.parts import parts
from callcenter.db.recording import AT_ONCE
from callcenter.db.schema import OBLIGATION_HAS_CALL, OBLIGATION_IS_OPEN, agents, obligations
from webhooks import Call

ERROR_MAX = 500
"""Characters kept of a desk's own words."""

IS_STUCK = obligations.c.stuck_at.is_not(None)
IS_MOVING = obligations.c.stuck_at.is_(None)


@dataclass(frozen=True, slots=True)
class Due:
    """An open obligation whose desk is to be asked now, by whoever claimed it.

    ``attempts`` counts those that failed. ``asked_before``: somebody may have made the ticket and
    not lived to say so, so that the desk is to be asked for the call's key first.
    ``is_in_doubt`` is the same of a desk that cannot be asked, and set only where it was.
    """

    call: Call
    desk: str
    agent_id: int | None
    agent: str | None  # the login
    answered_at: datetime
    attempts: int
    asked_before: bool
    is_in_doubt: bool


_AGENT = (
    select(agents.c.login)
    .where(agents.c.id == obligations.c.agent_id)
    .scalar_subquery()
    .label("agent")
)


async def claim(
    connection: AsyncConnection,
    desk: str,
    *,
    holder: str,
    now: datetime,
    until: datetime,
    limit: int,
    settles_s: float = 0.0,
) -> list[Due]:
    """Take open obligations of a desk that it is time for: nobody else is given them ``until``.

    Those never tried come first, the oldest answer before the others. That the desk may have been
    asked from here on is written with the claim. ``settles_s`` is the desk's own.
    """
    settled = now + timedelta(seconds=settles_s)
    await _heed_the_clock(connection, desk, now=now, until=until, settled=settled)
    query = (
        select(obligations, _AGENT)
        .where(
            *_owed_to(desk),
            IS_MOVING,
            obligations.c.next_attempt_at <= now,
            OBLIGATION_HAS_CALL,
        )
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
            .values(asked_at=now, settled_at=until, next_attempt_at=until, claimed_by=holder)
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
            is_in_doubt=row.in_doubt_at is not None,
        )
        for row in rows
    ]


async def is_held(connection: AsyncConnection, call_id: str, holder: str) -> bool:
    """Whether the obligation is still open, and the holder's to pay."""
    query = select(obligations.c.call_id).where(*_held(holder), obligations.c.call_id == call_id)
    return (await connection.execute(query)).first() is not None


async def doubt(connection: AsyncConnection, call_id: str, holder: str, *, now: datetime) -> bool:
    """From here on the desk may have a ticket that nobody can look up. False where it is no more
    the holder's to pay."""
    done = await connection.execute(
        update(obligations)
        .where(*_held(holder), obligations.c.call_id == call_id)
        .values(in_doubt_at=now)
    )
    return bool(done.rowcount)


async def undoubt(connection: AsyncConnection, call_id: str, holder: str) -> None:
    """The desk said itself that it did not make the ticket that the holder wanted of it."""
    await connection.execute(
        update(obligations)
        .where(*_held(holder), obligations.c.call_id == call_id)
        .values(in_doubt_at=None)
    )


async def standing(
    connection: AsyncConnection, call_id: str
) -> tuple[ObligationState, str | None] | None:
    """How the obligation stands, and whose it is to pay while it is open; None if it was removed by
    hand."""
    query = select(obligations.c.state, obligations.c.claimed_by).where(
        obligations.c.call_id == call_id
    )
    row = (await connection.execute(query)).one_or_none()
    return (ObligationState(row.state), row.claimed_by) if row else None


async def give_back(
    connection: AsyncConnection,
    desk: str,
    *,
    holder: str | None,
    at: datetime = AT_ONCE,
    but: str | None = None,
) -> None:
    """Let go of what the holder claimed, the call ``but`` apart; it is due ``at`` that time.

    ``holder`` None is everybody: for whoever knows that all of them are dead.
    """
    whose = _held(holder) if holder else (OBLIGATION_IS_OPEN, obligations.c.claimed_by.is_not(None))
    await connection.execute(
        update(obligations)
        .where(*whose, obligations.c.desk == desk, obligations.c.call_id != (but or ""))
        .values(settled_at=at, next_attempt_at=at, claimed_by=None)
    )


async def leave_alone(
    connection: AsyncConnection, desk: str, *, now: datetime, until: datetime
) -> None:
    """The desk wants to be asked nothing before then: what waits, waits for that.

    What was never tried counts as tried now: without that nobody could tell later that the clock
    was set back.
    """
    await connection.execute(
        update(obligations)
        .where(
            *_owed_to(desk),
            IS_MOVING,
            obligations.c.claimed_by.is_(None),
            obligations.c.next_attempt_at < until,
        )
        .values(asked_at=func.coalesce(obligations.c.asked_at, now), next_attempt_at=until)
    )


async def put_off(
    connection: AsyncConnection,
    call_id: str,
    *,
    holder: str,
    error: str,
    until: datetime,
    settled: datetime | None,
) -> bool:
    """The desk did not confirm a ticket: try again then. False where it is no more the holder's.

    ``settled`` is from when on it is known whether it made one; None where it is known already.
    """
    values = {"next_attempt_at": until, "settled_at": settled, "stuck_at": None}
    return await _failed(connection, call_id, holder, error, values)


async def stick(
    connection: AsyncConnection, call_id: str, *, holder: str, error: str, now: datetime
) -> bool:
    """The desk refused for good, which is journalled. False where it is no more the holder's."""
    values = {"next_attempt_at": None, "settled_at": None, "stuck_at": now}
    if not await _failed(connection, call_id, holder, error, values):
        return False
    await journal_call(connection, call_id, now)
    return True


async def retry(
    connection: AsyncConnection, call_ids: Collection[str] | None, *, actor: str, now: datetime
) -> list[str]:
    """Try at once what waits or is stuck of these calls, or (None) all that is stuck: give which.

    What somebody has claimed is being tried. The actor's wish goes into the trail. Whoever names a
    stuck call was told to look whether its ticket is there, where the desk itself cannot be asked.
    """
    told = case((IS_STUCK, None), else_=obligations.c.in_doubt_at)
    sure: dict[str, Any] = {} if call_ids is None else {"in_doubt_at": told}
    retried: list[str] = []
    for wanted in _which(call_ids):
        statement = (
            update(obligations)
            .where(OBLIGATION_IS_OPEN, obligations.c.claimed_by.is_(None), wanted)
            .values(**DUE_AT_ONCE, **sure, stuck_at=None)
            .returning(obligations.c.call_id)
        )
        retried += (await connection.execute(statement)).scalars()
    action = trail.Action.OBLIGATION_RETRIED
    for call_id in retried:
        await trail.note(connection, action, now=now, actor=actor, call_id=call_id)
    return retried


async def unstick(connection: AsyncConnection) -> int:
    """Try once more all that is stuck, and say how many: the configuration may have been mended."""
    statement = (
        update(obligations)
        .where(OBLIGATION_IS_OPEN, IS_STUCK)
        .values(next_attempt_at=AT_ONCE, stuck_at=None)
    )
    return (await connection.execute(statement)).rowcount


async def next_due_at(connection: AsyncConnection, desk: str) -> datetime | None:
    """When the desk's next open obligation is to be tried; None if there is none to try."""
    query = (
        select(obligations.c.next_attempt_at)
        .where(
            *_owed_to(desk),
            obligations.c.next_attempt_at.is_not(None),
            OBLIGATION_HAS_CALL,
        )
        .order_by(obligations.c.next_attempt_at)
        .limit(1)
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def desks_owed(connection: AsyncConnection) -> set[str]:
    """The desks that open obligations are for, whether there are such desks or not."""
    query = select(obligations.c.desk).where(OBLIGATION_IS_OPEN).distinct()
    return set((await connection.execute(query)).scalars())


async def _heed_the_clock(
    connection: AsyncConnection, desk: str, *, now: datetime, until: datetime, settled: datetime
) -> None:
    """After the clock was set back: waits are over, and claims last anew from now on."""
    at = case((obligations.c.claimed_by.is_(None), settled), else_=until)
    await connection.execute(
        update(obligations)
        .where(
            *_owed_to(desk),
            IS_MOVING,
            obligations.c.asked_at > clock.step_after(now),
        )
        .values(asked_at=now, settled_at=at, next_attempt_at=at)
    )


async def _failed(
    connection: AsyncConnection, call_id: str, holder: str, error: str, values: dict[str, Any]
) -> bool:
    done = await connection.execute(
        update(obligations)
        .where(*_held(holder), obligations.c.call_id == call_id)
        .values(
            attempts=obligations.c.attempts + 1,
            last_error=error[:ERROR_MAX],
            claimed_by=None,
            **values,
        )
    )
    return bool(done.rowcount)


def _owed_to(desk: str) -> tuple[ColumnElement[bool], ...]:
    return OBLIGATION_IS_OPEN, obligations.c.desk == desk


def _held(holder: str) -> tuple[ColumnElement[bool], ...]:
    return OBLIGATION_IS_OPEN, obligations.c.claimed_by == holder


def _which(call_ids: Collection[str] | None) -> Sequence[ColumnElement[bool]]:
    if call_ids is None:
        return [IS_STUCK]
    return [obligations.c.call_id.in_(part) for part in parts(list(dict.fromkeys(call_ids)))]
