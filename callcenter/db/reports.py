"""Reading figures: of a span of days, in all, by time, and by whom the calls concern.

Everything is read from what was counted (``figures.py``); a span of years is some ten thousand
rows. Where a list is cut short, the rest is a row of its own: what is shown comes to the whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.counts import NAMES, Counts
from callcenter.core.slots import pieces
from callcenter.core.tally import EVERY_LINE, Kind
from callcenter.db.schema import (
    figure_days,
    figure_months,
    figure_slots,
    figure_states,
    figure_waits,
)

SLOTS_AN_HOUR: Final = 4
DAYS_A_WEEK: Final = 7
HOURS: Final = 24

ORDERED_BY: Final = ("offered", "talk_ms")
"""Who comes first has the most calls, or of as many the longest."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days from ``since`` until before ``until`` (``core/slots.py``), of these lines; None is
    every line."""

    since: int
    until: int
    lines: Collection[str] | None = None


class Grain(StrEnum):
    """What time is cut into. The keys are numbers."""

    DAY = "day"  # date.toordinal
    WEEK = "week"  # weeks since Monday the first of January of the year 1
    WEEKDAY = "weekday"  # 0 is Monday
    HOUR = "hour"
    HOUR_OF_WEEK = "hour_of_week"  # weekday * 24 + hour


class At(NamedTuple):
    """The calls of one part of the time."""

    key: int
    counts: Counts


class Of(NamedTuple):
    """The calls that concern one key, see ``core/tally.py``."""

    key: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Ranked:
    """Those with the most calls, and all the others together, of whom there are ``others``."""

    first: Sequence[Of]
    others: int
    rest: Counts


class Wait(NamedTuple):
    """How many calls waited so many seconds, the last one begun counted whole."""

    outcome: Outcome
    second: int
    calls: int


async def total(connection: AsyncConnection, span: Span) -> Counts:
    """All calls of the span."""
    query = select(*_sums(figure_slots)).where(*_within(figure_slots, span))
    return _counts((await connection.execute(query)).one())


async def by_time(connection: AsyncConnection, span: Span, grain: Grain) -> list[At]:
    """The parts of the time that have calls, in their order."""
    key = _key(grain).label("key")
    query = (
        select(key, *_sums(figure_slots))
        .where(*_within(figure_slots, span))
        .group_by(key)
        .order_by(key)
    )
    return [At(row.key, _counts(row)) for row in await connection.execute(query)]


async def by_line(connection: AsyncConnection, span: Span) -> list[Of]:
    """The lines that have calls, by name."""
    query = (
        select(figure_slots.c.line, *_sums(figure_slots))
        .where(*_within(figure_slots, span), figure_slots.c.line != EVERY_LINE)
        .group_by(figure_slots.c.line)
        .order_by(figure_slots.c.line)
    )
    return [Of(row.line, _counts(row)) for row in await connection.execute(query)]


async def by_kind(
    connection: AsyncConnection, span: Span, kind: Kind, *, keys: Collection[str] | None = None
) -> list[Of]:
    """Every key that has calls, or those of ``keys``, those with the most first."""
    query = _by_kind(span, kind, NAMES, keys)
    if query is None:
        return []
    return [Of(row.key, _counts(row)) for row in await connection.execute(query)]


async def ranked(
    connection: AsyncConnection, span: Span, kind: Kind, limit: int, total: Counts
) -> Ranked:
    """The ``limit`` callers, contacts or companies with the most calls. ``total`` is of the span:
    each of its calls is one of theirs.

    Callers are tens of thousands, each with a row a month: they are put in order by what that
    takes, which is in an index, and only of those who are shown everything is added up.
    """
    ordered = _by_kind(span, kind, ORDERED_BY)
    if ordered is None:
        return Ranked((), 0, Counts())
    query = ordered.add_columns(func.count().over().label("keys")).limit(limit)
    rows = (await connection.execute(query)).all()
    keys = [row.key for row in rows]
    found = {one.key: one for one in await by_kind(connection, span, kind, keys=keys)}
    first = [found[key] for key in keys]
    others = rows[0].keys - len(rows) if rows else 0
    if not others:
        return Ranked(first, 0, Counts())
    whole = replace(total, available_ms=0)  # which is no caller's
    return Ranked(first, others, minus(whole, Counts.total(one.counts for one in first)))


async def waits(connection: AsyncConnection, span: Span) -> list[Wait]:
    """How long callers waited, by what became of their calls, the shortest first."""
    columns = (figure_waits.c.outcome, figure_waits.c.second)
    query = (
        select(*columns, func.sum(figure_waits.c.calls).label("calls"))
        .where(*_within(figure_waits, span))
        .group_by(*columns)
        .order_by(figure_waits.c.second)
    )
    rows = await connection.execute(query)
    return [Wait(Outcome(row.outcome), row.second, int(row.calls)) for row in rows]


async def counted_at(connection: AsyncConnection, span: Span) -> datetime | None:
    """When the last day of the span that has calls was counted whole."""
    within = (*_within(figure_states, span), figure_states.c.line != EVERY_LINE)
    last = select(func.max(figure_states.c.day)).where(*within).scalar_subquery()
    query = select(func.min(figure_states.c.counted_at)).where(*within, figure_states.c.day == last)
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


def minus(whole: Counts, part: Counts) -> Counts:
    """What of the whole is not in the part."""
    return Counts(**{name: getattr(whole, name) - getattr(part, name) for name in NAMES})


def joined(rows: Sequence[Of], names: Mapping[str, str]) -> list[Of]:
    """The same by another name that several keys have, those with the most calls first; a key
    without one keeps none, which is empty."""
    found: dict[str, list[Counts]] = {}
    for row in rows:
        found.setdefault(names.get(row.key, ""), []).append(row.counts)
    sums = [Of(name, Counts.total(parts)) for name, parts in found.items()]
    return sorted(sums, key=lambda one: (-one.counts.offered, one.key))


def _key(grain: Grain) -> ColumnElement[int]:
    day, hour = figure_slots.c.day, figure_slots.c.slot // SLOTS_AN_HOUR
    weekday = (day + DAYS_A_WEEK - 1) % DAYS_A_WEEK
    keys: Mapping[Grain, ColumnElement[int]] = {
        Grain.DAY: day,
        Grain.WEEK: (day - 1) // DAYS_A_WEEK,
        Grain.WEEKDAY: weekday,
        Grain.HOUR: hour,
        Grain.HOUR_OF_WEEK: weekday * HOURS + hour,
    }
    return keys[grain]


def _by_kind(
    span: Span, kind: Kind, names: Sequence[str], keys: Collection[str] | None = None
) -> Select[Any] | None:
    """With these of the counts. None: the span has no day."""
    parts = _parts(span, kind, names, keys)
    if not parts:
        return None
    rows = union_all(*parts).subquery()
    sums = [func.sum(rows.c[name]).label(name) for name in names]
    order = (func.sum(rows.c.offered).desc(), func.sum(rows.c.talk_ms).desc(), rows.c.key)
    # Of a key whose calls were taken away nothing is left.
    any_ = [rows.c[name] for name in ("offered", "talk_ms", "available_ms") if name in names]
    has_any = func.sum(sum(any_[1:], any_[0])) > 0
    return select(rows.c.key, *sums).group_by(rows.c.key).having(has_any).order_by(*order)


def _parts(
    span: Span, kind: Kind, names: Sequence[str], keys: Collection[str] | None = None
) -> list[Select[Any]]:
    """The rows of whole months, of the days beside them, and with the other sign those of the days
    that the span has not of its months."""
    cut = pieces(span.since, span.until)
    parts = (
        (figure_months, (cut.months,), 1),
        (figure_days, cut.days, 1),
        (figure_days, cut.without, -1),
    )
    selected = []
    for table, ranges, sign in parts:
        at = table.c.month if table is figure_months else table.c.day
        within = [and_(at >= some.start, at < some.stop) for some in ranges if some]
        if not within:
            continue
        columns = (table.c[name] if sign > 0 else -table.c[name] for name in names)
        sums = (func.sum(column).label(name) for name, column in zip(names, columns, strict=True))
        query = select(table.c.key, *sums).where(table.c.kind == kind.value, or_(*within))
        if span.lines is not None:
            query = query.where(table.c.line.in_(span.lines))
        if keys is not None:
            query = query.where(table.c.key.in_(keys))
        selected.append(query.group_by(table.c.key))  # in the order of an index, unsorted
    return selected


def _within(table: Table, span: Span) -> list[ColumnElement[bool]]:
    found = [table.c.day >= span.since, table.c.day < span.until]
    return found if span.lines is None else [*found, table.c.line.in_(span.lines)]


def _sums(table: Table) -> list[ColumnElement[int]]:
    return [func.sum(table.c[name]).label(name) for name in NAMES]


def _counts(row: Row[*tuple[Any, ...]]) -> Counts:
    # PostgreSQL's sums of big integers are decimals; of no rows they are nothing.
    return Counts(**{name: int(getattr(row, name) or 0) for name in NAMES})
