"""Recordings of long ago: their files are removed every day, tried again where one cannot be."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from callcenter.db.engine import Database
from callcenter.records.recordings import Recordings

log = structlog.get_logger(__name__)

EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsAgeing:
    """``days`` is how long they are kept, ``recordings`` are by PBX."""

    days: int
    recordings: Mapping[str, Recordings]
    now: Callable[[], datetime]

    async def work(self, _database: Database) -> None:
        """Remove what is old, now and every hour, until cancelled."""
        while True:
            for pbx, one in self.recordings.items():
                await self._remove(pbx, one)
            await asyncio.sleep(EVERY_S)

    async def _remove(self, pbx: str, one: Recordings) -> None:
        before = self.now() - timedelta(days=self.days)
        try:
            done = await asyncio.to_thread(one.remove_old, before)
        except OSError as error:
            log.warning("recordings.folder_unread", pbx=pbx, error=str(error))
            return
        if done.files:
            log.info("recordings.removed", pbx=pbx, files=done.files, before=before.isoformat())
        if done.left:
            hint = "let this user write to the folder; it is tried again every hour"
            log.error(
                "recordings.not_removed", pbx=pbx, files=done.left, error=done.problem, hint=hint
            )
