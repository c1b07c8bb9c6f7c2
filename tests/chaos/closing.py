"""Somebody at the desk closes tickets while everything breaks, and its webhooks get lost."""

import asyncio
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from tests.chaos.desks import NAME, ChaosDesk
from tests.desks.trial import Webhook
from tests.rig.service import Service

EVERY_S = 1.5
AT_LEAST_S = 15.0
"""So old a ticket is before anybody closes it."""

LOST = 0.5
"""Of the webhooks."""

ANSWER_MAX_S = 5


@dataclass(kw_only=True)
class Closing:
    """``closed`` are the numbers of the tickets that somebody closed, until it is cancelled."""

    desk: ChaosDesk
    services: list[Service]
    dice: Random
    closed: set[str] = field(default_factory=set)

    async def work(self) -> None:
        """Close one ticket after another, where the desk tells of it at all."""
        while self.desk.close is not None:
            await asyncio.sleep(EVERY_S)
            now = datetime.now(UTC)
            for number, _, at in self.desk.made():
                age_s = (now - datetime.fromisoformat(at)).total_seconds()
                if number not in self.closed and age_s >= AT_LEAST_S:
                    await self._close(number, self.desk.close(number))
                    break

    async def _close(self, number: str, webhook: Webhook) -> None:
        self.closed.add(number)
        if self.dice.random() >= LOST:
            await asyncio.to_thread(self._tell, self.dice.choice(self.services).url, webhook)

    def _tell(self, url: str, webhook: Webhook) -> None:
        headers, body = webhook
        request = urllib.request.Request(f"{url}/hooks/{NAME}", data=body, headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_MAX_S):
                pass
        except OSError:
            return  # refused, or not there: it is lost
