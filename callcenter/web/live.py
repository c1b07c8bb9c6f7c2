"""The hub: what the journal gains reaches everybody who listens, in the journal's order.

The hub is a cursor over the journal, not a mailbox for writers: whoever committed entries calls
``notify``, and one task reads what follows the last number it knows. So the order is that of the
journal, and entries written by another process or instance arrive as well, at the next poll. Who
still has what was committed calls ``publish``: where it is what follows, it need not be read.

A listener is a cursor too, over the newest entries that the hub keeps in memory; one that is older
than those, because it was away or is slow, reads from the database until it has caught up. Nobody
has a queue that could overflow, and nothing is lost or given twice.
"""

import asyncio
import contextlib
import json
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias

import structlog

from callcenter.db import journal
from callcenter.db.engine import Database
from callcenter.db.journal import Entry
from callcenter.web.ring_groups import RingGroups
from webhooks import EventType

log = structlog.get_logger(__name__)

KEPT = 2_000
"""Entries kept in memory, some 4 kB each: minutes of a busy day. Who is further behind reads from
the database, so that a larger number would only save those reads."""

READ_LIMIT = 500
"""Entries in one read, so that a long catch-up holds no transaction for long."""

POLL_S = {"sqlite": 1.0, "postgresql": 0.05}
"""How late an entry of another process may be seen; it also bounds how long a fault lasts.

SQLite has one service, and commands beside it that write next to nothing. On PostgreSQL other
instances have calls of their own, whose cards are to appear as fast; one such read is cheap.
"""

FAULT_PAUSE_S = 2.0
"""After a read that failed: each is in the log with its traceback."""

ASIDES_KEPT = 200
"""Asides in memory: who is slower than so many does without."""

IDLE_S = 15.0
"""After this long without an entry a listener is given an empty batch."""


class LiveEntry:
    """An entry on its way to listeners; what is derived from it is derived once for all of them."""

    __slots__ = ("_agents", "_rendered", "entry")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._agents: frozenset[str] | None = None
        self._rendered: dict[Render, bytes] = {}

    @property
    def seq(self) -> int:
        """The entry's number in the journal."""
        return self.entry.seq

    def parse(self) -> dict[str, Any]:
        """The entry's data, read from JSON. It is not kept: it is ten times the text's size."""
        data: dict[str, Any] = json.loads(self.entry.data)
        return data

    @property
    def agents(self) -> frozenset[str]:
        """Logins of the agents who have a part in the call or the ticket."""
        if self._agents is None:
            data = self.parse()
            found = {leg["agent"] for leg in data.get("legs") or ()}
            found |= {data.get("primary_resource"), data.get("agent")}
            self._agents = frozenset(login for login in found if login)
        return self._agents

    def rendered(self, render: "Render") -> bytes:
        """What ``render`` makes of it, made once however many listeners there are."""
        if render not in self._rendered:
            self._rendered[render] = render(self)
        return self._rendered[render]


class Aside(LiveEntry):
    """Something that pages are told beside the journal: derived from it, and in no database.

    It has the line and the call that it is about, and its bytes on the wire; no number, so that
    nobody resumes behind it. Who is away when it is said asks anew.
    """

    __slots__ = ("_frame",)

    def __init__(self, about: Entry, agents: frozenset[str], frame: bytes) -> None:
        super().__init__(about)
        self._agents = agents
        self._frame = frame

    def rendered(self, render: "Render") -> bytes:  # noqa: ARG002  # it is rendered already
        """Its bytes, whoever asks."""
        return self._frame


Render: TypeAlias = Callable[[LiveEntry], bytes]
"""Makes an entry's bytes on the wire; equal ones must make equal bytes."""


class Hub:
    """Use as a context manager: it reads the journal from entry to exit."""

    def __init__(
        self, database: Database, *, kept: int = KEPT, poll_s: float | None = None
    ) -> None:
        self.ring_groups = RingGroups()
        self._database = database
        self._kept = kept
        self._poll_s = poll_s or POLL_S[database.engine.dialect.name]
        self._recent: list[LiveEntry] = []
        self._asides: deque[Aside] = deque(maxlen=ASIDES_KEPT)
        self._said = 0  # asides so far
        self._floor = 0  # every entry above this number is in ``_recent``
        self._last = 0
        self._wake = asyncio.Event()
        self._news = asyncio.Event()  # replaced by a new one each time it is set
        self._released = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.reload_ring_groups()
        async with self._database.reading() as connection:
            self._last = self._floor = await journal.last_seq(connection)
        self._task = asyncio.create_task(self._run(), name="live hub")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def last_seq(self) -> int:
        """The number of the newest entry that listeners were given."""
        return self._last

    def notify(self) -> None:
        """Say that entries were committed. Cheap; many calls may lead to one read."""
        self._wake.set()

    def publish(self, entries: Sequence[Entry]) -> None:
        """Pass on entries that were committed, in their order; as cheap as ``notify``.

        A number that follows the last one directly has nothing before it that is yet to be seen.
        Others, and those that must be acted on first, are left to be read.
        """
        follows = bool(entries) and entries[0].seq == self._last + 1
        if follows and not any(map(_changes_ring_groups, entries)):
            self._take(entries)
        else:
            self.notify()

    def say(self, aside: Aside) -> None:
        """Tell who listens to asides now; nobody else will hear it."""
        self._asides.append(aside)
        self._said += 1
        self._announce()

    def release(self) -> None:
        """End every subscription, and new ones at once: the server is going down."""
        self._released = True
        self._announce()

    async def reload_ring_groups(self) -> None:
        """Read again whose telephones ring for which line."""
        async with self._database.reading() as connection:
            await self.ring_groups.reload(connection)

    @asynccontextmanager
    async def subscribe(
        self, after: int | None = None, *, idle_s: float = IDLE_S, asides: bool = False
    ) -> AsyncIterator[AsyncIterator[list[LiveEntry]]]:
        """Give what follows number ``after``, in batches; None: what follows from now on.

        With ``asides`` those that are said from now on are among it, behind the entries.

        An empty batch says that nothing happened for ``idle_s``: time for a sign of life.
        A number that the journal has not reached, from a database that was since restored from a
        copy, counts as the newest.
        """
        if after is None:
            after = self._last
        elif after > self._last:
            async with self._database.reading() as connection:
                after = min(after, await journal.last_seq(connection))
        batches = self._batches(after, self._said if asides else None, idle_s)
        try:
            yield batches
        finally:
            await batches.aclose()

    async def _batches(
        self, cursor: int, heard: int | None, idle_s: float
    ) -> AsyncGenerator[list[LiveEntry]]:
        while not self._released:
            news = self._news
            batch = await self._following(cursor)
            cursor = batch[-1].seq if batch else cursor
            if heard is not None and heard < self._said:
                batch = [*batch, *list(self._asides)[heard - self._said :]]
                heard = self._said
            if batch:
                yield batch
            elif not await _set_within(news, idle_s):
                yield []

    async def _following(self, cursor: int) -> list[LiveEntry]:
        if cursor < self._floor:
            return [LiveEntry(entry) for entry in await self._read(cursor)]
        return self._recent[bisect_right(self._recent, cursor, key=lambda live: live.seq) :]

    async def _read(self, cursor: int) -> list[Entry]:
        async with self._database.reading(urgent=True) as connection:
            return await journal.after(connection, cursor, READ_LIMIT)

    async def _run(self) -> None:
        while True:
            await _set_within(self._wake, self._poll_s)
            self._wake.clear()
            try:
                await self._advance()
            except Exception:
                # The database is away, most likely. Whatever it is, the journal stays for the next
                # poll: every page depends on this task, and nobody would see it end.
                log.exception("live.read_failed", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _advance(self) -> None:
        while entries := await self._read(self._last):
            if any(map(_changes_ring_groups, entries)):
                await self.reload_ring_groups()
            # Some may have been published while they were read.
            self._take([entry for entry in entries if entry.seq > self._last])
            if len(entries) < READ_LIMIT:
                return

    def _take(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        self._recent.extend(map(LiveEntry, entries))
        self._last = entries[-1].seq
        self._trim()
        self._announce()

    def _trim(self) -> None:
        # Cut in pieces: each cut moves what is left.
        if len(self._recent) > self._kept + self._kept // 4:
            self._floor = self._recent[-self._kept - 1].seq
            del self._recent[: -self._kept]

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


def _changes_ring_groups(entry: Entry) -> bool:
    return entry.type in (EventType.RING_GROUP_CHANGED, EventType.SEAT_CHANGED)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
