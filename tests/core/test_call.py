"""What the record of a call tells beyond what it holds."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core.call import Call, CallState, Leg, call_id, talk_s, wait_s

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("queued", "answered", "ended", "wait"),
    [
        (2, 14.5, 90, 12.5),  # to the answer
        (2, None, 9, 7.0),  # to the end, of a call that nobody took
        (2, None, None, None),  # it still waits
        (None, None, 9, None),  # nothing rang
        (2, 1.9999, None, 0.0),
        (2, 2.12345678, None, 0.123),
    ],
)
def test_a_wait_is_from_the_first_ring(
    queued: float | None, answered: float | None, ended: float | None, wait: float | None
) -> None:
    times = [None if one is None else after(one) for one in (queued, answered, ended)]
    assert wait_s(*times) == wait


def test_talk_is_without_the_holds_and_known_at_the_end() -> None:
    assert talk_s(after(0), after(60), 12.5) == 47.5
    assert talk_s(after(0), None, 0.0) is None
    assert talk_s(None, after(60), 0.0) is None
    assert talk_s(after(0), after(1), 1.0005) == 0.0


def test_the_first_to_answer_owes_the_ticket() -> None:
    legs = (
        Leg("cleo", "PJSIP/103", after(0), after(30)),
        Leg("bob", "PJSIP/102", after(0)),
        Leg("ana", "PJSIP/101", after(0), after(5)),
    )
    call = Call("main", "1.0", "1.0", "support", "", "", CallState.TALKING, START, legs=legs)
    assert call.answered_by is legs[2]
    assert (
        Call("main", "1.0", "1.0", "support", "", "", CallState.RINGING, START).answered_by is None
    )


def test_the_same_call_has_the_same_id_and_another_another() -> None:
    assert call_id("main", "1795467414.0") == call_id("main", "1795467414.0")
    assert call_id("main", "1795467414.0") != call_id("branch", "1795467414.0")
    assert call_id("main", "1795467414.0") != call_id("main", "1795467414.1")
