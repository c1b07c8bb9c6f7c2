"""What seldom changes at a desk, so that it need not be asked for with each ticket."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

KEPT_FOR = timedelta(minutes=10)
"""So late a new agent, or another group, is noticed."""

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """An answer, and when it was given."""

    _given: tuple[datetime, T] | None = None

    async def get(self, now: datetime, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer: asked for where there is none, or an old one. Raises what ``ask`` raises."""
        if self._given is None or not timedelta() <= now - self._given[0] < KEPT_FOR:
            self._given = (now, await ask())
        return self._given[1]
