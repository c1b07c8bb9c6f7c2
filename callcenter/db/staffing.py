"""What staffing is planned by: the calls of a line's half-hours, and how long callers
waited whose calls overflowed."""

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.slots import Slot
from callcenter.core.staffing import SLOTS_A_HALF_HOUR, Traffic
from callcenter.db.schema import figure_slots, figure_waits


async def half_hours(
    connection: AsyncConnection, line: str, since: int, until: int
) -> dict[Slot, Traffic]:
    """The half-hours that had calls, by their first quarter, of the days from ``since`` until
    before ``until``."""
    half_hour = (figure_slots.c.slot // SLOTS_A_HALF_HOUR).label("half_hour")
    # PostgreSQL's sums of big integers are decimals, ten for each half-hour of a year.
    sums = [cast(func.sum(figure_slots.c[name]), BigInteger) for name in Traffic._fields]
    query = (
        select(figure_slots.c.day, half_hour, *sums)
        .where(figure_slots.c.line == line)
        .where(figure_slots.c.day >= since, figure_slots.c.day < until)
        .group_by(figure_slots.c.day, half_hour)
    )
    rows = await connection.execute(query)
    return {Slot(day, half * SLOTS_A_HALF_HOUR): Traffic(*sums) for day, half, *sums in rows}


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
