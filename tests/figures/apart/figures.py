"""The figures of some calls, counted from what ``calls`` made of Asterisk's records."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from tests.figures.apart.calls import Call

K = TypeVar("K", str, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of calls, and sums of seconds with how exact they are together.

    ``abandoned`` has the short ones in it. Wait, talk and hold are of answered calls.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    overflowed: int = 0
    to_mailbox: int = 0  # of the overflowed
    closed: int = 0
    rejected: int = 0
    in_time: int = 0
    handed_on: int = 0
    wait_s: float = 0.0
    wait_within_s: float = 0.0
    talk_s: float = 0.0
    hold_s: float = 0.0
    talk_within_s: float = 0.0
    hold_within_s: float = 0.0
    exact_wait_s: float = 0.0  # by CEL, as is the next
    exact_talk_s: float = 0.0

    # -- the metrics, as product.md writes them; None where nothing is there to divide by --------

    @property
    def service_level(self) -> float | None:
        return _over(self.in_time, self.answered + self.abandoned - self.short_abandons)

    @property
    def asa_s(self) -> float | None:
        return _over(self.wait_s, self.answered)

    @property
    def abandonment_rate(self) -> float | None:
        lost = self.abandoned - self.short_abandons
        return _over(lost, self.offered - self.short_abandons)

    @property
    def abandoned_of_all(self) -> float | None:
        return _over(self.abandoned, self.offered)

    @property
    def answer_rate(self) -> float | None:
        return _over(self.answered, self.offered - self.closed)

    @property
    def transfer_rate(self) -> float | None:
        return _over(self.handed_on, self.answered)

    @property
    def handling_s(self) -> float | None:
        """AHT without after-call work, of which Asterisk knows nothing."""
        return _over(self.talk_s + self.hold_s, self.answered)


def of(calls: Iterable[Call]) -> Figures:
    """Of these calls."""
    calls = list(calls)
    answered = [call for call in calls if call.outcome == "answered"]
    overflowed = [call for call in calls if call.outcome == "overflow"]
    legs = [leg for call in answered for leg in call.legs]
    return Figures(
        offered=len(calls),
        answered=len(answered),
        abandoned=_count(calls, "abandoned", "short_abandon"),
        short_abandons=_count(calls, "short_abandon"),
        overflowed=len(overflowed),
        to_mailbox=sum(call.reached_mailbox for call in overflowed),
        closed=_count(calls, "closed"),
        rejected=_count(calls, "rejected"),
        in_time=sum(call.is_in_time for call in answered),
        handed_on=sum(call.was_handed_on for call in answered),
        wait_s=sum(call.wait_s or 0.0 for call in answered),
        wait_within_s=sum(call.wait_within_s for call in answered),
        talk_s=sum(leg.talk_s for leg in legs),
        hold_s=sum(leg.hold_s for leg in legs),
        talk_within_s=sum(leg.within_s for leg in legs),
        hold_within_s=sum(leg.hold_within_s for leg in legs),
        exact_wait_s=sum(call.exact_wait_s or 0.0 for call in answered),
        exact_talk_s=sum(leg.exact_talk_s for leg in legs),
    )


def by_line(calls: Iterable[Call]) -> Mapping[str, Figures]:
    """Of each line that has calls."""
    return _by(calls, lambda call: call.line)


def by_hour(calls: Iterable[Call], timezone: str) -> Mapping[int, Figures]:
    """Of each hour in which calls began."""
    zone = ZoneInfo(timezone)
    return _by(calls, lambda call: datetime.fromtimestamp(call.started_at, zone).hour)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAgent:
    """What one telephone answered first, and what was talked at it in all calls."""

    answered: int
    handed_on: int  # of those that it answered first
    talk_s: float
    hold_s: float
    within_s: float


def by_telephone(calls: Iterable[Call]) -> Mapping[str, OfAgent]:
    """Of each telephone that had a part in a call."""
    calls = [call for call in calls if call.outcome == "answered"]
    found = {}
    for telephone in sorted({leg.telephone for call in calls for leg in call.legs}):
        first = [call for call in calls if call.legs[0].telephone == telephone]
        legs = [leg for call in calls for leg in call.legs if leg.telephone == telephone]
        found[telephone] = OfAgent(
            answered=len(first),
            handed_on=sum(call.was_handed_on for call in first),
            talk_s=sum(leg.talk_s for leg in legs),
            hold_s=sum(leg.hold_s for leg in legs),
            within_s=sum(leg.within_s for leg in legs),
        )
    return found


def _by(calls: Iterable[Call], key: Callable[[Call], K]) -> dict[K, Figures]:
    found: dict[K, list[Call]] = {}
    for call in calls:
        found.setdefault(key(call), []).append(call)
    return {one: of(some) for one, some in sorted(found.items())}


def _count(calls: Iterable[Call], *outcomes: str) -> int:
    return sum(call.outcome in outcomes for call in calls)


def _over(over: float, of_: float) -> float | None:
    return over / of_ if of_ > 0 else None
