"""Follow one PBX: what its link gives goes through the tracker into the database, in order."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from callcenter.ami.errors import AmiError
from callcenter.ami.inbox import Item
from callcenter.ami.ledger import LedgerEraser
from callcenter.ami.link import PbxLink
from callcenter.calls.backfill import Backfill
from callcenter.calls.dialler import Dialler, WayOut
from callcenter.calls.recorder import Recorder
from callcenter.calls.records import RecordsReader
from callcenter.calls.sight import LEDGER, Sight
from callcenter.calls.steering import Steering
from callcenter.calls.supervisor import Supervisor
from callcenter.calls.writer import FACTS_TOGETHER, Writer
from callcenter.core.facts import CallChanged, Change, Fact, SupervisionChanged
from callcenter.core.noted import Noted
from callcenter.core.pbx import Batch, Snapshot
from callcenter.core.tracker import Tracker
from callcenter.db import outgoing, recording, sights, supervision_claims
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.records.source import Source

log = structlog.get_logger(__name__)

ITEMS_TOGETHER = 50
"""Items tracked before the event loop has its turn: most events lead to no fact at all."""

SEEN_EVERY_S = 5.0
"""How often it is written that the PBX is in sight: so much longer an outage of ours is shown."""


@dataclass(kw_only=True)
class Follower:
    """Follows until cancelled, or until LeaseLostError where ``database`` is a fenced one.

    ``measure`` is given the seconds from the arrival of what the PBX says to its commit.
    ``records`` are the PBX's own, beside its ledger: all of them are taken before a time out of
    sight is closed. ``ways_out`` is how the calls of each line leave the PBX.
    """

    link: PbxLink
    tracker: Tracker
    recorder: Recorder
    database: Database
    now: Callable[[], datetime]
    records: Sequence[Source] = ()
    ways_out: Mapping[str, WayOut] = field(default_factory=dict)
    measure: Callable[[float], None] = lambda _seconds: None
    dialler: Dialler = field(init=False)
    supervisor: Supervisor = field(init=False)
    writer: Writer = field(init=False)
    backfill: Backfill = field(init=False)
    sight: Sight = field(init=False)
    steering: Steering = field(init=False)
    _eraser: LedgerEraser = field(init=False)
    _snapshot: Snapshot | None = field(default=None, init=False)  # with events behind it still
    _ledger: tuple[Snapshot, int] | None = field(default=None, init=False)  # at this mark of sight
    _ledger_due: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _over: set[str] = field(default_factory=set, init=False)  # Linkedids whose notes may be there
    _to_erase: set[str] = field(default_factory=set, init=False)
    _erase_now: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _is_idle: bool = field(default=False, init=False)  # all that was taken in is committed
    _written_until: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        pbx = self.tracker.pbx
        self.writer = Writer(pbx=pbx, recorder=self.recorder, database=self.database, now=self.now)
        self.backfill = Backfill(tracker=self.tracker, writer=self.writer)
        sources = {LEDGER, *(source.name for source in self.records)}
        self.sight = Sight(writer=self.writer, sources=sources)
        self.steering = Steering(
            pbx=pbx, lines=self.tracker.lines, send=self.link.send, database=self.database
        )
        self._eraser = LedgerEraser(pbx)
        self.dialler = Dialler(
            tracker=self.tracker,
            send=self.link.send,
            database=self.database,
            ways_out=self.ways_out,
            now=self.now,
            base_url=self.recorder.base_url,
        )
        self.supervisor = Supervisor(
            tracker=self.tracker, send=self.link.send, database=self.database, now=self.now
        )

    @property
    def trouble(self) -> str | None:
        """Why facts wait to be written, None when none do."""
        return self.writer.trouble

    async def run(self) -> None:
        """Take up the calls that were open, then follow."""
        await self.writer.patiently(self._take_up)
        pbx = self.tracker.pbx
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(), name=f"link of {pbx}")
            group.create_task(self._follow(), name=f"calls of {pbx}")
            group.create_task(self._take_ledgers(), name=f"ledger of {pbx}")
            group.create_task(self._erase(), name=f"notes of {pbx}")
            group.create_task(self.steering.run(), name=f"steering of {pbx}")
            group.create_task(self._be_seen(), name=f"sight of {pbx}")
            group.create_task(self.dialler.run(), name=f"calls made on {pbx}")
            group.create_task(self.supervisor.run(), name=f"supervision on {pbx}")
            if self.records:
                reader = RecordsReader(
                    backfill=self.backfill, sight=self.sight, sources=self.records
                )
                group.create_task(reader.run(), name=f"records of {pbx}")

    async def _take_up(self) -> None:
        async with self.database.transaction() as connection:
            await sights.unwatched(connection, self.tracker.pbx, self.now())
            found = await recording.open_calls(connection, self.tracker.pbx)
            ours = await outgoing.going_on(connection, self.tracker.pbx)
            heard = await supervision_claims.going_on(connection, self.tracker.pbx)
        self.tracker.restore(found)
        self.recorder.take_up(found)
        for call in ours:
            self.tracker.dialling.restore(call)
        for one, linkedid in heard:
            self.tracker.supervising.restore(one, linkedid)

    async def _follow(self) -> None:
        while True:
            item = await self.link.take()
            self._is_idle = False
            async with self.backfill.turn:
                has_caught_up = await self._take_in(item)
            # The events behind a snapshot first: of the calls in them nothing has to be made up.
            if has_caught_up and self._snapshot is not None:
                self._ledger, self._snapshot = (self._snapshot, self.sight.mark), None
                self._ledger_due.set()
            self._is_idle = has_caught_up

    async def _take_in(self, item: Item) -> bool:
        """Track an item and those that wait behind it, and write what follows; tell whether none
        waits any more.
        """
        await self.writer.read_roster()
        self.tracker.roster = self.writer.roster
        facts, came_at = self._apply(item), _came_at(item)
        has_caught_up, was_asked = False, isinstance(item, Snapshot)
        for _ in range(ITEMS_TOGETHER):
            if len(facts) >= FACTS_TOGETHER:
                break
            if (more := self.link.take_ready()) is None:
                has_caught_up = True
                break
            item = more
            facts += self._apply(item)
            was_asked |= isinstance(item, Snapshot)
        facts = self.steering.marked(facts)
        if await self.writer.write(facts):
            self._let_be_erased(_answered_and_over(facts))
            if facts and came_at is not None:
                self.measure(max(0.0, (self.now() - came_at).total_seconds()))
        if any(isinstance(fact, SupervisionChanged) for fact in facts):
            self.supervisor.wake()  # what waited for its end may begin
        self.steering.see(
            self.tracker.queue_members, in_sight=self.tracker.in_sight, anew=was_asked
        )
        if isinstance(item, Batch):
            self._written_until = item.received_at
        return has_caught_up

    def _apply(self, item: Item) -> list[Fact]:
        if isinstance(item, Snapshot):
            self._snapshot = item
            if not self.tracker.in_sight:
                self.sight.begins()
        return self.tracker.apply(item)

    async def _take_ledgers(self) -> None:
        """Take the last ledger that was read, beside what is live: it may have very many notes."""
        while True:
            await self._ledger_due.wait()
            self._ledger_due.clear()
            if self._ledger is not None:
                (snapshot, mark), self._ledger = self._ledger, None
                await self._take_ledger(snapshot.answers, mark)

    async def _take_ledger(self, notes: Mapping[str, Noted] | None, mark: int) -> None:
        """Complete the calls that nobody saw, and let the notes be erased that are needed no more.

        Which those are is remembered while they are there, in case the PBX does not erase them.
        """
        if notes is None:
            await self.sight.silent(LEDGER, mark)
            return
        taken = await self.backfill.take(
            note for note in notes.values() if note.linkedid not in self._over
        )
        if self.tracker.in_sight or not taken.waiting:  # else some may be over, and are not known
            await self.sight.taken(LEDGER, mark)
        self._over &= notes.keys()
        self._let_be_erased(self._over | taken.done)

    def _let_be_erased(self, linkedids: Collection[str]) -> None:
        """These calls are over and committed: nobody needs their notes any more."""
        self._over.update(linkedids)
        self._to_erase.update(linkedids)
        self._erase_now.set()

    async def _erase(self) -> None:
        while True:
            await self._erase_now.wait()
            self._erase_now.clear()
            linkedids, self._to_erase = sorted(self._to_erase), set()
            try:
                await self._eraser.erase(self.link.send, linkedids)
            except AmiError as error:  # the next reading has them again
                log.info("ledger.not_erased", pbx=self.tracker.pbx, error=str(error))

    async def _be_seen(self) -> None:
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            try:
                await self.note_sight()
            except Exception as error:
                if not is_away(error):
                    raise

    async def note_sight(self) -> None:
        """Write until when all that the PBX said is committed, if it is in sight."""
        is_idle = self._is_idle and self.link.status.waiting_events == 0
        at = self.link.heard_until if is_idle else self._written_until
        if at is None or not self.tracker.in_sight:
            return
        async with asyncio.timeout(SEEN_EVERY_S), self.database.transaction() as connection:
            await sights.seen(connection, self.tracker.pbx, at)


def _came_at(item: Item) -> datetime | None:
    return item.received_at if isinstance(item, Batch) else None


def _answered_and_over(facts: Iterable[Fact]) -> set[str]:
    """The Linkedids of calls that were answered and are over: the ledger has a note of each."""
    return {
        fact.call.linkedid
        for fact in facts
        if isinstance(fact, CallChanged) and fact.change is Change.ENDED and fact.call.answered_at
    }
