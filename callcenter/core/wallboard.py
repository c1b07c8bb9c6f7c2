"""The wallboard: how each line stands at one moment, and from when on that is an alarm.

What goes on by itself (a caller waits, a ticket stays unwritten) becomes an alarm at a moment that
is known beforehand, so that whoever shows it needs nobody to say so then.

==================  ================================================================================
alarm               when
==================  ================================================================================
waiting             so many calls wait for somebody to answer
longest_wait        one of them waits for so long
nobody_available    no call could ring for anybody, while one waits or somebody is there
service_level       today's is lower, once so many calls count in it
oldest_obligation   an answered call has no ticket, or a ticket is unwritten, for so long
==================  ================================================================================
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self
from zoneinfo import ZoneInfo

from callcenter.core.agent_state import AgentState
from callcenter.core.counts import Counts
from callcenter.core.metrics import Metric, figure

AGES: Final = (timedelta(minutes=10), timedelta(hours=1))
"""Where obligations are told apart by age: younger than the first, than the second, and older."""


class Alarm(StrEnum):
    """What is wrong with a line."""

    WAITING = "waiting"
    LONGEST_WAIT = "longest_wait"
    NOBODY_AVAILABLE = "nobody_available"
    SERVICE_LEVEL = "service_level"
    OLDEST_OBLIGATION = "oldest_obligation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From where on a line's state is an alarm; 0 and False: never.

    ``service_level`` is a share from 0 to 1, of at least ``service_level_calls`` calls.
    """

    waiting: int = 3
    longest_wait_s: float = 60
    nobody_available: bool = True
    service_level: float = 0.8
    service_level_calls: int = 10
    oldest_obligation_s: float = 1800


DEFAULTS: Final = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """By what a line's day is counted: the day is that of ``timezone`` (None: the site's).

    ``service_level_s`` is the wait that the service level promises.
    """

    service_level_s: float = 20.0
    timezone: ZoneInfo | None = None
    limits: Limits = DEFAULTS


@dataclass(frozen=True, slots=True)
class Aged:
    """How many there are of each age (see AGES), and since when the oldest is."""

    counts: tuple[int, ...] = (0,) * (len(AGES) + 1)
    oldest: datetime | None = None

    def __add__(self, other: "Aged") -> "Aged":
        counts = tuple(map(sum, zip(self.counts, other.counts, strict=True)))
        return Aged(counts, _earliest((self.oldest, other.oldest)))

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


NONE: Final = Aged()
NO_CALLS: Final = Counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """How a line stands, or several together (``total``).

    ``waiting`` has since when each call waits. ``agents`` counts those whose telephones ring for
    it, by what they do. ``without_ticket`` are answered calls for which no desk has confirmed one,
    ``unwritten`` those that are over and whose ticket says nothing yet. ``missed`` are callers whom
    nobody has called back, the first of them since ``missed_since``.
    """

    waiting: tuple[datetime, ...] = ()
    agents: Mapping[AgentState, int]
    today: Counts = NO_CALLS
    without_ticket: Aged = NONE
    unwritten: Aged = NONE
    missed: int = 0
    missed_since: datetime | None = None

    @classmethod
    def total(cls, lines: Iterable["LineState"], agents: Mapping[AgentState, int]) -> Self:
        """Several lines together. Whoever rings for two of them is one agent: so ``agents`` is
        given."""
        every = tuple(lines)
        return cls(
            waiting=tuple(sorted(since for one in every for since in one.waiting)),
            agents=agents,
            today=Counts.total(one.today for one in every),
            without_ticket=sum((one.without_ticket for one in every), NONE),
            unwritten=sum((one.unwritten for one in every), NONE),
            missed=sum(one.missed for one in every),
            missed_since=_earliest(one.missed_since for one in every),
        )

    @property
    def waits_since(self) -> datetime | None:
        """From when the longest wait counts."""
        return _earliest(self.waiting)

    @property
    def owed_since(self) -> datetime | None:
        """Since when the oldest obligation is open."""
        return _earliest((self.without_ticket.oldest, self.unwritten.oldest))


def alarms(line: LineState, limits: Limits, now: datetime) -> dict[Alarm, datetime]:
    """The alarms of a line with the moment from which each is one: it may be yet to come."""
    found = {}
    if limits.waiting and len(line.waiting) >= limits.waiting:
        found[Alarm.WAITING] = now
    if limits.longest_wait_s and line.waits_since:
        found[Alarm.LONGEST_WAIT] = line.waits_since + timedelta(seconds=limits.longest_wait_s)
    if limits.nobody_available and _lacks_anybody(line):
        found[Alarm.NOBODY_AVAILABLE] = now
    level = figure(Metric.SERVICE_LEVEL, line.today)
    is_enough = level.of >= limits.service_level_calls
    if level.value is not None and is_enough and level.value < limits.service_level:
        found[Alarm.SERVICE_LEVEL] = now
    if limits.oldest_obligation_s and line.owed_since:
        late = timedelta(seconds=limits.oldest_obligation_s)
        found[Alarm.OLDEST_OBLIGATION] = line.owed_since + late
    return found


def _lacks_anybody(line: LineState) -> bool:
    """At night, when everybody is away and nobody calls, nothing is wrong."""
    is_there = any(count for state, count in line.agents.items() if state != AgentState.OFFLINE)
    return not line.agents.get(AgentState.AVAILABLE) and (is_there or bool(line.waiting))


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)
