"""When a webhook is sent again, and what its answer means: for it, and for its destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

MINUTE_S, HOUR_S = 60.0, 3600.0

SCHEDULE_S = (
    0.0,
    5.0,
    5 * MINUTE_S,
    30 * MINUTE_S,
    2 * HOUR_S,
    5 * HOUR_S,
    10 * HOUR_S,
    14 * HOUR_S,
    20 * HOUR_S,
    24 * HOUR_S,
)
"""Seconds before each attempt (Standard Webhooks 1.0.0, "Deliverability and reliability"): the last
is more than three days after the first."""

LIVE_SCHEDULE_S = (0.0, 2.0, 8.0)
"""The same for what is of use at once, or not at all: that somebody is calling."""

JITTER = 0.1
"""Chance makes a wait longer by up to this part, so that a destination that comes back is not
stormed. Never shorter: the last attempt would come before the three days are over."""

RETRY_AFTER_MAX_S = 24 * HOUR_S
"""A destination that wants to be left alone for longer is asked after a day all the same."""

FAILING_MAX = timedelta(days=5)
"""A destination of which nothing was accepted for so long is switched off."""

OK, REDIRECT, GONE, TOO_MANY, UNAVAILABLE = 200, 300, 410, 429, 503


class Why(StrEnum):
    """Why a destination is switched off."""

    GONE = "gone"  # it answered 410: nobody wants this any more
    FAILING = "failing"
    ADMIN = "admin"


class Failure(StrEnum):
    """Why there is no answer."""

    NOT_REACHED = "not_reached"
    PRIVATE_ADDRESS = "private_address"
    TIMED_OUT = "timed_out"
    BROKEN_OFF = "broken_off"
    BAD_ADDRESS = "bad_address"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: a status, or why there is none."""

    status: int | None
    failure: Failure | None = None
    retry_after_s: float | None = None

    @property
    def is_accepted(self) -> bool:
        """2xx alone: a redirect is a wrong address, and is not followed."""
        return self.status is not None and OK <= self.status < REDIRECT

    @property
    def result(self) -> str:
        """What came of it, in a word: ``accepted``, ``refused``, or why there is no status."""
        if self.failure:
            return self.failure.value
        return "accepted" if self.is_accepted else "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows. ``retry_s`` None: this was the last attempt, or none is needed.

    ``leave_alone_s``: the destination is to get nothing at all for so long.
    """

    is_done: bool
    retry_s: float | None = None
    leave_alone_s: float | None = None
    disable: Why | None = None


def judge(
    answer: Answer,
    *,
    attempts: int,
    failing_since: datetime | None,
    now: datetime,
    random: Random,
    schedule_s: Sequence[float] = SCHEDULE_S,
) -> Verdict:
    """What an answer means. ``attempts`` counts this one too; ``failing_since`` is when the first
    attempt failed since the destination accepted anything, None if that is this one.
    """
    if answer.is_accepted:
        return Verdict(is_done=True)
    disable = _why(answer, failing_since, now)
    alone_s = _leave_alone_s(answer)
    wait_s = _wait_s(attempts, random, schedule_s)
    if wait_s is not None and alone_s is not None:
        wait_s = max(wait_s, alone_s)
    return Verdict(is_done=False, retry_s=wait_s, leave_alone_s=alone_s, disable=disable)


def _why(answer: Answer, failing_since: datetime | None, now: datetime) -> Why | None:
    if answer.status == GONE:
        return Why.GONE
    if failing_since is not None and now - failing_since >= FAILING_MAX:
        return Why.FAILING
    return None


def _leave_alone_s(answer: Answer) -> float | None:
    if answer.status not in (TOO_MANY, UNAVAILABLE) or answer.retry_after_s is None:
        return None
    return min(answer.retry_after_s, RETRY_AFTER_MAX_S)


def _wait_s(attempts: int, random: Random, schedule_s: Sequence[float]) -> float | None:
    if attempts >= len(schedule_s):
        return None
    return schedule_s[attempts] * (1 + JITTER * random.random())
