"""The time of a test; it stands until it is moved."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from tests.calls.facts import second


class Clock:
    """Five seconds after the first call came in: a second after its answer."""

    def __init__(self) -> None:
        self.now = second(5)
        self.passed_s = 0.0

    def __call__(self) -> datetime:
        return self.now

    async def shared(self, _connection: AsyncConnection) -> datetime:
        """The same for all instances."""
        return self.now

    def monotonic(self) -> float:
        """Seconds that passed, however the clock was set."""
        return self.passed_s

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.passed_s += seconds

    def set_back(self, seconds: float) -> None:
        """Somebody mends the clock of the machine; no time passes."""
        self.now -= timedelta(seconds=seconds)
