"""How many answered calls have their ticket, which have not, and how long it took."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, extract, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.coverage import MEDIAN, P95, Coverage, OpenObligation, nearest_rank
from callcenter.db.schema import agents, calls, obligations

DAY_S = 86_400


async def coverage(connection: AsyncConnection, since: datetime, until: datetime) -> Coverage:
    """Of the calls answered from ``since`` until before ``until``."""
    answered = select(func.count()).where(calls.c.answered_at >= since, calls.c.answered_at < until)
    debts = (obligations.c.answered_at >= since, obligations.c.answered_at < until)
    total = func.count().label("total")
    by_state = select(obligations.c.state, total).where(*debts).group_by(obligations.c.state)
    ordered = _delays(connection).where(*debts)
    count = select(func.count()).where(*debts, obligations.c.ticketed_at.is_not(None))
    ticketed = (await connection.execute(count)).scalar_one()
    return Coverage(
        since=since,
        until=until,
        answered=(await connection.execute(answered)).scalar_one(),
        obligations={row.state: row.total for row in await connection.execute(by_state)},
        open=await _open(connection, *debts),
        delay_median_s=await _percentile(connection, ordered, MEDIAN, ticketed),
        delay_p95_s=await _percentile(connection, ordered, P95, ticketed),
    )


async def open_obligations(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many obligations are open, and when the call of the oldest was answered."""
    query = select(func.count(), func.min(obligations.c.answered_at)).where(
        obligations.c.state == "open"
    )
    count, oldest = (await connection.execute(query)).one()
    return count, oldest


async def _open(
    connection: AsyncConnection, *debts: ColumnElement[bool]
) -> tuple[OpenObligation, ...]:
    query = (
        select(obligations, calls.c.line, agents.c.login)
        .join(calls, calls.c.id == obligations.c.call_id)
        .outerjoin(agents, agents.c.id == obligations.c.agent_id)
        .where(obligations.c.state == "open", *debts)
        .order_by(obligations.c.answered_at, obligations.c.call_id)
    )
    return tuple(
        OpenObligation(
            call=row.call_id,
            line=row.line,
            agent=row.login,
            answered_at=row.answered_at,
            attempts=row.attempts,
            last_error=row.last_error,
        )
        for row in await connection.execute(query)
    )


def _delays(connection: AsyncConnection) -> Select[Any]:
    """Seconds from answer to ticket, ascending. Sorted by the database: a year has millions."""
    answered_at, ticketed_at = obligations.c.answered_at, obligations.c.ticketed_at
    delay: ColumnElement[Any] = (
        (func.julianday(ticketed_at) - func.julianday(answered_at)) * DAY_S
        if connection.dialect.name == "sqlite"
        else extract("epoch", ticketed_at - answered_at)
    )
    return select(delay).where(ticketed_at.is_not(None)).order_by(delay)


async def _percentile(
    connection: AsyncConnection, ordered: Select[Any], percent: int, count: int
) -> float | None:
    if count == 0:
        return None
    query = ordered.limit(1).offset(nearest_rank(percent, count) - 1)
    return round(float((await connection.execute(query)).scalar_one()), 3)
