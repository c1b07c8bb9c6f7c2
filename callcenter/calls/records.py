"""Completes the calls that nobody saw from a PBX's queue_log or CDR, where they are configured."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from callcenter.calls.backfill import Backfill
from callcenter.calls.sight import Sight
from callcenter.calls.writer import Writer
from callcenter.core.noted import Noted
from callcenter.db import cursors
from callcenter.db.leases import LeaseLostError
from callcenter.records.source import Reading, RecordsError, Source

log = structlog.get_logger(__name__)

READ_EVERY_S = 30.0
"""A call that nobody saw gets its ticket so much later than its record is written."""

LOOK_EVERY_S = 1.0
"""How soon they are read after the PBX came into sight: its times out of sight wait for that."""


@dataclass(kw_only=True)
class RecordsReader:
    """Reads for the follower of one PBX, until cancelled. How far it came is kept once the calls
    before are committed; of a call that goes on, it is not.

    Times out of sight stay open while one of the sources cannot be read: where records are
    configured, an empty ledger may be that of a dialplan that notes nothing.
    """

    backfill: Backfill
    sight: Sight
    sources: Sequence[Source]
    _taken: dict[str, Mapping[str, Noted]] = field(default_factory=dict, init=False)  # by source
    _complaints: dict[str, str] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Read now, and again from time to time."""
        while True:
            mark = self.sight.mark
            for source in self.sources:
                await self._read_if_possible(source)
            await self._rest(mark)

    async def read(self, source: Source) -> None:
        """Take what is new in one source. Raises RecordsError."""
        mark = self.sight.mark
        reading = await source.read(await self._position(source), self._writer.now())
        if await self._take(source, reading):
            await self._writer.patiently(lambda: self._keep(source, reading))
            if await self.backfill.knows(reading.going_on):
                await self.sight.taken(source.name, mark)

    async def _read_if_possible(self, source: Source) -> None:
        try:
            await self.read(source)
        except LeaseLostError:
            raise
        except RecordsError as error:
            self._complain(source, str(error))
        except Exception:
            # A fault of ours: calls that are seen, and the other sources, must not suffer for it.
            log.exception("records.unexpected", pbx=self._writer.pbx, source=source.name)
        else:
            self._complaints.pop(source.name, None)

    async def _take(self, source: Source, reading: Reading) -> bool:
        """Complete the calls; whether none has to be handed in again."""
        notes = {note.linkedid: note for note in reading.notes}
        before = self._taken.get(source.name, {})
        new = [note for linkedid, note in notes.items() if before.get(linkedid) != note]
        taken = await self.backfill.take(new)
        waiting = {note.linkedid for note in taken.waiting}
        self._taken[source.name] = {id_: one for id_, one in notes.items() if id_ not in waiting}
        return not waiting

    async def _position(self, source: Source) -> str | None:
        async def read() -> str | None:
            async with self._writer.database.reading() as connection:
                return await cursors.get(connection, self._writer.pbx, source.name)

        return await self._writer.patiently(read)

    async def _keep(self, source: Source, reading: Reading) -> None:
        async with self._writer.database.transaction() as connection:
            await cursors.keep(
                connection, self._writer.pbx, source.name, reading.position, now=self._writer.now()
            )

    async def _rest(self, mark: int) -> None:
        for _ in range(int(READ_EVERY_S / LOOK_EVERY_S)):
            await asyncio.sleep(LOOK_EVERY_S)
            if self.sight.mark != mark:
                return

    def _complain(self, source: Source, why: str) -> None:
        if self._complaints.get(source.name) != why:
            self._complaints[source.name] = why
            log.warning("records.unread", pbx=self._writer.pbx, source=source.name, error=why)

    @property
    def _writer(self) -> Writer:
        return self.backfill.writer
