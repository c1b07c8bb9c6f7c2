"""What seldom changes at a desk, so that it need not be asked for with each ticket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

KEPT_FOR = timedelta(minutes=10)
"""So late a new agent, or another group, is noticed."""

T = TypeVar("T")


@dataclass
class Kept(Generic[T]):
    """An answer, and when it was given."""

    kept_for: timedelta = KEPT_FOR
    _given: tuple[datetime, T] | None = field(default=None, init=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def get(self, now: datetime, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer: asked for where there is none, or an old one. Raises what ``ask`` raises."""
        async with self._asking:  # whoever waits for the first answer does not ask, too
            if self._given is None or not timedelta() <= now - self._given[0] < self.kept_for:
                self._given = (now, await ask())
            return self._given[1]

    def forget(self) -> None:
        """Ask again the next time: it seems to have changed."""
        self._given = None
