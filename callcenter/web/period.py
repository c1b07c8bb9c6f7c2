"""Which days somebody asks for: a period by its name, or from one day to another.

The names stay true tomorrow: a page that is kept as a bookmark shows the last month of then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

DAYS_MAX: Final = 3660
"""Ten years: longer than any site keeps its calls, and short enough to be read."""

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)


class PeriodName(StrEnum):
    """In their order on the page. Weeks begin on Monday."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this-week"
    LAST_WEEK = "last-week"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"


class Wrong(StrEnum):
    """Why a period cannot be had as it was asked for."""

    NO_DAY = "no_day"  # a date that is none, or only one of the two
    BACKWARDS = "backwards"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both in it. ``name`` None: chosen by their dates;
    ``wrong``: what was asked for cannot be had, and this is the default."""

    first: date
    last: date
    name: PeriodName | None = None
    wrong: Wrong | None = None

    @property
    def until(self) -> date:
        """The day after."""
        return self.last + DAY


def of_query(query: Mapping[str, str], today: date) -> Period:
    """What an address asks for by ``period``, or by ``from`` and ``to``; else this month."""
    first, last = query.get("from", ""), query.get("to", "")
    if first or last:
        found = _chosen(first, last)
        return found if isinstance(found, Period) else _named(PeriodName.THIS_MONTH, today, found)
    try:
        return _named(PeriodName(query.get("period", PeriodName.THIS_MONTH)), today)
    except ValueError:
        return _named(PeriodName.THIS_MONTH, today)


def _chosen(first: str, last: str) -> Period | Wrong:
    try:
        found = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return Wrong.NO_DAY
    if found.first > found.last:
        return Wrong.BACKWARDS
    if (found.last - found.first).days >= DAYS_MAX or found.last == date.max:
        return Wrong.TOO_LONG
    return found


def _named(name: PeriodName, today: date, wrong: Wrong | None = None) -> Period:
    first, last = _days(name, today)
    return Period(first, last, name, wrong)


def _days(name: PeriodName, today: date) -> tuple[date, date]:
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    next_month = (first + timedelta(days=31)).replace(day=1)
    return {
        PeriodName.TODAY: (today, today),
        PeriodName.YESTERDAY: (today - DAY, today - DAY),
        PeriodName.THIS_WEEK: (monday, monday + WEEK - DAY),
        PeriodName.LAST_WEEK: (monday - WEEK, monday - DAY),
        PeriodName.THIS_MONTH: (first, next_month - DAY),
        PeriodName.LAST_MONTH: ((first - DAY).replace(day=1), first - DAY),
        PeriodName.THIS_YEAR: (date(today.year, 1, 1), date(today.year, 12, 31)),
        PeriodName.LAST_YEAR: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    }[name]
