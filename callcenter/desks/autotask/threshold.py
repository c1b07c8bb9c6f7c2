"""How much of the company's hour is used: all its integrations share one threshold.

Autotask delays its answers from half of it on, and at its end it answers nobody. So what can wait,
waits before that: a ticket does not.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.shapes import Threshold
from callcenter.desks.desk import NotSentError
from callcenter.desks.kept import Kept

KEPT = timedelta(minutes=5)
"""So long a figure is believed: asking for it counts, too."""

SPARED = 0.25
"""The part of the hour that is left to tickets, and to the company's other integrations."""


@dataclass(kw_only=True)
class Hour:
    """The last 60 minutes, as Autotask counts them."""

    api: Api
    _used: Kept[Threshold] = field(default_factory=lambda: Kept(KEPT), init=False, repr=False)

    async def used(self) -> Threshold:
        """Requests, and how many there may be. Raises DeskError."""
        return await self._used.get(self.api.now(), self._ask)

    async def require_room(self) -> None:
        """For what can wait. Raises NotSentError where too little is left."""
        found = await self.used()
        used, most = found.currentTimeframeRequestCount, found.externalRequestThreshold
        if used > most * (1 - SPARED):
            raise NotSentError(
                f"{used} of {most} requests of this hour are used, by all integrations with "
                "Autotask together: what can wait is not asked"
            )

    async def _ask(self) -> Threshold:
        return await self.api.get("ThresholdInformation", Threshold)
