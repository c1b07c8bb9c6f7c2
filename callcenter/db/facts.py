"""Reading calls that are over as facts: with everything that was found out about them since.

In pages: SQLite has one connection, and a call that rings waits for it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import MISSED, Outcome, acw_s, talk_s, wait_s
from callcenter.core.counts import RECOVERY_HOURS, REPEAT_DAYS, Fact
from callcenter.core.tally import NOBODY, REMOVED, Part, Told
from callcenter.db import call_keys
from callcenter.db.schema import (
    calls,
    legs,
    obligations,
    outgoing_calls,
    tickets,
    wrap_ups,
)

PAGE: Final = 200
"""Calls of one page: some ten milliseconds of SQLite's connection."""

REPEAT: Final = timedelta(days=REPEAT_DAYS)
RECOVERY: Final = timedelta(hours=RECOVERY_HOURS)

EXEMPT: Final = "exempt"
COMPLETE: Final = "complete"


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which call a page begins."""

    started_at: datetime
    id: str


async def page(
    connection: AsyncConnection,
    line: str,
    since: datetime,
    until: datetime,
    *,
    after: Place | None = None,
) -> list[Told]:
    """Up to PAGE calls of the line that began from ``since`` until before ``until`` and are over,
    oldest first: a shorter page is the last one."""
    query = _CALLS.where(
        calls.c.line == line, calls.c.started_at >= since, calls.c.started_at < until
    )
    if after is not None:
        query = query.where(tuple_(calls.c.started_at, calls.c.id) > (after.started_at, after.id))
    query = query.order_by(calls.c.started_at, calls.c.id).limit(PAGE)
    return await _read(connection, query)


async def of(connection: AsyncConnection, ids: Collection[str]) -> list[Told]:
    """Those of the calls that are over, PAGE of them at most, in any order."""
    return await _read(connection, _CALLS.where(calls.c.id.in_(ids)))


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Told]:
    rows = (await connection.execute(query)).all()
    parts = await _legs(connection, [row.id for row in rows if row.answered_at])
    return [_told(row, parts.get(row.id, ())) for row in rows]


def place(told: Told) -> Place:
    """Where the page behind this call begins."""
    return Place(told.fact.started_at, told.fact.id)


async def _legs(
    connection: AsyncConnection, ids: Sequence[str]
) -> Mapping[str, Sequence[Row[Any]]]:
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    query = select(legs).where(legs.c.call_id.in_(ids), legs.c.answered_at.is_not(None))
    for row in (await connection.execute(query.order_by(legs.c.position))).all():
        found[row.call_id].append(row)
    return found


def _told(row: Row[Any], own: Sequence[Row[Any]]) -> Told:
    outcome = Outcome(row.outcome)
    parts = _parts(own)
    fact = Fact(
        id=row.id,
        line=row.line,
        outcome=outcome,
        started_at=row.started_at,
        wait_s=wait_s(row.queued_at, row.answered_at, row.ended_at),
        talk_s=sum(part.talk_s for part in parts.values()),
        hold_s=sum(part.hold_s for part in parts.values()),
        acw_s=_acw_s(row, own),
        transfers=row.transfers,
        has_ticket=row.ticket_number is not None,
        is_exempt=row.debt == EXEMPT,
        is_new_problem=row.debt is not None and row.debt != EXEMPT and not row.is_old_ticket,
        is_solved=_is_solved(row),
        called_before=row.called_before or _within(row.before, row.started_at, REPEAT),
        calls_again=row.calls_again or _within(row.started_at, row.again, REPEAT),
        is_recovered=row.is_recovered or _is_recovered(row),
        is_imported=row.imported,
    )
    return Told(
        fact=fact,
        company=_key(row.company_id),
        caller=REMOVED if row.caller_removed_at else row.caller_e164 or row.caller_raw,
        contact=REMOVED if row.caller_removed_at else _key(row.contact_id),
        category=_key(row.category_id),
        priority=row.priority,
        status=row.said_status,
        technician=_key(row.technician_id),
        answered_by=_key(row.answered_by) if outcome is Outcome.ANSWERED else None,
        parts=parts,
    )


def _parts(own: Sequence[Row[Any]]) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for leg in own:
        before = found.get(_key(leg.agent_id), Part())
        talked = talk_s(leg.answered_at, leg.ended_at, leg.hold_s) or 0.0
        found[_key(leg.agent_id)] = Part(before.talk_s + talked, before.hold_s + leg.hold_s)
    return found


def _acw_s(row: Row[Any], own: Sequence[Row[Any]]) -> float | None:
    """From the hang-up of who owes the ticket, as the pages of calls have it."""
    ends = [leg.ended_at for leg in own if leg.agent_id == row.agent_id and leg.ended_at]
    return acw_s(max(ends, default=row.ended_at), row.qualified_at)


def _is_solved(row: Row[Any]) -> bool:
    if row.status is None:  # another desk's: what the agent said
        return bool(row.draft_solved)
    return bool(row.solved or row.draft_solved) and row.status == COMPLETE


def _is_recovered(row: Row[Any]) -> bool:
    return any(_within(row.ended_at, at, RECOVERY) for at in (row.reached, row.called_back))


def _within(since: datetime | None, until: datetime | None, limit: timedelta) -> bool:
    return since is not None and until is not None and until - since <= limit


def _key(id_: int | None) -> str:
    return NOBODY if id_ is None else str(id_)


_OTHER = calls.alias()
_EARLIER = obligations.alias()

_IS_ANSWERED = calls.c.outcome == Outcome.ANSWERED.value
_IS_MISSED = calls.c.outcome.in_([outcome.value for outcome in MISSED])
_SAME_CALLER = _OTHER.c.caller_e164 == calls.c.caller_e164


def _where(
    is_wanted: ColumnElement[bool], value: ScalarSelect[datetime]
) -> ColumnElement[datetime | None]:
    """The value of the calls that need it: the others cost no look-up."""
    return case((and_(is_wanted, calls.c.caller_e164.is_not(None)), value))


# By the index of a caller's calls, one look-up each.
_BEFORE = (
    select(func.max(_OTHER.c.started_at))
    .where(_SAME_CALLER, _OTHER.c.started_at < calls.c.started_at)
    .scalar_subquery()
)
_AGAIN = (
    select(func.min(_OTHER.c.started_at))
    .where(_SAME_CALLER, _OTHER.c.started_at > calls.c.started_at)
    .scalar_subquery()
)
_REACHED = (
    select(_OTHER.c.answered_at)
    .where(
        _SAME_CALLER,
        _OTHER.c.started_at > calls.c.started_at,
        _OTHER.c.answered_at > calls.c.ended_at,
    )
    .order_by(_OTHER.c.started_at)
    .limit(1)
    .scalar_subquery()
)
_CALLED_BACK = (
    select(outgoing_calls.c.answered_at)
    .where(
        outgoing_calls.c.number == calls.c.caller_e164,
        outgoing_calls.c.asked_at >= calls.c.started_at,
        outgoing_calls.c.answered_at > calls.c.ended_at,
    )
    .order_by(outgoing_calls.c.asked_at)
    .limit(1)
    .scalar_subquery()
)
# The ticket is not this call's own: an earlier call has it, or it was opened for no call at all.
_IS_OLD_TICKET = exists().where(
    _EARLIER.c.desk == obligations.c.desk,
    _EARLIER.c.ticket_number == obligations.c.ticket_number,
    _EARLIER.c.answered_at < obligations.c.answered_at,
) | func.coalesce(tickets.c.number.is_not(None) & tickets.c.call_key.is_(None), False)

_CALLS = call_keys.joined(
    select(
        calls,
        obligations.c.state.label("debt"),
        obligations.c.agent_id,
        obligations.c.ticket_number,
        obligations.c.qualified_at,
        tickets.c.status,
        tickets.c.solved_on_call.label("solved"),
        call_keys.AGENT.label("answered_by"),
        call_keys.TECHNICIAN.label("technician_id"),
        call_keys.CONTACT.label("contact_id"),
        call_keys.CATEGORY.label("category_id"),
        call_keys.PRIORITY.label("priority"),
        call_keys.STATUS.label("said_status"),
        case((wrap_ups.c.finished_at.is_not(None), wrap_ups.c.solved_on_call), else_=False).label(
            "draft_solved"
        ),
        _where(_IS_ANSWERED, _BEFORE).label("before"),
        _where(_IS_ANSWERED, _AGAIN).label("again"),
        _where(_IS_MISSED, _REACHED).label("reached"),
        _where(_IS_MISSED, _CALLED_BACK).label("called_back"),
        _IS_OLD_TICKET.label("is_old_ticket"),
    )
).where(calls.c.outcome.is_not(None))
