"""What wakes those who work for what is journalled."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from callcenter.web.live import Hub

log = structlog.get_logger(__name__)

FAULT_PAUSE_S = 2.0


class Sleeper(Protocol):
    """A job that rests while there is nothing to do, and looks by itself now and then."""

    def wake(self) -> None:
        """Something was committed."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Wakes them all for what anybody journals, until the hub is released."""

    hub: Hub
    sleepers: Sequence[Sleeper]

    async def watch(self) -> None:
        """As long as the database is away each of them looks by itself."""
        while True:
            try:
                return await self._watch()
            except Exception:
                log.exception("journal.unwatched", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _watch(self) -> None:
        async with self.hub.subscribe() as batches:
            async for batch in batches:
                if batch:
                    for one in self.sleepers:
                        one.wake()
