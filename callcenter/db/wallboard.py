"""What a wallboard shows of debts and missed calls: counted by line, however many there are."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.wallboard import AGES, NONE, Aged
from callcenter.db.schema import (
    CALLBACK_IS_OPEN,
    OBLIGATION_IS_OPEN,
    OBLIGATION_IS_UNQUALIFIED,
    callbacks,
    calls,
    obligations,
    wrap_ups,
)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a line owes: see core/wallboard.py."""

    without_ticket: Aged = NONE
    unwritten: Aged = NONE


@dataclass(frozen=True, slots=True)
class Missed:
    """Callers whom nobody has called back; the first of them called at ``since``."""

    count: int = 0
    since: datetime | None = None


async def owed(connection: AsyncConnection, now: datetime) -> Mapping[str, Owed]:
    """What is owed, by line. A debt without a ticket is as old as the answer, one with a ticket as
    the end of the call: before that its agent still talks."""
    is_finished = exists().where(
        wrap_ups.c.call_id == obligations.c.call_id, wrap_ups.c.finished_at.is_not(None)
    )
    is_late = calls.c.ended_at.is_not(None) & ~is_finished
    since = case((OBLIGATION_IS_OPEN, obligations.c.answered_at), else_=calls.c.ended_at)
    keys = (
        calls.c.line.label("line"),
        OBLIGATION_IS_OPEN.label("is_open"),
        _age(since, now).label("age"),
    )
    query = (
        select(*keys, func.count().label("debts"), func.min(since).label("since"))
        .select_from(obligations)
        .join(calls, calls.c.id == obligations.c.call_id)
        .where(OBLIGATION_IS_UNQUALIFIED, OBLIGATION_IS_OPEN | is_late)
        .group_by(*keys)
    )
    found: defaultdict[str, Owed] = defaultdict(Owed)
    for row in await connection.execute(query):
        counts = tuple(row.debts if age == row.age else 0 for age in range(len(AGES) + 1))
        before, debts = found[row.line], Aged(counts, row.since)
        found[row.line] = (
            Owed(before.without_ticket + debts, before.unwritten)
            if row.is_open
            else Owed(before.without_ticket, before.unwritten + debts)
        )
    return found


async def missed(connection: AsyncConnection) -> Mapping[str, Missed]:
    """The callers who are to be called back, by line."""
    query = (
        select(
            callbacks.c.line,
            func.count().label("callers"),
            func.min(callbacks.c.first_missed_at).label("since"),
        )
        .where(CALLBACK_IS_OPEN)
        .group_by(callbacks.c.line)
    )
    rows = await connection.execute(query)
    return {row.line: Missed(row.callers, row.since) for row in rows}


def _age(since: ColumnElement[Any], now: datetime) -> ColumnElement[int]:
    younger = [(since > now - limit, age) for age, limit in enumerate(AGES)]
    return case(*younger, else_=len(AGES))
