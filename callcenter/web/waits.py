"""How long callers waited, in steps, by what became of their calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callcenter.core.call import MISSED, Outcome
from callcenter.db.reports import Wait

WAIT_STEPS_S: Final = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
"""Where the distribution of waits is cut; longer ones are together."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How many calls waited up to so many seconds (None: longer), by what became of them."""

    up_to_s: int | None
    answered: int
    abandoned: int
    overflowed: int


def stepped(waits: Sequence[Wait]) -> list[Waits]:
    """The distribution in steps, each with what is longer than the step before."""
    found = []
    bounds: tuple[int | None, ...] = (*WAIT_STEPS_S, None)
    longer_than = -1
    for bound in bounds:
        within = [
            one
            for one in waits
            if one.second > longer_than and (bound is None or one.second <= bound)
        ]
        found.append(
            Waits(
                bound,
                sum(one.calls for one in within if one.outcome is Outcome.ANSWERED),
                sum(
                    one.calls
                    for one in within
                    if one.outcome in MISSED and one.outcome is not Outcome.OVERFLOW
                ),
                sum(one.calls for one in within if one.outcome is Outcome.OVERFLOW),
            )
        )
        longer_than = longer_than if bound is None else bound
    return found
