"""How many agents a line needs, half-hour by half-hour of a week, from its own calls of some weeks.

The calls of a half-hour are those for which a telephone rang and that were not given up at once:
answered, abandoned without short abandons, and overflowed. Days without any of them are left out:
holidays, say. So are half-hours in which callers heard that the line is closed and nobody came
through.

What a half-hour is like is a mean over the weeks. Half of the weeks are busier: beside it stands
the 90th percentile.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final, NamedTuple, Self

from callcenter.core.erlang import Demand, Model, Outlook, Target, impatient, needed, patient
from callcenter.core.slots import SLOT_MINUTES, Slot

HALF_HOUR_S: Final = 1800
SLOTS_A_HALF_HOUR: Final = 30 // SLOT_MINUTES
HALF_HOURS: Final = 48

BUSY: Final = 0.9
"""In a tenth of the weeks there are more calls than in a busy one."""

DAYS_MIN: Final = 3
"""Of a weekday: fewer say nothing about the next."""

ANSWERED_MIN: Final = 30
"""Calls whose handling times make an average; with fewer a half-hour has the line's."""

ABANDONED_MIN: Final = 10
"""Callers who gave up, before anything is said about patience."""


class Traffic(NamedTuple):
    """Of the calls of some time, those of the counts that staffing is planned by; they have the
    names that they have in core/counts.py."""

    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    overflowed: int = 0
    closed: int = 0
    wait_ms: int = 0
    lost_wait_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    acw_ms: int = 0

    @classmethod
    def total(cls, parts: Iterable["Traffic"]) -> Self:
        """All of them together."""
        return cls(*map(sum, zip(*parts, strict=True)))

    @property
    def came(self) -> int:
        """For whom a telephone rang."""
        return self.answered + self.abandoned + self.overflowed

    @property
    def calls(self) -> int:
        """Without those that were given up at once."""
        return self.came - self.short_abandons

    @property
    def gave_up(self) -> int:
        """Of the calls, those whose callers had waited enough."""
        return self.abandoned - self.short_abandons

    @property
    def aht_s(self) -> float:
        """Average handling time (core/metrics.py); 0 where nothing was answered."""
        handled_ms = self.talk_ms + self.hold_ms + self.acw_ms
        return handled_ms / self.answered / 1000 if self.answered else 0.0


NO_TRAFFIC: Final = Traffic()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. ``shrinkage`` is the share, below 1, of paid time in which agents are away:
    breaks, meetings, training, leave, illness."""

    target: Target
    shrinkage: float = 0.0

    def scheduled(self, agents: int) -> int:
        """So many are on the plan where so many have to be there."""
        return math.ceil(agents / (1 - self.shrinkage) - 1e-9)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """What a half-hour of a weekday (0 is Monday) is like. ``days`` is how many were looked at.

    ``calls`` is their mean, ``busy_calls`` the 90th percentile. ``has_own_aht``: its calls were
    enough for an average of their own, or else it is the line's.
    """

    weekday: int
    half_hour: int
    days: int
    calls: float
    busy_calls: int
    aht_s: float
    has_own_aht: bool

    @property
    def begins(self) -> str:
        """``08:30``, as the wall shows it."""
        return f"{self.half_hour // 2:02}:{self.half_hour % 2 * 30:02}"


@dataclass(frozen=True, slots=True)
class Past:
    """What some weeks of a line were like.

    ``days`` has how many of each weekday count, ``calls`` and ``answered`` are of all of them.
    ``patience_s`` None: too few gave up. ``half_hours`` are those of weekdays with enough days.
    """

    days: Sequence[int]
    calls: int
    answered: int
    aht_s: float
    patience_s: float | None
    half_hours: Sequence[HalfHour]


@dataclass(frozen=True, slots=True)
class Crew:
    """As many agents as meet the target, what callers meet then, and with one fewer."""

    agents: int
    scheduled: int
    outlook: Outlook
    one_fewer: Outlook


@dataclass(frozen=True, slots=True)
class Need:
    """Of a half-hour: for its mean, and for busy weeks, by Erlang C; and by Erlang A, which is None
    where callers' patience is not known."""

    at: HalfHour
    mean: Crew
    busy: Crew
    impatient: Crew | None


def past(slots: Mapping[Slot, Traffic], overflow_wait_s: float) -> Past:
    """From the quarters of an hour of some weeks; ``overflow_wait_s`` is how long all those waited
    together whose calls overflowed: they did not give up all that time.

    Callers' patience is estimated as for any exponential time of which only some ends are seen: all
    the waiting there was, by the number of those who gave up.
    """
    days = _days(slots)
    whole = Traffic.total(part for day in days.values() for part in day.values())
    answered, gave_up = whole.answered, whole.gave_up
    waited_s = (whole.wait_ms + whole.lost_wait_ms) / 1000 + overflow_wait_s
    aht_s = whole.aht_s
    weekdays: defaultdict[int, list[Mapping[int, Traffic]]] = defaultdict(list)
    for day, half_hours in days.items():
        weekdays[date.fromordinal(day).weekday()].append(half_hours)
    return Past(
        days=[len(weekdays[weekday]) for weekday in range(7)],
        calls=whole.calls,
        answered=answered,
        aht_s=aht_s,
        patience_s=waited_s / gave_up if gave_up >= ABANDONED_MIN and waited_s > 0 else None,
        half_hours=[
            found
            for weekday in range(7)
            if len(weekdays[weekday]) >= DAYS_MIN
            for half_hour in range(HALF_HOURS)
            if (found := _half_hour(weekday, half_hour, weekdays[weekday], aht_s))
        ],
    )


def plan(found: Past, wish: Wish) -> list[Need]:
    """What each half-hour needs; nothing where no call was answered, which has no AHT."""
    if not found.aht_s:
        return []
    giving_up = impatient(found.patience_s) if found.patience_s else None
    return [_need(at, giving_up, wish) for at in found.half_hours]


def percentile(values: Iterable[int], share: float) -> int:
    """The smallest of them that is exceeded by no more than the rest of the share: of 0.9, by a
    tenth of them (the nearest rank). There is at least one."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked) - 1e-9) - 1)]


def _days(slots: Mapping[Slot, Traffic]) -> Mapping[int, Mapping[int, Traffic]]:
    """The half-hours that had calls, of each day that counts."""
    days: defaultdict[int, dict[int, Traffic]] = defaultdict(dict)
    for slot, traffic in slots.items():
        day, half_hour = days[slot.day], slot.slot // SLOTS_A_HALF_HOUR
        there = day.get(half_hour)
        day[half_hour] = Traffic.total([there, traffic]) if there else traffic
    return {
        day: parts
        for day, parts in sorted(days.items())
        if any(part.came for part in parts.values())
    }


def _half_hour(
    weekday: int, half_hour: int, days: Sequence[Mapping[int, Traffic]], line_aht_s: float
) -> HalfHour | None:
    """None: nobody called then, or it was always closed."""
    parts = [day.get(half_hour, NO_TRAFFIC) for day in days]
    open_parts = [part for part in parts if part.came or not part.closed]
    whole = Traffic.total(open_parts)
    if not whole.calls:
        return None
    calls = [part.calls for part in open_parts]
    has_own_aht = whole.answered >= ANSWERED_MIN
    return HalfHour(
        weekday,
        half_hour,
        days=len(open_parts),
        calls=sum(calls) / len(calls),
        busy_calls=percentile(calls, BUSY),
        aht_s=whole.aht_s if has_own_aht else line_aht_s,
        has_own_aht=has_own_aht,
    )


def _need(at: HalfHour, giving_up: Model | None, wish: Wish) -> Need:
    mean = _crew(patient, at.calls, at.aht_s, wish)
    return Need(
        at,
        mean,
        busy=_crew(patient, at.busy_calls, at.aht_s, wish),
        # Mostly as many, or somewhat fewer, are enough.
        impatient=_crew(giving_up, at.calls, at.aht_s, wish, mean.agents) if giving_up else None,
    )


def _crew(model: Model, calls: float, aht_s: float, wish: Wish, begin: int = 1) -> Crew:
    demand = Demand(calls / HALF_HOUR_S, aht_s)
    model = cache(model)  # who looks for the number asks for what is shown
    agents = needed(model, demand, wish.target, begin=begin)
    within_s = wish.target.within_s
    return Crew(
        agents,
        wish.scheduled(agents),
        outlook=model(demand, agents, within_s),
        one_fewer=model(demand, max(0, agents - 1), within_s),
    )
