"""When to ask again a desk that did not take a ticket."""

from random import Random

RETRY_MIN_S = 1.0
RETRY_MAX_S = 300.0
"""A desk that comes back after a day is found within five minutes."""

JITTER = 0.5
"""Part of the wait that chance decides, so that a desk that comes back is not stormed."""

ASKED_MAX_S = 3600.0
"""A desk that wants to be left alone for longer is asked after an hour all the same."""


def delay_s(attempts: int, random: Random, *, at_least_s: float = 0.0) -> float:
    """Seconds to wait after this many failed attempts: doubling, with jitter, never given up.

    ``at_least_s`` is what the desk asked for, or needs: chance comes on top of it.
    """
    exponent = min(max(attempts, 1) - 1, 20)
    wait = min(RETRY_MAX_S, RETRY_MIN_S * float(1 << exponent)) * (1 - JITTER * random.random())
    if not wait < at_least_s:  # nor is NaN a time
        return wait
    return min(at_least_s, ASKED_MAX_S) + RETRY_MIN_S * random.random()
