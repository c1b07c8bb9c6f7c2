"""What staffing is planned by: the calls of a line's half-hours, and how long callers
waited whose calls overflowed."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts
from callcenter.core.slots import Slot
from callcenter.core.staffing import SLOTS_A_HALF_HOUR
from callcenter.db.schema import figure_slots, figure_waits

USED = (
    "answered",
    "abandoned",
    "short_abandons",
    "overflowed",
    "closed",
    "wait_ms",
    "lost_wait_ms",
    "talk_ms",
    "hold_ms",
    "acw_ms",
)
"""Of the counts, what is read; the others stay 0."""


async def half_hours(
    connection: AsyncConnection, line: str, since: int, until: int
) -> dict[Slot, Counts]:
    """The half-hours that had calls, by their first quarter, of the days from ``since`` until
    before ``until``."""
    half_hour = (figure_slots.c.slot // SLOTS_A_HALF_HOUR).label("half_hour")
    sums = [func.sum(figure_slots.c[name]) for name in USED]
    query = (
        select(figure_slots.c.day, half_hour, *sums)
        .where(figure_slots.c.line == line)
        .where(figure_slots.c.day >= since, figure_slots.c.day < until)
        .group_by(figure_slots.c.day, half_hour)
    )
    rows = await connection.execute(query)
    return {
        # PostgreSQL's sums of big integers are decimals.
        Slot(day, half * SLOTS_A_HALF_HOUR): Counts(
            **dict(zip(USED, map(int, counts), strict=True))
        )
        for day, half, *counts in rows
    }


async def overflow_wait_s(connection: AsyncConnection, line: str, since: int, until: int) -> int:
    """How long the callers of the same days waited together who went on to voicemail, say: in
    whole seconds, each one's last begun counted whole."""
    query = select(func.sum(figure_waits.c.second * figure_waits.c.calls)).where(
        figure_waits.c.line == line,
        figure_waits.c.day >= since,
        figure_waits.c.day < until,
        figure_waits.c.outcome == Outcome.OVERFLOW.value,
    )
    return int((await connection.execute(query)).scalar() or 0)
