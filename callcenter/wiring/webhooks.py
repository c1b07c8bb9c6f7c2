"""Webhooks out: who sends them, and what wakes them."""

import asyncio
import random
from dataclasses import dataclass

import structlog

from callcenter.db.engine import Database
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender
from callcenter.web.live import Hub

log = structlog.get_logger(__name__)

FAULT_PAUSE_S = 2.0


def postman(database: Database, sender: Sender) -> Postman:
    """The job, as the service has it."""
    spread = random.Random()  # noqa: S311  (spreads retries, guards nothing)
    return Postman(database=database, sender=sender, random=spread)


@dataclass(frozen=True, slots=True)
class Bell:
    """Wakes the postman for what anybody journals, until the hub is released."""

    hub: Hub
    postman: Postman

    async def watch(self) -> None:
        """As long as the database is away the postman looks by himself."""
        while True:
            try:
                return await self._watch()
            except Exception:
                log.exception("webhooks.unwatched", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _watch(self) -> None:
        async with self.hub.subscribe() as batches:
            async for batch in batches:
                if batch:
                    self.postman.wake()
