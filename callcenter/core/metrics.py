"""The metrics of a support line, each by its formula: what ``product.md`` promises supervisors.

A figure is never without the counts that make it. Where nothing was counted there is no figure,
which is not zero.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callcenter.core.counts import Counts


class Unit(StrEnum):
    """What a figure is."""

    SHARE = "share"  # from 0 to 1
    SECONDS = "seconds"
    TIME_SHARE = "time_share"  # from 0 to 1, of time


class Metric(StrEnum):
    """In the order in which they are shown."""

    SERVICE_LEVEL = "service_level"
    ASA = "asa"  # average speed of answer
    ABANDONMENT_RATE = "abandonment_rate"
    ABANDONED_OF_ALL = "abandoned_of_all"
    ANSWER_RATE = "answer_rate"
    TALK = "talk"
    HOLD = "hold"
    ACW = "acw"  # after-call work
    AHT = "aht"  # average handling time
    OCCUPANCY = "occupancy"
    TRANSFER_RATE = "transfer_rate"
    FIRST_CALL_RESOLUTION = "first_call_resolution"
    REPEAT_CALLERS = "repeat_callers"
    MISSED_CALL_RECOVERY = "missed_call_recovery"
    TICKET_COVERAGE = "ticket_coverage"


@dataclass(frozen=True, slots=True)
class Formula:
    """How a metric comes from counts: ``over`` divided by ``of``.

    Of a share both are calls, of a share of time both are milliseconds. Of seconds, ``over`` is a
    sum of milliseconds and ``of`` is calls.
    """

    unit: Unit
    over: Callable[[Counts], int]
    of: Callable[[Counts], int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value with what makes it, in the units of its formula; ``value`` is None where
    ``of`` has nothing."""

    metric: Metric
    unit: Unit
    over: int
    of: int

    @property
    def value(self) -> float | None:
        """A share from 0 to 1, or seconds."""
        if self.of <= 0:
            return None
        return self.over / self.of / (1000 if self.unit is Unit.SECONDS else 1)


def _share(over: Callable[[Counts], int], of: Callable[[Counts], int]) -> Formula:
    return Formula(Unit.SHARE, over, of)


def _seconds(over: Callable[[Counts], int], of: Callable[[Counts], int]) -> Formula:
    return Formula(Unit.SECONDS, over, of)


def _answered(counts: Counts) -> int:
    return counts.answered


def _handled_ms(counts: Counts) -> int:
    return counts.talk_ms + counts.hold_ms + counts.acw_ms


def _worked_ms(counts: Counts) -> int:
    """Nothing where it is not known how long anybody was available, as when calls were imported."""
    is_known = counts.available_ms and not counts.imported
    return _handled_ms(counts) + counts.available_ms if is_known else 0


FORMULAS: Final[Mapping[Metric, Formula]] = {
    Metric.SERVICE_LEVEL: _share(
        lambda c: c.in_time, lambda c: c.answered + c.abandoned - c.short_abandons
    ),
    Metric.ASA: _seconds(lambda c: c.wait_ms, _answered),
    Metric.ABANDONMENT_RATE: _share(
        lambda c: c.abandoned - c.short_abandons, lambda c: c.offered - c.short_abandons
    ),
    Metric.ABANDONED_OF_ALL: _share(lambda c: c.abandoned, lambda c: c.offered),
    Metric.ANSWER_RATE: _share(_answered, lambda c: c.offered - c.closed),
    Metric.TALK: _seconds(lambda c: c.talk_ms, _answered),
    Metric.HOLD: _seconds(lambda c: c.hold_ms, _answered),
    Metric.ACW: _seconds(lambda c: c.acw_ms, lambda c: c.wrapped_up),
    Metric.AHT: _seconds(_handled_ms, _answered),
    Metric.OCCUPANCY: Formula(Unit.TIME_SHARE, _handled_ms, _worked_ms),
    Metric.TRANSFER_RATE: _share(lambda c: c.transferred, _answered),
    Metric.FIRST_CALL_RESOLUTION: _share(lambda c: c.solved_first, lambda c: c.new_problems),
    Metric.REPEAT_CALLERS: _share(lambda c: c.repeated, _answered),
    Metric.MISSED_CALL_RECOVERY: _share(lambda c: c.recovered, lambda c: c.missed),
    Metric.TICKET_COVERAGE: _share(lambda c: c.ticketed, lambda c: c.answered - c.imported),
}


def figure(metric: Metric, counts: Counts) -> Figure:
    """The metric of what was counted."""
    formula = FORMULAS[metric]
    return Figure(metric, formula.unit, formula.over(counts), formula.of(counts))


def figures(counts: Counts) -> Mapping[Metric, Figure]:
    """Every metric of what was counted, in their order."""
    return {metric: figure(metric, counts) for metric in Metric}
