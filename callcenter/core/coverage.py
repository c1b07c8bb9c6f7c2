"""Ticket coverage: the share of answered calls that have a ticket, and how long it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

FORMULA: Final = "answered calls with a ticket / answered calls"

TICKETED_STATES = frozenset({"ticketed", "qualified"})
"""States in which the desk has confirmed a ticket. An exempt call has none, and counts as such."""

MEDIAN, P95 = 50, 95


@dataclass(frozen=True, slots=True)
class OpenObligation:
    """An answered call without a ticket, by name. ``last_error`` is the desk's last refusal."""

    call: str
    line: str
    agent: str | None  # login of the agent who answered
    answered_at: datetime
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the calls answered from ``since`` until before ``until``.

    ``delay_median_s`` and ``delay_p95_s`` run from the answer to the desk's confirmation, and are
    None where no call has a ticket. ``open`` has the oldest answer first.
    """

    since: datetime
    until: datetime
    answered: int
    obligations: Mapping[str, int]  # by state
    open: tuple[OpenObligation, ...]
    delay_median_s: float | None
    delay_p95_s: float | None

    @property
    def figure(self) -> float | None:
        """From 0 to 1, after FORMULA; None where no call was answered."""
        with_ticket = sum(self.obligations.get(state, 0) for state in TICKETED_STATES)
        return with_ticket / self.answered if self.answered else None


def nearest_rank(percent: int, count: int) -> int:
    """Which of ``count`` values in ascending order, counted from 1, is the percentile.

    The smallest value that at least ``percent`` in a hundred do not exceed: a value that occurred,
    never one in between. Raises ValueError where there are no values.
    """
    if count < 1:
        raise ValueError("no values have no percentile")
    return max(1, -(-percent * count // 100))
