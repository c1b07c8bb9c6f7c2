"""When a lease may be taken from another."""

from datetime import UTC, datetime, timedelta

from callcenter.db.leases import RELEASED_AT, Sighting
from callcenter.db.succession import Succession

TTL_S = 5.0
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def seen(*, renewed: int = 0, is_over: bool = False, token: int = 1) -> Sighting:
    return Sighting("one", token, AT + timedelta(seconds=renewed), is_over)


def test_one_that_nobody_ever_held_may_be_taken() -> None:
    assert Succession(ttl_s=TTL_S).may_take(None, 0)


def test_one_that_ran_out_may_be_taken_at_the_first_look() -> None:
    assert Succession(ttl_s=TTL_S).may_take(seen(is_over=True), 0)


def test_one_that_is_held_may_not_however_long_it_is_renewed() -> None:
    succession = Succession(ttl_s=TTL_S)
    assert not any(succession.may_take(seen(renewed=second), second) for second in range(100))


def test_after_the_database_was_away_the_holder_has_time_to_come_back() -> None:
    succession = Succession(ttl_s=TTL_S)
    succession.may_take(seen(), 0)
    succession.missed(100)
    found = [succession.may_take(seen(is_over=True), 100 + after) for after in range(1, 7)]
    assert found == [False, False, False, False, True, True]


def test_what_was_let_go_of_may_be_taken_even_then() -> None:
    succession = Succession(ttl_s=TTL_S)
    succession.missed(100)
    assert succession.may_take(Sighting("one", 1, RELEASED_AT, is_over=True), 100)


def test_one_that_nobody_renews_may_be_taken_whatever_the_databases_clock_says() -> None:
    succession = Succession(ttl_s=TTL_S)
    found = [succession.may_take(seen(renewed=3600), second) for second in range(12)]
    assert found == [False] * 10 + [True, True]


def test_a_new_holder_starts_the_wait_anew() -> None:
    succession = Succession(ttl_s=TTL_S)
    assert not succession.may_take(seen(), 0)
    assert not succession.may_take(seen(token=2), 9)
    assert not succession.may_take(seen(token=2), 18)
    assert succession.may_take(seen(token=2), 19)


def test_silence_that_nobody_listened_to_is_no_silence() -> None:
    succession = Succession(ttl_s=TTL_S)
    assert not succession.may_take(seen(), 0)
    succession.missed(9)
    assert not succession.may_take(seen(), 10)
    assert not succession.may_take(seen(), 19)
    assert succession.may_take(seen(), 20)
