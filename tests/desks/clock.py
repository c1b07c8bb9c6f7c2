"""The time of a test; it stands until it is moved."""

from datetime import datetime, timedelta

from tests.calls.facts import second


class Clock:
    """Five seconds after the first call came in: a second after its answer."""

    def __init__(self) -> None:
        self.now = second(5)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
