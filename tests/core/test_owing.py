"""What an agent is told of the tickets they have yet to write."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core.enforcement import Mode, Policy
from callcenter.core.owing import Notice, Owed, Told, notice

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
GRACE = timedelta(seconds=30)
POLICIES = {
    "answer": Policy(),
    "hangup": Policy(from_hangup=True),
    "grace": Policy(from_hangup=True, grace=GRACE),
    "two": Policy(allowed=2),
    "remind": Policy(mode=Mode.REMIND),
    "off": Policy(mode=Mode.OFF),
}


def owed(line: str, *, ended_s: float | None = 10, is_released: bool = False) -> Owed:
    """A call answered five minutes ago that ended so many seconds ago; None: it goes on."""
    ended = None if ended_s is None else NOW - timedelta(seconds=ended_s)
    return Owed("call", line, NOW - timedelta(minutes=5), ended, is_released)


@pytest.mark.parametrize(
    ("debts", "is_blocked", "told"),
    [
        ([], False, Told.NOTHING),
        ([owed("answer")], True, Told.BLOCKED),
        ([owed("answer", ended_s=None)], False, Told.SPARED),
        ([owed("hangup", ended_s=None)], False, Told.REMIND),
        ([owed("hangup")], False, Told.SPARED),
        ([owed("grace", ended_s=31)], False, Told.SPARED),
        ([owed("answer", is_released=True)], False, Told.WAIVED),
        ([owed("answer", is_released=True), owed("remind")], False, Told.REMIND),
        ([owed("remind")], False, Told.REMIND),
        ([owed("off")], False, Told.REMIND),
        ([owed("a line that is no more")], False, Told.REMIND),
        ([owed("two")] * 3, False, Told.SPARED),
    ],
)
def test_what_is_told(debts: list[Owed], told: Told, *, is_blocked: bool) -> None:
    assert notice(debts, POLICIES, is_blocked=is_blocked, now=NOW) == Notice(told)


def test_how_many_may_wait_is_said() -> None:
    debts = [owed("two"), owed("two")]
    expected = Notice(Told.ALLOWED, allowed=2)
    assert notice(debts, POLICIES, is_blocked=False, now=NOW) == expected


def test_the_moment_at_which_calls_stop_is_said() -> None:
    debts = [owed("grace", ended_s=10), owed("grace", ended_s=None)]
    expected = Notice(Told.GRACE, until=NOW + timedelta(seconds=20))
    assert notice(debts, POLICIES, is_blocked=False, now=NOW) == expected


def test_the_clock_of_a_debt_runs_from_the_hang_up_and_before_that_from_the_answer() -> None:
    assert owed("answer", ended_s=10).since == NOW - timedelta(seconds=10)
    assert owed("answer", ended_s=None).since == NOW - timedelta(minutes=5)
