"""The waits between attempts."""

from random import Random

import pytest

from callcenter.ami.backoff import delay_s
from callcenter.ami.timing import DEFAULT_TIMING


def delays(count: int, *, refused: bool, seed: int = 1) -> list[float]:
    random = Random(seed)
    return [
        delay_s(failure, refused=refused, timing=DEFAULT_TIMING, random=random)
        for failure in range(1, count + 1)
    ]


def test_waits_grow_from_one_second_to_eight() -> None:
    found = delays(12, refused=False)
    assert 1 <= found[0] <= 1.25
    assert found[:4] == sorted(found[:4])
    assert all(8 <= wait <= 10 for wait in found[3:])


def test_waits_differ_between_instances_for_as_long_as_it_takes() -> None:
    ours, theirs = delays(12, refused=False, seed=1), delays(12, refused=False, seed=2)
    assert all(one != other for one, other in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_secret_is_tried_too_seldom_for_fail2ban(seed: int) -> None:
    found = delays(30, refused=True, seed=seed)
    moments = [sum(found[:index]) for index in range(len(found))]
    for start in moments:
        assert sum(start <= moment < start + 600 for moment in moments) < 10
