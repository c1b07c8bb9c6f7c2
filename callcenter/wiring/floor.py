"""The floor: its keeper, as the configuration has it, and what wakes whom."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import structlog

from callcenter.calls.keeper import OF_NO_MATTER, OWN, FloorKeeper
from callcenter.calls.tenure import PbxTenure
from callcenter.config import Enforcement, Line, Settings
from callcenter.core.enforcement import Mode, Policy
from callcenter.web.live import Hub

log = structlog.get_logger(__name__)

FAULT_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Floor:
    """The keeper, which decides, and those who steer the PBXs by what was decided."""

    keeper: FloorKeeper
    hub: Hub
    tenures: Sequence[PbxTenure]

    @classmethod
    def of(
        cls,
        settings: Settings,
        url: str,
        hub: Hub,
        tenures: Sequence[PbxTenure],
        now: Callable[[], datetime],
    ) -> Self:
        """As it is configured."""
        keeper = FloorKeeper(
            policies=policies(settings.lines), base_url=url, now=now, committed=hub.publish
        )
        floor = cls(keeper, hub, tenures)
        keeper.decided = floor.steer
        return floor

    def steer(self) -> None:
        """Something else may be wanted of the PBXs."""
        for tenure in self.tenures:
            tenure.steer()

    async def watch(self) -> None:
        """Wake the keeper for what others journal, and who steers for what a keeper does, which may
        be another instance's; until the hub is released.
        """
        while True:
            try:
                return await self._watch()
            except Exception:
                # The database is away: whoever sleeps looks every second anyhow.
                log.exception("floor.unwatched", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _watch(self) -> None:
        async with self.hub.subscribe() as batches:
            async for batch in batches:
                kinds = {live.entry.type for live in batch}
                if kinds - OF_NO_MATTER:
                    self.keeper.wake()
                if kinds & OWN:
                    self.steer()


def policies(lines: Iterable[Line]) -> Mapping[str, Policy]:
    """What each line demands, by its name."""
    return {line.name: _policy(line.enforcement) for line in lines}


def _policy(enforcement: Enforcement) -> Policy:
    return Policy(
        mode=Mode(enforcement.mode),
        from_hangup=enforcement.block_from == "hangup",
        grace=timedelta(seconds=enforcement.grace_s),
        allowed=enforcement.allowed,
        escalate_after=_after(enforcement.escalate_after_s),
        stub_after=_after(enforcement.stub_after_s),
    )


def _after(seconds: int) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None
