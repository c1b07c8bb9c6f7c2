"""How many answered calls have their ticket, which have not, and how long it took."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.coverage import Coverage, OpenObligation
from callcenter.db.durations import between_ms
from callcenter.db.schema import CALL_IS_OURS, OBLIGATION_IS_OPEN, agents, calls, obligations

Value = TypeVar("Value", str, int)


async def coverage(connection: AsyncConnection, since: datetime, until: datetime) -> Coverage:
    """Of the calls answered from ``since`` until before ``until``.

    Calls that were imported owe no ticket: they are not among them.

    Takes 1 to 4 ms for each thousand calls: cut a long span in parts, each in a transaction of
    its own, so that nothing else has to wait for the whole.
    """
    is_theirs = (calls.c.answered_at >= since, calls.c.answered_at < until, CALL_IS_OURS)
    answered = select(func.count()).where(*is_theirs)
    debts = (obligations.c.answered_at >= since, obligations.c.answered_at < until)
    return Coverage(
        since=since,
        until=until,
        answered=(await connection.execute(answered)).scalar_one(),
        obligations=await _counted(connection, obligations.c.state, *debts),
        open=await _open(connection, *debts),
        delays_ms=await _counted(
            connection, _delay_ms(connection), *debts, obligations.c.ticketed_at.is_not(None)
        ),
        exempt=await _counted(
            connection, obligations.c.exempt_reason, *debts, obligations.c.state == "exempt"
        ),
    )


async def _open(
    connection: AsyncConnection, *debts: ColumnElement[bool]
) -> tuple[OpenObligation, ...]:
    query = (
        select(obligations, calls.c.line, agents.c.login)
        .join(calls, calls.c.id == obligations.c.call_id)
        .outerjoin(agents, agents.c.id == obligations.c.agent_id)
        .where(OBLIGATION_IS_OPEN, *debts)
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
            stuck_at=row.stuck_at,
        )
        for row in await connection.execute(query)
    )


async def _counted(
    connection: AsyncConnection, value: ColumnElement[Value], *debts: ColumnElement[bool]
) -> dict[Value, int]:
    """How many obligations have each value."""
    counted = value.label("value")
    query = select(counted, func.count().label("total")).where(*debts).group_by(counted)
    return {row.value: row.total for row in await connection.execute(query)}


def _delay_ms(connection: AsyncConnection) -> ColumnElement[int]:
    delay_ms = between_ms(
        connection.dialect.name, obligations.c.answered_at, obligations.c.ticketed_at
    )
    # The answer has the PBX's time and the ticket ours: theirs may be ahead.
    return case((delay_ms < 0, 0), else_=delay_ms)
