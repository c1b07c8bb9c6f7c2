"""Ticket coverage: the share of answered calls that have a ticket, and how long it took."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

FORMULA: Final = "answered calls with a ticket / answered calls"

TICKETED_STATES = frozenset({"ticketed", "qualified"})
"""With a ticket that the desk confirmed. An exempt call counts as exempt, whatever it has."""

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
    stuck_at: datetime | None = None  # since when the desk refuses for good


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the calls answered from ``since`` until before ``until``; ``open``: oldest answer first.

    ``delays_ms`` counts calls by the milliseconds from the answer to the desk's confirmation, so
    that parts of a span can be joined and a percentile is still a value that occurred.
    """

    since: datetime
    until: datetime
    answered: int
    obligations: Mapping[str, int]  # by state
    open: tuple[OpenObligation, ...]
    delays_ms: Mapping[int, int]
    exempt: Mapping[str, int] = field(default_factory=dict)  # by reason

    @property
    def figure(self) -> float | None:
        """From 0 to 1, after FORMULA; None where no call was answered."""
        with_ticket = sum(self.obligations.get(state, 0) for state in TICKETED_STATES)
        return with_ticket / self.answered if self.answered else None

    @property
    def delay_median_s(self) -> float | None:
        """Half of the tickets took no longer; None without any."""
        return _percentile_s(self.delays_ms, MEDIAN)

    @property
    def delay_p95_s(self) -> float | None:
        """95 in 100 tickets took no longer; None without any."""
        return _percentile_s(self.delays_ms, P95)


def spans(since: datetime, until: datetime, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Cut a span into parts of at most ``step``, each ending where the next begins."""
    while since < until:
        end = since + step if until - since > step else until
        yield since, end
        since = end


def join(parts: Sequence[Coverage]) -> Coverage:
    """The coverage of a span from that of its parts, in their order. There is at least one."""
    obligations: Counter[str] = Counter()
    delays_ms: Counter[int] = Counter()
    exempt: Counter[str] = Counter()
    for part in parts:
        obligations.update(part.obligations)
        delays_ms.update(part.delays_ms)
        exempt.update(part.exempt)
    return Coverage(
        since=parts[0].since,
        until=parts[-1].until,
        answered=sum(part.answered for part in parts),
        obligations=obligations,
        open=tuple(owed for part in parts for owed in part.open),
        delays_ms=delays_ms,
        exempt=exempt,
    )


def _percentile_s(delays_ms: Mapping[int, int], percent: int) -> float | None:
    """By nearest rank: the smallest delay that at least ``percent`` in a hundred do not exceed."""
    total = sum(delays_ms.values())
    passed = 0
    for delay_ms in sorted(delays_ms):
        passed += delays_ms[delay_ms]
        if passed * 100 >= percent * total:
            return delay_ms / 1000
    return None
