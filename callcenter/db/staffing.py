"""What staffing is planned by: the calls of a line's quarters of an hour, and how long callers
waited whose calls overflowed."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts
from callcenter.core.slots import Slot
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


async def slots(
    connection: AsyncConnection, line: str, since: int, until: int
) -> dict[Slot, Counts]:
    """The quarters that had calls, of the days from ``since`` until before ``until``."""
    columns = [figure_slots.c[name] for name in USED]
    query = select(figure_slots.c.day, figure_slots.c.slot, *columns).where(
        figure_slots.c.line == line, figure_slots.c.day >= since, figure_slots.c.day < until
    )
    rows = await connection.execute(query)
    return {
        Slot(day, slot): Counts(**dict(zip(USED, counts, strict=True)))
        for day, slot, *counts in rows
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
