"""Writing the calls of before: many at once, each once, and none of those that are known."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Column, Dialect, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Call
from callcenter.core.counts import REPEAT_DAYS
from callcenter.core.slots import Slot
from callcenter.db import figure_marks, recording
from callcenter.db.engine import Database
from callcenter.db.figure_marks import WHOLE
from callcenter.db.parts import parts
from callcenter.db.recording import Caller
from callcenter.db.schema import (
    CALL_IS_OURS,
    call_contacts,
    calls,
    figure_states,
    legs,
    out_of_sight,
    pbx_sights,
)
from callcenter.db.schema import figure_marks as marks
from callcenter.db.types import Moment, sqlite_text
from callcenter.db.upsert import inserting

CACHE_KIB: Final = 262_144
"""Of SQLite's pages in memory, at most: an import touches pages all over its indexes, and by
default 2 MB of them are written and read again within one transaction."""


async def make_room(database: Database) -> None:
    """Let SQLite keep what an import touches in memory, as long as this connection is open."""
    if database.is_sqlite:
        async with database.reading() as connection:
            await connection.exec_driver_sql(f"PRAGMA cache_size=-{CACHE_KIB}")


async def ours_since(connection: AsyncConnection, pbx: str) -> datetime | None:
    """From when on calls of this PBX are our own: the first look at it, or the first call that it
    told us of. None where it was never followed."""
    first_call = select(func.min(calls.c.started_at)).where(calls.c.pbx == pbx, CALL_IS_OURS)
    first_look = select(func.min(out_of_sight.c.began_at)).where(out_of_sight.c.pbx == pbx)
    seen_at = select(func.min(pbx_sights.c.seen_at)).where(pbx_sights.c.pbx == pbx)
    found = [
        (await connection.execute(query)).scalar() for query in (first_call, first_look, seen_at)
    ]
    return min((at for at in found if at is not None), default=None)


async def known(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Those of these calls that there are."""
    found: set[str] = set()
    for some in parts(list(ids)):
        query = select(calls.c.id).where(calls.c.id.in_(some))
        found |= set((await connection.execute(query)).scalars())
    return found


async def add(
    connection: AsyncConnection,
    found: Sequence[Call],
    callers: Mapping[str, Caller],
    agent_ids: Mapping[str, int],
) -> list[Call]:
    """Write those of these calls that are not there; give them.

    ``callers`` is by call id, ``agent_ids`` by login.
    """
    there = await known(connection, [call.id for call in found])
    new = [call for call in found if call.id not in there]
    rows = [recording.call_row(call, callers.get(call.id, Caller())) for call in new]
    await _insert(connection, calls, rows)
    if connection.dialect.name != "sqlite":  # whose transaction has the database to itself
        new = await _ours(connection, new)
    await _insert(
        connection,
        legs,
        [
            recording.leg_row(call, position, leg, agent_ids)
            for call in new
            for position, leg in enumerate(call.legs)
        ],
    )
    await _insert(
        connection,
        call_contacts,
        [
            {"call_id": call.id, "contact_id": contact}
            for call in new
            if call.id in callers
            for contact in callers[call.id].contact_ids
        ],
    )
    return new


async def mark(
    connection: AsyncConnection, days: Mapping[str, Collection[int]], *, now: datetime
) -> None:
    """The figures of these days, by line, are to be counted, and those around that were: whether a
    caller called again depends on what is there now."""
    for line, own in sorted(days.items()):
        await figure_marks.mark_days(connection, line, own, now=now)
    every = {day for own in days.values() for day in own}
    if not every:
        return
    around = select(figure_states.c.line, figure_states.c.day).where(
        figure_states.c.day >= min(every) - REPEAT_DAYS,
        figure_states.c.day <= max(every) + REPEAT_DAYS,
    )
    for line, day in (await connection.execute(around)).all():
        if day not in days.get(line, ()):
            await figure_marks.mark(connection, line, [Slot(day, WHOLE)], now=now)


async def hasten(connection: AsyncConnection, lines: Collection[str], *, to: datetime) -> int:
    """Let the days of these lines that are marked count as marked by then; how many there are."""
    is_theirs = (marks.c.line.in_(list(lines)), marks.c.slot == WHOLE)
    await connection.execute(
        update(marks).where(*is_theirs, marks.c.marked_at > to).values(marked_at=to)
    )
    found = await connection.execute(select(func.count()).select_from(marks).where(*is_theirs))
    return int(found.scalar_one())


async def _ours(connection: AsyncConnection, new: Sequence[Call]) -> list[Call]:
    """Without those that the service wrote at the same time: they are its own."""
    there: set[str] = set()
    for some in parts([call.id for call in new]):
        query = select(calls.c.id).where(calls.c.id.in_(some), calls.c.imported)
        there |= set((await connection.execute(query)).scalars())
    return [call for call in new if call.id in there]


async def _insert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write rows that are not there, past SQLAlchemy's work on each value of each: of a million
    that is most of the time."""
    if not rows:
        return
    prepared = _prepared(table, frozenset(rows[0]), connection.dialect)
    await connection.exec_driver_sql(prepared.sql, [prepared.values(row) for row in rows])


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement for the driver: what it takes of a row, and what becomes of which values."""

    sql: str
    take: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    binds: Sequence[tuple[int, Callable[[Any], Any]]]

    def values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        values = list(self.take(row))
        for place, bind in self.binds:
            if values[place] is not None:
                values[place] = bind(values[place])
        return tuple(values)


@lru_cache
def _prepared(table: Table, names: frozenset[str], dialect: Dialect) -> _Prepared:
    columns = [column for column in table.columns if column.name in names]  # as it is compiled
    statement = inserting(table, dialect.name).on_conflict_do_nothing()
    compiled = statement.compile(dialect=dialect, column_keys=[one.name for one in columns])
    binds = [(place, _bind(one, dialect)) for place, one in enumerate(columns)]
    return _Prepared(
        str(compiled),
        itemgetter(*(one.name for one in columns)),
        [(place, bind) for place, bind in binds if bind is not None],
    )


def _bind(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if dialect.name == "sqlite" and isinstance(column.type, Moment):
        return sqlite_text
    bind: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return bind
