"""Writing what was counted, and by which rules.

A day's rows are compared with what is there, and only what differs is written, a few rows at a
time, each with its month's in the same transaction: a month is the sum of its days whenever one
looks, and a call that rings waits for no more than a few rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Table, and_, delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.counts import NAMES
from callcenter.core.slots import month_of
from callcenter.core.tally import Kind, Sums, Tally
from callcenter.db.engine import Database
from callcenter.db.figure_marks import Mark, unmark
from callcenter.db.schema import (
    calls,
    figure_days,
    figure_months,
    figure_slots,
    figure_states,
    figure_waits,
)
from callcenter.db.upsert import inserting, upsert

ROWS: Final = 200
"""Rows that are written in one transaction."""

LOADED_MAX: Final = 500
"""Rows read in one go where a day's are compared."""


@dataclass(frozen=True, slots=True)
class Rules:
    """By what a line's calls are counted. ``timezone`` is a name, ``threshold_s`` the wait that the
    service level promises."""

    timezone: str
    threshold_s: float


async def called_lines(connection: AsyncConnection) -> list[tuple[str, datetime]]:
    """Every line that ever had calls, with the beginning of the first.

    One look into the index a line, however many calls it has.
    """
    found: list[tuple[str, datetime]] = []
    query = select(calls.c.line, calls.c.started_at).limit(1)
    query = query.order_by(calls.c.line, calls.c.started_at)
    place = ""
    while row := (await connection.execute(query.where(calls.c.line > place))).one_or_none():
        place = row.line
        found.append((row.line, row.started_at))
    return found


async def counted_by_other_rules(connection: AsyncConnection, line: str, rules: Rules) -> list[int]:
    """The days of the line that were counted by other rules than these."""
    is_other = or_(
        figure_states.c.timezone != rules.timezone,
        figure_states.c.threshold_s != rules.threshold_s,
    )
    query = select(figure_states.c.day).where(figure_states.c.line == line, is_other)
    return list((await connection.execute(query)).scalars())


async def unsettled(
    connection: AsyncConnection, line: str, *, counted_before: datetime
) -> list[int]:
    """The days of the line that may have other figures by now: what callers did since counts."""
    query = select(figure_states.c.day).where(
        figure_states.c.line == line,
        figure_states.c.is_settled.is_(False),
        figure_states.c.counted_at < counted_before,
    )
    return list((await connection.execute(query)).scalars())


async def counted_lines(connection: AsyncConnection) -> list[str]:
    """The lines that have days which were counted."""
    query = select(figure_states.c.line).distinct()
    return list((await connection.execute(query)).scalars())


async def write_slot(connection: AsyncConnection, one: Mark, sums: Sums) -> None:
    """The calls of a slot, and that it is counted."""
    where = _of(figure_slots, one.line, one.day) & (figure_slots.c.slot == one.slot)
    await connection.execute(delete(figure_slots).where(where))
    if sums:
        row = {"line": one.line, "day": one.day, "slot": one.slot, **sums}
        await connection.execute(inserting(figure_slots, connection.dialect.name).values(row))
    await unmark(connection, one)


async def write_day(
    database: Database, one: Mark, tally: Tally, rules: Rules, *, is_settled: bool, now: datetime
) -> None:
    """Everything of a day, and at the end that it is counted."""
    old = await _loaded(database, one)
    for kind in Kind:
        await _write_kind(database, one, kind, old[kind], tally.by[kind])
    async with database.transaction() as connection:
        await _write_slots(connection, one, tally)
        await _write_waits(connection, one, tally)
        row = {
            "line": one.line,
            "day": one.day,
            "counted_at": now,
            "timezone": rules.timezone,
            "threshold_s": rules.threshold_s,
            "is_settled": is_settled,
        }
        await upsert(
            connection,
            figure_states,
            [row],
            update=("counted_at", "timezone", "threshold_s", "is_settled"),
        )
        await unmark(connection, one)


async def _write_slots(connection: AsyncConnection, one: Mark, tally: Tally) -> None:
    await connection.execute(delete(figure_slots).where(_of(figure_slots, one.line, one.day)))
    rows = [
        {"line": one.line, "day": one.day, "slot": slot, **_full(sums)}
        for slot, sums in tally.slots.items()
    ]
    if rows:
        await connection.execute(figure_slots.insert(), rows)


async def _write_waits(connection: AsyncConnection, one: Mark, tally: Tally) -> None:
    await connection.execute(delete(figure_waits).where(_of(figure_waits, one.line, one.day)))
    rows = [
        {
            "line": one.line,
            "day": one.day,
            "outcome": outcome.value,
            "second": second,
            "calls": count,
        }
        for (outcome, second), count in tally.waits.items()
    ]
    if rows:
        await connection.execute(figure_waits.insert(), rows)


async def _write_kind(
    database: Database,
    one: Mark,
    kind: Kind,
    old: Mapping[str, Sums],
    of: Mapping[str, Sums],
) -> None:
    changes = {
        key: _Change(old.get(key, {}), _full(of.get(key, {}))) for key in old.keys() | of.keys()
    }
    changed = sorted(key for key, change in changes.items() if change.before != change.after)
    for keys in _in_parts(changed):
        async with database.transaction() as connection:
            await _write_keys(connection, one, kind, {key: changes[key] for key in keys})


@dataclass(frozen=True, slots=True)
class _Change:
    """What a key had and has; empty: no row."""

    before: Sums
    after: Sums

    @property
    def delta(self) -> dict[str, int]:
        return {name: self.after.get(name, 0) - self.before.get(name, 0) for name in NAMES}


async def _loaded(database: Database, one: Mark) -> Mapping[Kind, Mapping[str, Sums]]:
    """What the day has, some rows at a time."""
    found: Mapping[Kind, dict[str, Sums]] = {kind: {} for kind in Kind}
    place = ("", "")
    while True:
        query = (
            select(figure_days)
            .where(
                figure_days.c.kind.in_([kind.value for kind in Kind]),
                _of(figure_days, one.line, one.day),
                tuple_(figure_days.c.kind, figure_days.c.key) > place,
            )
            .order_by(figure_days.c.kind, figure_days.c.key)
            .limit(LOADED_MAX)
        )
        async with database.reading() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            found[Kind(row.kind)][row.key] = _sums(row)
        if len(rows) < LOADED_MAX:
            return found
        place = (rows[-1].kind, rows[-1].key)


async def _write_keys(
    connection: AsyncConnection, one: Mark, kind: Kind, changes: Mapping[str, _Change]
) -> None:
    own = (figure_days.c.kind == kind.value) & _of(figure_days, one.line, one.day)
    await connection.execute(delete(figure_days).where(own, figure_days.c.key.in_(changes)))
    head = {"kind": kind.value, "line": one.line}
    rows = [
        {**head, "day": one.day, "key": key, **change.after}
        for key, change in changes.items()
        if any(change.after.values())
    ]
    if rows:
        await connection.execute(figure_days.insert(), rows)
    month = month_of(one.day)
    deltas = [
        {**head, "month": month, "key": key, **change.delta} for key, change in changes.items()
    ]
    new = inserting(figure_months, connection.dialect.name)
    added = new.on_conflict_do_update(
        index_elements=list(figure_months.primary_key.columns),
        set_={name: figure_months.c[name] + new.excluded[name] for name in NAMES},
    )
    await connection.execute(added, deltas)
    # Of a key whose calls were taken away nothing is left: it may be a number that was removed.
    months = figure_months.c
    its = (months.kind == kind.value, months.line == one.line, months.month == month)
    is_empty = (months.offered == 0, months.talk_ms == 0, months.hold_ms == 0)
    gone = [key for key, change in changes.items() if not any(change.after.values())]
    if gone:
        await connection.execute(delete(figure_months).where(*its, months.key.in_(gone), *is_empty))


def _full(sums: Sums) -> dict[str, int]:
    return {name: sums.get(name, 0) for name in NAMES}


def _sums(row: Row[Any]) -> dict[str, int]:
    return {name: getattr(row, name) for name in NAMES}


def _of(table: Table, line: str, day: int) -> ColumnElement[bool]:
    return and_(table.c.line == line, table.c.day == day)


def _in_parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + ROWS] for start in range(0, len(keys), ROWS))
