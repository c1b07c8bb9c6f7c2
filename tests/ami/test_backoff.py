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


def test_waits_grow_from_one_second_to_one_minute() -> None:
    found = delays(12, refused=False)
    assert 1 <= found[0] <= 1.25
    assert found == sorted(found)
    assert found[-1] == 60


def test_waits_differ_between_instances() -> None:
    assert delays(3, refused=False, seed=1) != delays(3, refused=False, seed=2)


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_secret_is_tried_too_seldom_for_fail2ban(seed: int) -> None:
    found = delays(30, refused=True, seed=seed)
    moments = [sum(found[:index]) for index in range(len(found))]
    for start in moments:
        assert sum(start <= moment < start + 600 for moment in moments) < 10
