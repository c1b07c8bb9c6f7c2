"""Completes the calls that nobody saw from a PBX's queue_log or CDR, where they are configured."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from callcenter.calls.backfill import Backfill
from callcenter.calls.sight import Sight
from callcenter.calls.writer import Writer
from callcenter.core.noted import Noted, completed
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
    _taken: dict[str, Noted] = field(default_factory=dict, init=False)  # by Linkedid, last time
    _complaints: dict[str, str] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Read once the PBX is in sight, or does not come, and again from time to time."""
        mark = self.sight.mark
        while True:
            await self._rest(mark)  # the PBX tells first who its queues' members are
            mark = self.sight.mark
            try:
                await self.read()
            except LeaseLostError:
                raise  # another instance follows this PBX now
            except Exception:
                # A fault of ours: calls that are seen must not suffer for it.
                log.exception("records.unexpected", pbx=self._writer.pbx)

    async def read(self) -> None:
        """Take what is new in all sources: what one does not tell of a call, another may."""
        mark = self.sight.mark
        readings = {one.name: await self._reading(one) for one in self.sources}
        found = {name: reading for name, reading in readings.items() if reading is not None}
        waiting = await self._take(found)
        for source, reading in found.items():
            if waiting.isdisjoint(note.linkedid for note in reading.notes):
                await self._keep(source, reading)
                if await self.backfill.knows(reading.going_on):
                    await self.sight.taken(source, mark)

    async def _reading(self, source: Source) -> Reading | None:
        """What is new; None where it cannot be read."""
        try:
            reading = await source.read(await self._position(source), self._writer.now())
        except RecordsError as error:
            self._complain(source, str(error))
            return None
        except LeaseLostError:
            raise
        except Exception:
            # The other sources must not suffer for it.
            log.exception("records.unexpected", pbx=self._writer.pbx, source=source.name)
            return None
        self._complaints.pop(source.name, None)
        return replace(
            reading,
            notes=[self._named(note) for note in reading.notes],
            going_on=[self._named(note) for note in reading.going_on],
        )

    def _named(self, note: Noted) -> Noted:
        """The note by the Linkedid of its call, of which there must not be two, and with the
        telephone that answered.
        """
        tracker = self.backfill.tracker
        return replace(
            note,
            linkedid=tracker.linkedid_of(note.linkedid),
            channel=tracker.telephone_of(note.channel),
        )

    async def _take(self, readings: Mapping[str, Reading]) -> set[str]:
        """Complete the calls; give the Linkedids of those that have to be handed in again."""
        notes: dict[str, Noted] = {}
        for reading in readings.values():
            for note in reading.notes:
                before = notes.get(note.linkedid)
                notes[note.linkedid] = completed(before, note) if before else note
        taken = await self.backfill.take(
            note for linkedid, note in notes.items() if self._taken.get(linkedid) != note
        )
        waiting = {note.linkedid for note in taken.waiting}
        self._taken = {id_: note for id_, note in notes.items() if id_ not in waiting}
        return waiting

    async def _position(self, source: Source) -> str | None:
        async def read() -> str | None:
            async with self._writer.database.reading() as connection:
                return await cursors.get(connection, self._writer.pbx, source.name)

        return await self._writer.patiently(read)

    async def _keep(self, source: str, reading: Reading) -> None:
        async def write() -> None:
            async with self._writer.database.transaction() as connection:
                now = self._writer.now()
                await cursors.keep(connection, self._writer.pbx, source, reading.position, now=now)

        await self._writer.patiently(write)

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
