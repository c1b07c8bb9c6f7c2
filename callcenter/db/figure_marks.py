"""Marks of what is to be counted anew: a quarter of an hour of a line's day, or all of the day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.slots import Slot
from callcenter.core.tally import EVERY_LINE
from callcenter.db.schema import figure_marks
from callcenter.db.upsert import inserting

WHOLE: Final = -1
"""The slot of a mark for everything of its day."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """What is to be counted anew; ``times`` says which marking was seen."""

    day: int
    line: str
    slot: int
    times: int

    @property
    def is_whole(self) -> bool:
        """Whether it is everything of the day."""
        return self.slot == WHOLE


async def mark(
    connection: AsyncConnection, line: str, slots: Collection[Slot], *, now: datetime
) -> None:
    """These slots of a line are to be counted anew."""
    if not slots:
        return
    new = inserting(figure_marks, connection.dialect.name)
    again = new.on_conflict_do_update(
        index_elements=list(figure_marks.primary_key.columns),
        set_={"times": figure_marks.c.times + 1},
    )
    rows = [
        {"line": line, "day": slot.day, "slot": slot.slot, "marked_at": now, "times": 1}
        for slot in sorted(slots)
    ]
    await connection.execute(again, rows)


async def mark_days(
    connection: AsyncConnection, line: str, days: Collection[int], *, now: datetime
) -> None:
    """Everything of these days is to be counted anew."""
    await mark(connection, line, [Slot(day, WHOLE) for day in days], now=now)


async def marked_slots(connection: AsyncConnection, limit: int) -> list[Mark]:
    """The slots to count, the newest first: those are being looked at."""
    return await _marked(connection, figure_marks.c.slot != WHOLE, limit)


async def marked_days(connection: AsyncConnection, *, before: datetime, limit: int) -> list[Mark]:
    """The days to count that were marked before then, the newest first."""
    is_due = (figure_marks.c.slot == WHOLE) & (figure_marks.c.marked_at <= before)
    return await _marked(connection, is_due, limit)


async def whole_days_marked(
    connection: AsyncConnection, lines: Collection[str] | None, since: int, until: int
) -> int:
    """How many days of lines, from ``since`` until before ``until``, are yet to be counted anew."""
    query = select(func.count()).where(
        figure_marks.c.slot == WHOLE,
        figure_marks.c.line != EVERY_LINE,
        figure_marks.c.day >= since,
        figure_marks.c.day < until,
    )
    if lines is not None:
        query = query.where(figure_marks.c.line.in_(lines))
    return (await connection.execute(query)).scalar_one()


async def _marked(
    connection: AsyncConnection, wanted: ColumnElement[bool], limit: int
) -> list[Mark]:
    order = (figure_marks.c.day.desc(), figure_marks.c.slot.desc(), figure_marks.c.line)
    query = select(figure_marks).where(wanted).order_by(*order).limit(limit)
    rows = await connection.execute(query)
    return [Mark(row.day, row.line, row.slot, row.times) for row in rows]


async def unmark(connection: AsyncConnection, one: Mark) -> None:
    """It was counted. What was marked again meanwhile stays."""
    await connection.execute(
        delete(figure_marks).where(
            figure_marks.c.line == one.line,
            figure_marks.c.day == one.day,
            figure_marks.c.slot == one.slot,
            figure_marks.c.times == one.times,
        )
    )
