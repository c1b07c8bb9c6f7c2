"""What the calls of a span come to, counted so that the parts of a span add up.

A fact is one call that is over, with what was found out about it since. Each fact adds to the
counts; every metric (``core/metrics.py``) is worked out from counts alone, so that a figure of a
year and one of a quarter of an hour are the same thing, and neither is an average of averages.

Times are whole milliseconds: sums of them are exact, in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Final, Self

from callcenter.core.call import MISSED, Outcome

REPEAT_DAYS: Final = 7
"""A caller who called so many days before, or calls again within them, is the same problem's."""

RECOVERY_HOURS: Final = 4
"""A missed caller who is talked with no later than this after the call was recovered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One call that is over.

    ``wait_s`` is None where no telephone rang. ``acw_s`` is None while the ticket is not qualified.
    ``called_before`` and ``calls_again``: within REPEAT_DAYS, whatever became of that call; of a
    caller without a number neither is known, and both are False. ``is_new_problem``: the ticket is
    this call's own, not one that an earlier call or a customer opened. ``is_solved``: solved on the
    call, and not open again as far as the desk told. ``is_recovered``: of a missed call.
    ``is_imported``: it is from before our time, and owes no ticket.
    """

    id: str
    line: str
    outcome: Outcome
    started_at: datetime
    wait_s: float | None = None
    talk_s: float = 0.0
    hold_s: float = 0.0
    acw_s: float | None = None
    transfers: int = 0
    has_ticket: bool = False
    is_exempt: bool = False
    is_new_problem: bool = False
    is_solved: bool = False
    called_before: bool = False
    calls_again: bool = False
    is_recovered: bool = False
    is_imported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of some calls. What ends in ``_ms`` is a sum of milliseconds, the rest are calls.

    ``abandoned`` has those given up soon in it, ``short_abandons``. ``waited`` are all those for
    whom a telephone rang. ``wrapped_up`` are answered calls whose after-call work is known.
    ``available_ms`` is no call's: agents are there for every line (``core/availability.py``).
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    overflowed: int = 0
    closed: int = 0
    rejected: int = 0
    in_time: int = 0  # answered within the line's threshold
    wait_ms: int = 0  # of answered calls
    lost_wait_ms: int = 0  # of abandoned ones
    talk_ms: int = 0
    hold_ms: int = 0
    acw_ms: int = 0
    wrapped_up: int = 0
    transferred: int = 0  # calls with at least one transfer
    ticketed: int = 0
    exempt: int = 0
    new_problems: int = 0
    solved_first: int = 0
    repeated: int = 0
    missed: int = 0
    recovered: int = 0
    available_ms: int = 0  # in which agents could have been rung: of every line together
    imported: int = 0  # answered before our time: they owe no ticket

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})

    @classmethod
    def total(cls, parts: Iterable["Counts"]) -> Self:
        """All of them together."""
        columns = zip(*map(_VALUES, parts), strict=True)
        return cls(**dict(zip(NAMES, map(sum, columns), strict=False)))  # of none there are none

    @classmethod
    def of(cls, facts: Iterable[Fact], threshold_s: float) -> Self:
        """Of these calls; ``threshold_s`` is the wait that the line's service level promises."""
        sums = dict.fromkeys(NAMES, 0)
        for fact in facts:
            for name, value in additions(fact, threshold_s).items():
                sums[name] += value
        return cls(**sums)


NAMES: Final = tuple(field.name for field in fields(Counts))
"""In their order, which is that of the tables' columns."""

_VALUES: Final = attrgetter(*NAMES)


def additions(fact: Fact, threshold_s: float) -> Mapping[str, int]:
    """What one call adds to the counts; names that are not there get nothing."""
    found = {"offered": 1}
    if fact.outcome in MISSED:
        found["missed"] = 1
        found["recovered"] = int(fact.is_recovered)
    match fact.outcome:
        case Outcome.ANSWERED:
            found |= _answered(fact, threshold_s)
        case Outcome.ABANDONED:
            found |= {"abandoned": 1, "lost_wait_ms": ms(fact.wait_s)}
        case Outcome.SHORT_ABANDON:
            found |= {"abandoned": 1, "short_abandons": 1, "lost_wait_ms": ms(fact.wait_s)}
        case Outcome.OVERFLOW:
            found["overflowed"] = 1
        case Outcome.CLOSED:
            found["closed"] = 1
        case Outcome.REJECTED:
            found["rejected"] = 1
    return found


def _answered(fact: Fact, threshold_s: float) -> Mapping[str, int]:
    wait_ms = ms(fact.wait_s)
    return {
        "answered": 1,
        "in_time": int(wait_ms <= ms(threshold_s)),
        "wait_ms": wait_ms,
        "talk_ms": ms(fact.talk_s),
        "hold_ms": ms(fact.hold_s),
        "acw_ms": ms(fact.acw_s),
        "wrapped_up": int(fact.acw_s is not None),
        "transferred": int(fact.transfers > 0),
        "ticketed": int(fact.has_ticket and not fact.is_exempt),
        "exempt": int(fact.is_exempt),
        "new_problems": int(fact.is_new_problem),
        "solved_first": int(fact.is_new_problem and fact.is_solved and not fact.calls_again),
        "repeated": int(fact.called_before),
        "imported": int(fact.is_imported),
    }


def ms(seconds: float | None) -> int:
    """Whole milliseconds; nothing is none."""
    return round(seconds * 1000) if seconds else 0
