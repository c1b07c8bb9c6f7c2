"""Who took part in a call, and until when."""

from datetime import timedelta

from callcenter.core.part import WRAP_UP_MAX, with_wrap_up
from tests.calls.facts import second


def test_the_wrap_up_belongs_to_the_part_of_who_wrote_it() -> None:
    assert with_wrap_up(second(64), second(90)) == second(90)


def test_what_was_written_during_the_call_adds_nothing() -> None:
    assert with_wrap_up(second(64), second(30)) == second(64)


def test_nobody_writes_all_night() -> None:
    next_morning = second(64) + timedelta(hours=15)
    assert with_wrap_up(second(64), next_morning) == second(64) + WRAP_UP_MAX
