"""Completes the calls that nobody saw, from what the PBX noted of them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from callcenter.calls.writer import Writer
from callcenter.core import backfill
from callcenter.core.backfill import CLOCKS_APART, Unseen
from callcenter.core.call import Call, CallState
from callcenter.core.facts import CallChanged
from callcenter.core.noted import Noted
from callcenter.core.tracker import Tracker
from callcenter.db import recording, sights

log = structlog.get_logger(__name__)

NOTES_TOGETHER = 100
"""Notes settled before live calls have their turn again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of notes. Of a call that is in neither the facts were refused, and logged."""

    done: frozenset[str] = frozenset()  # Linkedids: their calls are over, known and committed
    waiting: tuple[Noted, ...] = ()  # their calls go on: to be handed in again later


@dataclass(kw_only=True)
class Backfill:
    """Of one PBX. Writing the same calls twice changes nothing, and so does handing in a note
    twice, from whichever source.

    ``turn`` is held by whoever lets the tracker take something in, until that is written: what the
    tracker knows and what is committed are the same for everybody else.
    """

    tracker: Tracker
    writer: Writer
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self, notes: Iterable[Noted]) -> Taken:
        """Complete the calls of these notes; when it returns, they are committed.

        Waits while the database is away; raises LeaseLostError.
        """
        done: set[str] = set()
        waiting: list[Noted] = []
        every = sorted(notes, key=lambda note: note.answered_at)
        for start in range(0, len(every), NOTES_TOGETHER):
            async with self.turn:
                taken = await self._take(every[start : start + NOTES_TOGETHER])
            done |= taken.done
            waiting += taken.waiting
        return Taken(frozenset(done), tuple(waiting))

    async def knows(self, notes: Sequence[Noted]) -> bool:
        """Whether each of these calls, which may go on, is known as one that does, or as answered.

        Waits while the database is away.
        """
        for start in range(0, len(notes), NOTES_TOGETHER):
            some = notes[start : start + NOTES_TOGETHER]
            known = await self._known(some)
            if not all(_is_accounted_for(known.get(note.linkedid)) for note in some):
                return False
        return True

    async def _take(self, notes: Sequence[Noted]) -> Taken:
        await self.writer.read_roster()
        waiting = tuple(note for note in notes if self._has_to_wait(note))
        settling = [note for note in notes if note not in waiting]
        known = await self._known(settling)
        facts = await self._facts(settling, known)
        if facts:
            log.info("calls.completed", pbx=self.tracker.pbx, calls=len({f.call.id for f in facts}))
            await self.writer.write(facts)
            known = await self._known(settling)
        wanted = {fact.call.linkedid: fact.call for fact in facts}
        over = (
            linkedid
            for linkedid, call in known.items()
            if call.state is CallState.ENDED and _is_as(call, wanted.get(linkedid, call))
        )
        return Taken(frozenset(over), waiting)

    def _has_to_wait(self, note: Noted) -> bool:
        """Whether the call goes on, or may: without its end, out of sight, nothing tells."""
        is_unsure = note.ended_at is None and not self.tracker.in_sight
        return is_unsure or self.tracker.is_open(note.linkedid)

    async def _facts(self, notes: Iterable[Noted], known: Mapping[str, Call]) -> list[CallChanged]:
        unsettled = [note for note in notes if _is_unsettled(known.get(note.linkedid))]
        if not unsettled:
            return []
        unseen = await self._unseen(unsettled)
        facts = []
        for note in unsettled:
            before = known.get(note.linkedid)
            call = backfill.settle(
                self.tracker.pbx, note, before, unseen=unseen, roster=self.writer.roster
            )
            if call is not None:
                self.tracker.settled(note.linkedid)
                facts += backfill.facts(call, before)
        return facts

    async def _known(self, notes: Iterable[Noted]) -> dict[str, Call]:
        linkedids = [note.linkedid for note in notes]

        async def read() -> dict[str, Call]:
            async with self.writer.database.reading() as connection:
                return await recording.by_linkedid(connection, self.tracker.pbx, linkedids)

        return await self.writer.patiently(read) if linkedids else {}

    async def _unseen(self, notes: Sequence[Noted]) -> list[Unseen]:
        first = min(note.answered_at for note in notes) - CLOCKS_APART
        last = max(note.answered_at for note in notes) + CLOCKS_APART

        async def read() -> list[Unseen]:
            async with self.writer.database.reading() as connection:
                found = await sights.between(connection, first, last, pbx=self.tracker.pbx)
            return [Unseen(one.began_at, one.ended_at) for one in found]

        return await self.writer.patiently(read)


def _is_accounted_for(known: Call | None) -> bool:
    is_open = known is not None and known.state is not CallState.ENDED
    return is_open or (known is not None and known.answered_at is not None)


def _is_as(known: Call, wanted: Call) -> bool:
    """Whether what a note adds to a call was written, and not refused."""
    return (known.answered_at, known.end_seen) == (wanted.answered_at, wanted.end_seen)


def _is_unsettled(known: Call | None) -> bool:
    """Whether a note can add anything: of most calls everything was seen."""
    return known is None or known.answered_at is None or not known.end_seen or known.imported
