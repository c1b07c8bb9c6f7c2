"""What the calls of a line's day come to so far, while the day goes on.

Counted from the calls themselves whenever somebody looks: a wallboard is to be right at once. The
database groups them, so that a day of thousands is a few rows here.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts, Fact, additions, ms
from callcenter.db.durations import between_ms
from callcenter.db.schema import calls, obligations


async def today(
    connection: AsyncConnection, line: str, since: datetime, until: datetime, *, threshold_s: float
) -> Counts:
    """Of the line's calls that began from ``since`` until before ``until`` and are over.

    Of what only later days, legs or tickets tell (talk, hold, ACW, repeats, recovery) nothing is
    counted. ``threshold_s`` is the wait that the line's service level promises.
    """
    rows = await connection.execute(
        _grouped(connection.dialect.name, ms(threshold_s)).where(
            calls.c.line == line, calls.c.started_at >= since, calls.c.started_at < until
        )
    )
    return Counts.total(_counts(row, threshold_s) for row in rows)


def _grouped(dialect: str, threshold_ms: int) -> Select[Any]:
    waited = between_ms(
        dialect, calls.c.queued_at, func.coalesce(calls.c.answered_at, calls.c.ended_at)
    )
    wait_ms: ColumnElement[int] = func.coalesce(case((waited < 0, 0), else_=waited), 0)
    keys = (
        calls.c.outcome.label("outcome"),
        (wait_ms <= threshold_ms).label("in_time"),
        obligations.c.ticket_number.is_not(None).label("has_ticket"),
        func.coalesce(obligations.c.state == "exempt", False).label("is_exempt"),
        calls.c.imported,
    )
    return (
        select(*keys, func.count().label("calls"), func.sum(wait_ms).label("wait_ms"))
        .outerjoin(obligations, obligations.c.call_id == calls.c.id)
        .where(calls.c.outcome.is_not(None))
        .group_by(*keys)
    )


def _counts(row: Row[Any], threshold_s: float) -> Counts:
    """What calls that are alike add: by the rule for one, but for the sum of their waits."""
    like = Fact(
        id="",
        line="",
        outcome=Outcome(row.outcome),
        started_at=datetime.min,  # noqa: DTZ901  # no count depends on it
        wait_s=0.0 if row.in_time else threshold_s + 1,
        has_ticket=row.has_ticket,
        is_exempt=row.is_exempt,
        is_imported=row.imported,
    )
    added = {name: value * row.calls for name, value in additions(like, threshold_s).items()}
    waits = {name: int(row.wait_ms) for name in ("wait_ms", "lost_wait_ms") if name in added}
    return Counts(**(added | waits))
