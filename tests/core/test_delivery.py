"""When a webhook is sent again, and when its destination is given up."""

from datetime import timedelta
from random import Random

import pytest

from callcenter.core.delivery import (
    FAILING_MAX,
    JITTER,
    RETRY_AFTER_MAX_S,
    SCHEDULE_S,
    Answer,
    Failure,
    Verdict,
    Why,
    judge,
)
from tests.calls.facts import second

NOW = second(0)


def verdict(answer: Answer, attempts: int = 1, failing_for: timedelta | None = None) -> Verdict:
    since = None if failing_for is None else NOW - failing_for
    return judge(answer, attempts=attempts, failing_since=since, now=NOW, random=Random(1))


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_2xx_is_done(status: int) -> None:
    assert verdict(Answer(status)) == Verdict(is_done=True)


@pytest.mark.parametrize("status", [199, 301, 307, 400, 404, 500, None])
def test_anything_else_is_tried_again_and_a_redirect_is_a_failure(status: int | None) -> None:
    found = verdict(Answer(status, None if status else Failure.TIMED_OUT))
    assert not found.is_done
    assert found.retry_s is not None
    assert found.disable is None


def test_the_waits_grow_with_jitter_and_reach_beyond_three_days() -> None:
    waits = [verdict(Answer(500), attempts).retry_s for attempts in range(1, len(SCHEDULE_S))]
    for wait, least in zip(waits, SCHEDULE_S[1:], strict=True):
        assert wait is not None
        assert least <= wait <= least * (1 + JITTER)
    assert timedelta(seconds=sum(SCHEDULE_S)) > timedelta(days=3)


def test_after_the_last_attempt_there_is_none() -> None:
    assert verdict(Answer(500), len(SCHEDULE_S)).retry_s is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_destination_that_wants_to_be_left_alone_is(status: int) -> None:
    found = verdict(Answer(status, retry_after_s=120.0))
    assert (found.retry_s, found.leave_alone_s) == (120.0, 120.0)
    assert verdict(Answer(status, retry_after_s=1e9)).leave_alone_s == RETRY_AFTER_MAX_S
    late = verdict(Answer(status, retry_after_s=1.0), attempts=3)
    assert late.retry_s is not None
    assert late.retry_s >= SCHEDULE_S[3]


def test_410_switches_the_destination_off_at_once() -> None:
    assert verdict(Answer(410)).disable is Why.GONE


def test_a_destination_that_fails_for_long_is_switched_off() -> None:
    a_second = timedelta(seconds=1)
    assert verdict(Answer(500), failing_for=FAILING_MAX - a_second).disable is None
    assert verdict(Answer(500), failing_for=FAILING_MAX).disable is Why.FAILING
    assert verdict(Answer(200), failing_for=FAILING_MAX).disable is None
