"""The service's processes, and what an administrator's supervisor does for them."""

import asyncio
import json
import urllib.request
from collections.abc import Sequence
from urllib.error import HTTPError

from tests.rig.errors import RigError
from tests.rig.service import Service

LOOK_EVERY_S = 0.5
ANSWER_MAX_S = 5
RESTART_AFTER_S = 1.0
"""As ``Restart=always`` of systemd, or Docker's, does for one that ended by itself."""

Json = dict[str, object]


class Instances:
    """All instances beside one database. One that is down on purpose stays down."""

    def __init__(self, services: Sequence[Service], token: str) -> None:
        self.services = services
        self.ended = 0  # processes that ended without being told to
        self._token = token
        self._down: set[Service] = set(services)

    def start(self, *services: Service) -> None:
        """Let these run; they are started again when they end by themselves."""
        for service in services:
            service.launch()
        self._down.difference_update(services)

    def kill(self, *services: Service) -> None:
        """kill -9."""
        for service in services:
            self._down.add(service)
            service.kill()

    def freeze(self, service: Service) -> None:
        """SIGSTOP, if it is running."""
        if service.is_running:
            service.freeze()

    def thaw(self, service: Service) -> None:
        """SIGCONT, if it is running."""
        if service.is_running:
            service.thaw()

    def revive(self) -> None:
        """Let each run, whatever was done to it."""
        for service in self.services:
            self.thaw(service)
        self.start(*self._down)

    async def stop(self) -> None:
        """End them all, as an administrator does."""
        self._down.update(self.services)
        for service in self.services:
            await service.stop()

    async def supervise(self) -> None:
        """Start again what ended by itself, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for service in self.services:
                if service in self._down or service.is_running:
                    continue
                self.ended += 1
                await asyncio.sleep(RESTART_AFTER_S)
                if service not in self._down and not service.is_running:
                    service.launch()

    async def follower(self, pbx: str, but: Service | None = None) -> Service | None:
        """The instance that says that it follows the PBX, which is another than ``but``."""
        for service in self.services:
            if service is but:
                continue
            found = await self._asked(service, "/readyz")
            if found and f"pbx.{pbx}" not in str(found.get("standing_by")):
                return service
        return None

    async def trouble(self, qualified: int) -> str | None:
        """Why not all is well yet: an instance that is not ready, calls without a ticket, or fewer
        debts that are qualified than tickets were closed at the desk."""
        for service in self.services:
            ready = await self._asked(service, "/readyz")
            if ready is None or not ready["ready"]:
                return f"{service.url} is not ready: {ready}"
        coverage = await self._asked(self.services[0], "/api/v1/coverage")
        owed = coverage["open"] if coverage else None
        if owed != []:
            return f"still owed: {json.dumps(owed)[:500]}"
        states = coverage["obligations"] if coverage else None
        found = states.get("qualified") if isinstance(states, dict) else None
        if found != qualified:
            return f"{qualified} tickets were closed, and {found} debts are qualified"
        return None

    async def until_ready(self, within_s: float) -> None:
        """Wait until each is. Raises RigError with the last words of one that is not."""
        for _ in range(int(within_s / LOOK_EVERY_S)):
            found = [await self._asked(service, "/readyz") for service in self.services]
            if all(one and one["ready"] for one in found):
                return
            await asyncio.sleep(LOOK_EVERY_S)
        raise RigError(f"not ready: {found}: {self.services[0].said()[-2000:]}")

    async def _asked(self, service: Service, path: str) -> Json | None:
        return await asyncio.to_thread(self._ask, f"{service.url}{path}")

    def _ask(self, url: str) -> Json | None:
        """What one answers, whatever its status; None where it does not."""
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_MAX_S) as response:
                text = response.read()
        except HTTPError as error:
            with error:
                text = error.read()
        except OSError:
            return None
        try:
            found = json.loads(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None
