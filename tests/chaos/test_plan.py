"""A seed says which faults there are, and who calls."""

import re
from itertools import islice
from random import Random

from tests.chaos import callers
from tests.chaos.plan import Kind, planned
from tests.chaos.run import DATABASES


def test_a_long_run_has_every_fault_of_its_database() -> None:
    for seed in range(20):
        for _, kinds in DATABASES.values():
            found = {fault.kind for fault in planned(Random(seed), kinds, 500)}
            assert found == set(kinds)


def test_every_fault_happens_somewhere() -> None:
    assert {kind for _, kinds in DATABASES.values() for kind in kinds} == set(Kind)


def test_a_seed_repeats_faults_and_callers() -> None:
    first, again = (planned(Random(7), Kind, 100) for _ in range(2))
    assert first == again
    assert list(islice(callers.drawn(Random(7)), 50)) == list(islice(callers.drawn(Random(7)), 50))


def test_faults_end_before_the_calls_do() -> None:
    faults = planned(Random(3), Kind, 60)
    assert all(fault.at_s + fault.lasts_s <= 60 for fault in faults)


def test_no_number_calls_twice_and_each_is_of_a_range_for_fiction() -> None:
    numbers = list(islice(callers.drawn(Random(1)), 2000))
    assert len(set(numbers)) == 2000
    ranges = (*callers.ANSWERED, callers.GIVEN_UP, callers.OVERFLOWING)
    assert all(number.startswith(ranges) and len(number) == 10 for number in numbers)


def test_an_answered_call_has_its_telephone_and_somebody_who_hangs_up() -> None:
    telephones = [re.compile(callers.answered_by(index, 4)) for index in range(4)]
    for number in islice(callers.drawn(Random(1)), 500):
        rung = sum(bool(pattern.search(number)) for pattern in telephones)
        if number.startswith(callers.ANSWERED):
            assert rung in {1, 4}
            assert bool(re.search(callers.HANGS_UP, number)) is not bool(
                re.search(callers.STAYS, number)
            )
        elif number.startswith(callers.OVERFLOWING):
            assert rung == 0
