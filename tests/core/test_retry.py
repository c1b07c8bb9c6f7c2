"""A desk that did not take a ticket is asked again: soon, then seldom, and never all at once."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.retry import JITTER, RETRY_MAX_S, RETRY_MIN_S, delay_s


class Fixed(Random):
    """Chance that always gives the same."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def random(self) -> float:
        return self.value


def test_the_longest_waits_double_up_to_a_bound() -> None:
    waits = [delay_s(attempts, Fixed(0.0)) for attempts in range(1, 12)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_the_first_wait_is_the_shortest_even_before_an_attempt() -> None:
    assert delay_s(0, Fixed(0.0)) == delay_s(1, Fixed(0.0)) == RETRY_MIN_S


@given(st.integers(-1, 10**30), st.randoms())
def test_a_wait_is_never_nothing_and_never_too_long(attempts: int, random: Random) -> None:
    assert RETRY_MIN_S * (1 - JITTER) <= delay_s(attempts, random) <= RETRY_MAX_S


@given(st.integers(1, 100), st.floats(0, 1, exclude_max=True))
def test_with_the_same_luck_no_wait_is_shorter_than_the_one_before(
    attempts: int, luck: float
) -> None:
    assert delay_s(attempts, Fixed(luck)) <= delay_s(attempts + 1, Fixed(luck))


def test_waits_of_many_tickets_are_spread() -> None:
    waits = [delay_s(20, Random(seed)) for seed in range(100)]
    assert len(set(waits)) == 100
    assert max(waits) - min(waits) > RETRY_MAX_S * JITTER * 0.9
