"""How long to wait before the next attempt to reach a PBX."""

from random import Random

from callcenter.ami.timing import Timing


def delay_s(failures: int, *, refused: bool, timing: Timing, random: Random) -> float:
    """Give the seconds to wait after so many failures in a row, at least one.

    They double, and up to a quarter is added at random, so that the instances of a service that
    lost one PBX together do not come back together.
    """
    first = timing.refused_min_s if refused else timing.retry_min_s
    last = timing.refused_max_s if refused else timing.retry_max_s
    doubled = min(last, first * 2.0 ** min(failures - 1, 10))
    return doubled * random.uniform(1.0, 1.25)
