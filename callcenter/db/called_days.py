"""On which days there were such calls, from what was counted.

A list of calls goes back from the newest. Were it to look at each call of a year for the few that
it wants, it would take as long as that: the figures know on which days to look. Days that are yet
to be counted may have any.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.tally import EVERY_LINE, Kind
from callcenter.db.reports import SLOTS_AN_HOUR, Span
from callcenter.db.schema import figure_days, figure_marks, figure_slots


async def of_keys(
    connection: AsyncConnection, span: Span, kind: Kind, keys: Collection[str]
) -> set[int]:
    """The days with calls of any of these keys."""
    is_wanted = (figure_days.c.kind == kind.value) & figure_days.c.key.in_(keys)
    return await _days(connection, figure_days, span, is_wanted & (figure_days.c.offered > 0))


async def of_hours(connection: AsyncConnection, span: Span, hour: int | None) -> set[int]:
    """The days with calls in that hour, or at all."""
    is_wanted = figure_slots.c.offered > 0
    if hour is not None:
        is_wanted &= figure_slots.c.slot.between(
            hour * SLOTS_AN_HOUR, (hour + 1) * SLOTS_AN_HOUR - 1
        )
    return await _days(connection, figure_slots, span, is_wanted)


async def uncounted(connection: AsyncConnection, span: Span) -> set[int]:
    """The days of which something is to be counted anew."""
    return await _days(connection, figure_marks, span, figure_marks.c.line != EVERY_LINE)


async def _days(
    connection: AsyncConnection, table: Table, span: Span, *where: ColumnElement[Any]
) -> set[int]:
    query = select(table.c.day).distinct().where(*where)
    query = query.where(table.c.day >= span.since, table.c.day < span.until)
    if span.lines is not None:
        query = query.where(table.c.line.in_(span.lines))
    return set((await connection.execute(query)).scalars())
