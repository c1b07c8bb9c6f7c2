"""What the page of the history shows: figures of a period, cut as somebody asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.counts import REPEAT_DAYS, Counts
from callcenter.core.tally import NOBODY, REMOVED, Kind
from callcenter.db import figure_marks, reports
from callcenter.db.reports import HOURS, At, Grain, Of, Span
from callcenter.db.schema import agents, companies
from callcenter.web import names, tables
from callcenter.web.heat import Heat
from callcenter.web.names import Agreed
from callcenter.web.narrowing import Narrowing
from callcenter.web.numbers import shown
from callcenter.web.period import Period, PeriodName
from callcenter.web.tables import Column, Label, Line, Table
from callcenter.web.waits import Waits, stepped

RANKED: Final = 50
"""Companies and callers that are listed; the others are one row."""


NO_ID: Final = "0"
"""In an address: nobody, or none."""


class By(StrEnum):
    """What figures are cut by, in the order of the page."""

    DAY = "day"
    WEEK = "week"
    WEEKDAY = "weekday"
    HOUR = "hour"
    HEAT = "heat"
    WAIT = "wait"
    LINE = "line"
    AGENT = "agent"
    COMPANY = "company"
    CALLER = "caller"
    CONTACT = "contact"
    CATEGORY = "category"
    PRIORITY = "priority"
    STATUS = "status"
    TECHNICIAN = "technician"
    CONTRACT = "contract"
    OWNER = "owner"


GRAINS: Final[Mapping[By, Grain]] = {
    By.DAY: Grain.DAY,
    By.WEEK: Grain.WEEK,
    By.WEEKDAY: Grain.WEEKDAY,
    By.HOUR: Grain.HOUR,
    By.HEAT: Grain.HOUR_OF_WEEK,
}

COLUMNS: Final[Mapping[By, Sequence[Column]]] = {
    By.AGENT: tables.AGENTS,
    By.CONTACT: tables.CALLERS,
    By.CATEGORY: tables.ANSWERED,
    By.PRIORITY: tables.ANSWERED,
    By.STATUS: tables.ANSWERED,
    By.TECHNICIAN: tables.ANSWERED,
    By.LINE: tables.LINES,
    By.COMPANY: tables.CALLERS,
    By.CALLER: tables.CALLERS,
    By.CONTRACT: tables.CALLERS,
    By.OWNER: tables.CALLERS,
}

IN_ROWS: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "answered": (Outcome.ANSWERED,),
    "abandoned": (Outcome.ABANDONED, Outcome.SHORT_ABANDON),
    "overflowed": (Outcome.OVERFLOW,),
    "closed": (Outcome.CLOSED,),
    "missed": (Outcome.ABANDONED, Outcome.SHORT_ABANDON, Outcome.OVERFLOW),
}
OUTCOMES: Final[Mapping[str, tuple[Outcome, ...]]] = {
    **IN_ROWS,
    "short_abandons": (Outcome.SHORT_ABANDON,),
    "rejected": (Outcome.REJECTED,),
}
"""What became of the calls of a count: of those that rows have, and of those of the whole."""

WEEKS_FROM: Final = 1  # date.toordinal of the Monday from which weeks are counted
DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. ``line`` None is every line."""

    by: By
    period: Period
    line: str | None = None

    @property
    def span(self) -> Span:
        """The same for the database."""
        lines = None if self.line is None else (self.line,)
        return Span(self.period.first.toordinal(), self.period.until.toordinal(), lines)

    def address(
        self, *, by: By | None = None, period: PeriodName | None = None, ending: str = ""
    ) -> str:
        """Where this is shown, or the same cut by something else, or of another period."""
        name = period or self.period.name
        days = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        fields = {"by": by or self.by, **({"period": name} if name else days)}
        fields |= {"line": self.line} if self.line else {}
        return f"/history{ending}?{urlencode(fields)}"

    @property
    def narrowing(self) -> Narrowing:
        """The calls that all of it is made of."""
        return Narrowing(line=self.line, period=self.period)

    def calls(self, code: str) -> str:
        """Where those of its calls are listed that make the count of this name."""
        return replace(self.narrowing, outcomes=OUTCOMES[code]).address


@dataclass(frozen=True, slots=True)
class History:
    """All that is shown. ``uncounted`` days have changed since they were counted; the figures that
    wait for what callers do next are provisional where ``is_provisional``."""

    total: Counts
    table: Table
    parts: Sequence[At]  # of a cut by time
    heat: Heat  # where that is by weekday and hour
    waits: Sequence[Waits]
    uncounted: int
    counted_at: datetime | None
    is_provisional: bool


async def read(connection: AsyncConnection, asked: Asked, *, today: date, country: str) -> History:
    """Everything that the page shows. ``country`` is where numbers are shown nationally."""
    span = asked.span
    total = await reports.total(connection, span)
    parts: Sequence[At] = ()
    waits: Sequence[Waits] = ()
    if asked.by in GRAINS:
        parts = await reports.by_time(connection, span, GRAINS[asked.by])
        table = _by_time(asked, parts, total)
    elif asked.by is By.WAIT:
        waits = stepped(await reports.waits(connection, span))
        table = Table((), (), total)
    else:
        table = await _by_key(connection, asked, total, today, country)
    return History(
        total=total,
        table=table,
        parts=parts,
        heat=Heat.of(table.lines if asked.by is By.HEAT else ()),
        waits=waits,
        uncounted=await figure_marks.whole_days_marked(
            connection, span.lines, span.since, span.until
        ),
        counted_at=await reports.counted_at(connection, span),
        is_provisional=span.until > today.toordinal() - REPEAT_DAYS,
    )


# -- by time ---------------------------------------------------------------------------------------


def _by_time(asked: Asked, parts: Sequence[At], total: Counts) -> Table:
    lines = [_timed(asked, part) for part in parts]
    return Table(tables.TIME, lines, total)


def _timed(asked: Asked, part: At) -> Line:
    label: date | int = part.key
    narrowing = asked.narrowing
    match asked.by:
        case By.DAY:
            label = date.fromordinal(part.key)
            narrowing = replace(narrowing, period=Period(label, label))
        case By.WEEK:
            monday = part.key * DAYS_A_WEEK + WEEKS_FROM
            label = max(date.fromordinal(monday), asked.period.first)
            last = min(date.fromordinal(monday + DAYS_A_WEEK - 1), asked.period.last)
            narrowing = replace(narrowing, period=Period(label, last))
        case By.WEEKDAY:
            narrowing = replace(narrowing, weekday=part.key)
        case By.HOUR:
            narrowing = replace(narrowing, hour=part.key)
        case _:
            weekday, hour = divmod(part.key, HOURS)
            narrowing = replace(narrowing, weekday=weekday, hour=hour)
    return _linked(label, part.counts, narrowing)


# -- by whom it concerns ---------------------------------------------------------------------------


async def _by_key(
    connection: AsyncConnection, asked: Asked, total: Counts, today: date, country: str
) -> Table:
    columns = COLUMNS[asked.by]
    match asked.by:
        case By.LINE:
            found = await reports.by_line(connection, asked.span)
            return Table(columns, [_of_line(asked, one) for one in found], total)
        case By.CONTRACT | By.OWNER:
            return Table(columns, await _of_companies(connection, asked, today), total)
        case By.COMPANY | By.CALLER | By.CONTACT:
            return await _ranked(connection, asked, total, country)
        case _:
            found = await reports.by_kind(connection, asked.span, Kind(asked.by))
            called = await _called(connection, asked.by, found)
            lines = [_of_answered(asked, one, called.get(one.key)) for one in found]
            return Table(columns, lines, Counts.total(one.counts for one in found))


async def _called(connection: AsyncConnection, by: By, found: Sequence[Of]) -> Mapping[str, str]:
    if by is By.CATEGORY:
        return await names.of_categories(connection)
    if by in {By.AGENT, By.TECHNICIAN}:
        return await names.of_rows(connection, agents, [one.key for one in found])
    return {one.key: one.key for one in found if one.key}


def _of_answered(asked: Asked, one: Of, label: str | None) -> Line:
    narrowing = asked.narrowing
    match asked.by:
        case By.AGENT:
            narrowing = replace(narrowing, agent=_id_of(one.key))
        case By.CATEGORY:
            narrowing = replace(narrowing, category=_id_of(one.key))
        case By.TECHNICIAN:
            narrowing = replace(narrowing, technician=_id_of(one.key))
        case By.PRIORITY:
            narrowing = replace(narrowing, priority=one.key)
        case _:
            narrowing = replace(narrowing, status=one.key)
    return _linked(label, one.counts, narrowing)


async def _of_companies(connection: AsyncConnection, asked: Asked, today: date) -> list[Line]:
    """By what companies have in common; the address has the id of one of them."""
    found = await reports.by_kind(connection, asked.span, Kind.COMPANY)
    labels: Mapping[str, str | Agreed]
    if asked.by is By.OWNER:
        keys = await names.owners(connection)
        labels = {name: name for name in keys.values()}
    else:
        agreed = await names.agreements(connection, today)
        keys = {id_: one.key for id_, one in agreed.items()}
        labels = {one.key: one for one in agreed.values()}
    ids = {key: int(id_) for id_, key in keys.items()}
    lines = []
    for one in reports.joined(found, keys):
        id_ = ids.get(one.key, 0)
        narrowing = (
            replace(asked.narrowing, owner=id_)
            if asked.by is By.OWNER
            else replace(asked.narrowing, contract=id_)
        )
        lines.append(_linked(labels.get(one.key), one.counts, narrowing))
    return lines


def _id_of(key: str) -> int:
    return int(key or NO_ID)


async def _ranked(connection: AsyncConnection, asked: Asked, total: Counts, country: str) -> Table:
    kind = Kind(asked.by)
    found = await reports.ranked(connection, asked.span, kind, RANKED, total)
    if kind is Kind.CALLER:
        lines = await _callers(connection, asked, found.first, country)
    elif kind is Kind.CONTACT:
        lines = await _contacts(connection, asked, found.first)
    else:
        called = await names.of_rows(connection, companies, [one.key for one in found.first])
        lines = [
            _linked(
                called.get(one.key),
                one.counts,
                replace(asked.narrowing, company=_id_of(one.key)),
            )
            for one in found.first
        ]
    rest = found.rest if found.others else None
    return Table(COLUMNS[asked.by], lines, total, found.others, rest)


def _of_line(asked: Asked, one: Of) -> Line:
    return _linked(one.key, one.counts, replace(asked.narrowing, line=one.key))


def _linked(label: Label, counts: Counts, narrowing: Narrowing) -> Line:
    """With the calls that make the row, and those that make some of its cells."""
    addresses = {
        code: replace(narrowing, outcomes=outcomes).address for code, outcomes in IN_ROWS.items()
    }
    return Line(label, counts, narrowing.address, addresses)


async def _contacts(connection: AsyncConnection, asked: Asked, found: Sequence[Of]) -> list[Line]:
    """Whose calls cannot be told any more has none that could be listed."""
    called = await names.of_contacts(connection, [one.key for one in found])
    lines = []
    for one in found:
        if one.key == NOBODY or one.key in called:
            narrowing = replace(asked.narrowing, contact=_id_of(one.key))
            lines.append(_linked(called.get(one.key), one.counts, narrowing))
        else:
            lines.append(Line(REMOVED if one.key == REMOVED else None, one.counts))
    return lines


async def _callers(
    connection: AsyncConnection, asked: Asked, found: Sequence[Of], country: str
) -> list[Line]:
    """With whom they are taken for; the address of their calls has the id of one of them."""
    known = await names.of_callers(connection, {one.key for one in found} - {REMOVED})
    lines = []
    for one in found:
        if one.key == REMOVED:
            lines.append(Line(REMOVED, one.counts))
            continue
        number = shown(one.key, country) if one.key.startswith("+") else one.key
        last = known.get(one.key)
        label = " · ".join(filter(None, (number, last and last.company))) or None
        lines.append(
            _linked(label, one.counts, replace(asked.narrowing, caller=last.call_id))
            if last
            else Line(label, one.counts)
        )
    return lines
