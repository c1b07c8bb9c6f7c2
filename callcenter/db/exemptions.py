"""Exemptions: answered calls that need no ticket, for a reason from a fixed list.

Somebody asks, and where the site wants that a supervisor grants or declines; it can be reversed.
The obligation is paid as ever until it is exempt. Each decision is kept in the trail.

The built-in desk's ticket of an exempt call is completed with the reason as its summary, and opened
again when the exemption is reversed. A summary that somebody wrote is left alone. In another desk
both are owed from the same transaction on, and done by ``desks.scribe``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import STEPS, ExemptReason, ObligationState, Step, restored
from callcenter.db import desk_writes, tickets, trail
from callcenter.db.obligations import DUE_AT_ONCE, NO_JOB, journal_call
from callcenter.db.schema import EXEMPTION_IS_ASKED, obligations
from callcenter.db.schema import tickets as table
from callcenter.db.trail import Action

SUMMARIES: Final = {
    ExemptReason.WRONG_NUMBER: "No ticket needed: the caller had the wrong number.",
    ExemptReason.NUISANCE: "No ticket needed: a nuisance call.",
    ExemptReason.INTERNAL: "No ticket needed: an internal call.",
    ExemptReason.TEST: "No ticket needed: a test.",
}
"""What the ticket of an exempt call says, where it has one already."""

_NOT_ASKED: dict[str, Any] = {"exempt_reason": None, "exempt_by": None, "exempt_at": None}


async def ask(
    connection: AsyncConnection, call_id: str, reason: ExemptReason, *, actor: str, now: datetime
) -> bool:
    """Somebody says that the call needs no ticket; a supervisor is to confirm it.

    False where it is exempt already, or not there.
    """
    await hold(connection, call_id)
    values = {"exempt_reason": reason.value, "exempt_by": actor, "exempt_at": now}
    if not await _change(connection, call_id, _may(Step.EXEMPTED), values):
        return False
    action = Action.EXEMPTION_ASKED
    await trail.note(connection, action, now=now, actor=actor, call_id=call_id, reason=reason)
    return True


async def grant(
    connection: AsyncConnection,
    call_id: str,
    *,
    actor: str,
    now: datetime,
    base_url: str,
    reason: str | None = None,
) -> bool:
    """What was asked for is so: the call is exempt. False where nothing is asked, or something else
    than ``reason``."""
    await hold(connection, call_id)
    asked = await _reason(connection, call_id)
    if reason not in (None, asked):
        return False
    values = {"state": ObligationState.EXEMPT.value, **NO_JOB}
    if not await _change(connection, call_id, _may(Step.EXEMPTED) & EXEMPTION_IS_ASKED, values):
        return False
    action = Action.EXEMPTION_GRANTED
    await trail.note(connection, action, now=now, actor=actor, call_id=call_id, reason=asked)
    await settle(connection, call_id, now=now, base_url=base_url)
    await settle_elsewhere(connection, call_id, now=now)
    await journal_call(connection, call_id, now)
    return True


async def decline(connection: AsyncConnection, call_id: str, *, actor: str, now: datetime) -> bool:
    """What was asked for is not so, or was taken back. False where nothing is asked."""
    reason = await _reason(connection, call_id)
    if not await _change(connection, call_id, _may(Step.EXEMPTED) & EXEMPTION_IS_ASKED, _NOT_ASKED):
        return False
    action = Action.EXEMPTION_DECLINED
    await trail.note(connection, action, now=now, actor=actor, call_id=call_id, reason=reason)
    return True


async def reverse(
    connection: AsyncConnection, call_id: str, *, actor: str, now: datetime, base_url: str
) -> bool:
    """The call needs its ticket after all. False where it is not exempt."""
    made = await _tickets_of(connection, call_id)
    found = (await connection.execute(_locked(call_id))).one_or_none()
    if found is None or found.state not in STEPS[Step.RESTORED]:
        return False
    state = restored(
        has_ticket=found.ticket_number is not None,
        was_qualified=found.qualified_at is not None,
    )
    job = {"qualified_at": None, **DUE_AT_ONCE} if state is ObligationState.OPEN else {}
    values = {"state": state.value, **_NOT_ASKED, **job}
    await _change(connection, call_id, _may(Step.RESTORED), values)
    action, reason = Action.EXEMPTION_REVERSED, ExemptReason(found.exempt_reason)
    await trail.note(connection, action, now=now, actor=actor, call_id=call_id, reason=reason)
    for ticket in made:
        if ticket.status == "complete" and ticket.resolution == SUMMARIES[reason]:
            await tickets.open_again(connection, ticket.number, now=now, base_url=base_url)
    await _tell(connection, found, now=now)
    await journal_call(connection, call_id, now)
    return True


async def hold(connection: AsyncConnection, call_id: str) -> None:
    """Let nobody else change the built-in desk's ticket of the call, or its obligation, before the
    end of this transaction.

    The ticket first, as by an agent who writes in it, and both before the journal: who takes them
    in another order is ended by PostgreSQL when the two meet.
    """
    await _tickets_of(connection, call_id)
    await connection.execute(_locked(call_id))


async def settle(
    connection: AsyncConnection, call_id: str, *, now: datetime, base_url: str
) -> None:
    """Complete the built-in desk's ticket of the call, if there is one and the call is exempt.

    Also for whoever makes the ticket: the call may have been exempted meanwhile.
    """
    found = (await connection.execute(_locked(call_id))).one_or_none()
    if found is None or found.state != ObligationState.EXEMPT:
        return
    summary = SUMMARIES[ExemptReason(found.exempt_reason)]
    for ticket in await _tickets_of(connection, call_id):
        if ticket.status != "complete":
            await tickets.complete(
                connection, ticket.number, summary=summary, now=now, base_url=base_url
            )


async def settle_elsewhere(connection: AsyncConnection, call_id: str, *, now: datetime) -> None:
    """Have another desk complete its ticket of the call, if it has one and the call is exempt.

    Also for whoever confirms the ticket: the call may have been exempted meanwhile.
    """
    found = (await connection.execute(_locked(call_id))).one_or_none()
    if found is not None and found.state == ObligationState.EXEMPT:
        await _tell(connection, found, now=now)


async def _tell(connection: AsyncConnection, found: Row[Any], *, now: datetime) -> None:
    """The ticket of another desk is to say whether the call is exempt."""
    if found.ticket_number and await desk_writes.is_elsewhere(connection, found.ticket_number):
        await desk_writes.owe(connection, found.call_id, now=now, again=True)


async def _tickets_of(connection: AsyncConnection, call_id: str) -> Sequence[Row[Any]]:
    """The built-in desk's own ticket of the call, locked: one, or none; not one that it was merged
    into."""
    query = (
        select(table)
        .where(table.c.call_key == call_id, table.c.merged_into.is_(None))
        .with_for_update()
    )
    return (await connection.execute(query)).all()


def _may(step: Step) -> ColumnElement[bool]:
    return obligations.c.state.in_(STEPS[step])


def _locked(call_id: str) -> Any:
    return select(obligations).where(obligations.c.call_id == call_id).with_for_update()


async def _reason(connection: AsyncConnection, call_id: str) -> str | None:
    found = (await connection.execute(_locked(call_id))).one_or_none()
    return found.exempt_reason if found else None


async def _change(
    connection: AsyncConnection, call_id: str, may: ColumnElement[bool], values: dict[str, Any]
) -> bool:
    statement = update(obligations).where(obligations.c.call_id == call_id, may).values(**values)
    return bool((await connection.execute(statement)).rowcount)
