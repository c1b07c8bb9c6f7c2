"""When to ask again a desk that did not take a ticket."""

from random import Random

RETRY_MIN_S = 1.0
RETRY_MAX_S = 300.0
"""A desk that comes back after a day is found within five minutes."""

JITTER = 0.5
"""Part of the wait that chance decides, so that a desk that comes back is not stormed."""


def delay_s(attempts: int, random: Random) -> float:
    """Seconds to wait after this many failed attempts: doubling, with jitter, never given up."""
    exponent = min(max(attempts, 1) - 1, 20)
    wait = min(RETRY_MAX_S, RETRY_MIN_S * float(1 << exponent))
    return wait * (1 - JITTER * random.random())
