"""Days and quarters of an hour as a line's people have them, across daylight saving.

A day is a number (``date.toordinal``), so that its weekday and its distance from another one are
arithmetic in any database. A slot is a quarter of an hour by the clock on the wall, from 0 to 95:
every time zone's offset is whole quarters. When clocks go back the slots of one hour have twice the
calls, when they go forward the slots of one have none, and no call is counted twice or not at all.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

SLOT_MINUTES: Final = 15
SLOTS: Final = 24 * 60 // SLOT_MINUTES
MONTHS_A_YEAR: Final = 12
DAY: Final = timedelta(days=1)

Moments: TypeAlias = tuple[datetime, datetime]
"""From when until before when, in UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A quarter of an hour of a day."""

    day: int
    slot: int


SlotOf: TypeAlias = Callable[[str, datetime], Slot]
"""The slot in which a moment is, where a line is."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Days as whole months, with ``days`` beside them that are in no month, and ``without`` those
    of the months that are not wanted. A month is a number, see ``month_of``."""

    months: range
    days: tuple[range, ...]
    without: tuple[range, ...] = ()


def slot_of(at: datetime, zone: ZoneInfo) -> Slot:
    """The slot in which that moment is, where the zone is in force."""
    local = at.astimezone(zone)
    return Slot(local.toordinal(), (local.hour * 60 + local.minute) // SLOT_MINUTES)


def begins(day: int, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins, in UTC."""
    return datetime.combine(date.fromordinal(day), time(), tzinfo=zone).astimezone(UTC)


def span(slot: Slot, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until before when the slot's moments are, in UTC, with those of an hour that comes
    twice. Others may be between them: ``slot_of`` decides.
    """
    minutes = slot.slot * SLOT_MINUTES
    wall = datetime.combine(date.fromordinal(slot.day), time(minutes // 60, minutes % 60), zone)
    # Of what the wall shows twice fold=0 is the earlier; of what it never shows, the later.
    first, last = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, last + timedelta(minutes=SLOT_MINUTES)


def spans(days: Iterable[int], zone: ZoneInfo, hour: int | None = None) -> list[Moments]:
    """From when until before when these days are, or that hour of each by the clock on the wall:
    the last first, with what follows on each other in one."""
    found: list[Moments] = []
    for day in sorted(days):
        for since, until in _moments(day, zone, hour):
            follows = bool(found) and found[-1][1] == since
            found.append((found.pop()[0] if follows else since, until))
    return found[::-1]


def _moments(day: int, zone: ZoneInfo, hour: int | None) -> list[Moments]:
    since, until = begins(day, zone), begins(day + 1, zone)
    if hour is None:
        return [(since, until)]
    if until - since == DAY:
        begun = since + timedelta(hours=hour)
        return [(begun, begun + timedelta(hours=1))]
    step = timedelta(minutes=SLOT_MINUTES)  # on a day on which clocks change
    quarters = [since + step * number for number in range((until - since) // step)]
    return [(at, at + step) for at in quarters if at.astimezone(zone).hour == hour]


def month_of(day: int) -> int:
    """The month that has this day: months since the year 0, so that they can be counted."""
    local = date.fromordinal(day)
    return local.year * MONTHS_A_YEAR + local.month - 1


def first_day(month: int) -> int:
    """The first day of a month."""
    year, before = divmod(month, MONTHS_A_YEAR)
    return date(year, before + 1, 1).toordinal()


def pieces(since: int, until: int) -> Pieces:
    """The days from ``since`` until before ``until``, of as few months and days as there can be:
    where most of a month is wanted, it is the month without the others."""
    first, end = _nearest_month(since), _nearest_month(until)
    begin, stop = first_day(first), first_day(end)
    beside = (range(since, begin), range(stop, until))
    beyond = (range(begin, since), range(until, stop))
    if first >= end or sum(map(len, beside + beyond)) >= until - since:
        return Pieces(range(0), (range(since, until),) if since < until else ())
    return Pieces(range(first, end), tuple(filter(None, beside)), tuple(filter(None, beyond)))


def _nearest_month(day: int) -> int:
    """The month that begins closest to this day."""
    month = month_of(day)
    before, after = day - first_day(month), first_day(month + 1) - day
    return month if before <= after else month + 1


def days(since: int, until: int) -> Iterator[date]:
    """The days from ``since`` until before ``until``, as dates."""
    return map(date.fromordinal, range(since, until))
