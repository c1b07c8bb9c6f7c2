"""The plan of the calls."""

from collections import Counter

from tests.figures.plan import KINDS, planned

FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")


def test_a_seed_repeats_the_calls() -> None:
    assert planned(7, 80) == planned(7, 80)
    assert planned(7, 80) != planned(8, 80)


def test_every_kind_of_call_comes_and_no_number_twice() -> None:
    plan = planned(1, 400)
    assert {one.kind for one in plan} == set(KINDS)
    numbers = Counter(one.number for one in plan)
    assert numbers.total() == len(numbers) == 400
    assert all(number.startswith(FICTION) and len(number) == 10 for number in numbers)


def test_calls_come_one_after_another() -> None:
    times = [one.at_s for one in planned(3, 50, each_s=0.5)]
    assert times == sorted(times)
    assert times[0] >= 0 and times[-1] <= 25
