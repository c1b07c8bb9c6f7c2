"""The link to one PBX: connected for ever, and everything it says in order."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import NoReturn

import structlog

from callcenter.ami.action import Reply
from callcenter.ami.backoff import delay_s
from callcenter.ami.endpoint import Endpoint
from callcenter.ami.errors import (
    AmiError,
    AmiLoginError,
    AmiLostError,
    AmiRefusedError,
    AmiTlsError,
)
from callcenter.ami.inbox import HIGH_WATER_EVENTS, LOW_WATER_EVENTS, Inbox, Item
from callcenter.ami.ledger import LedgerReader
from callcenter.ami.manager import AmiManager
from callcenter.ami.protocol import Traffic, wanted_lines
from callcenter.ami.snapshot import take_snapshot
from callcenter.ami.status import LinkCounters, LinkStatus, State
from callcenter.ami.timing import DEFAULT_TIMING, Timing
from callcenter.core.pbx import Batch, OutOfSight

SNAPSHOT_EVERY_S = 60.0
"""The ledger is read as often: so long may a note stay there that could not be erased at once."""

HARD_LIMIT = 2
"""Times the high water: up to here reading goes on while somebody waits for an answer, which may
be the consumer itself."""

BOOTED = "FullyBooted"
"""After our first question: the PBX let us in before its queues were loaded."""

REFUSALS = AmiLoginError, AmiTlsError, AmiRefusedError

_log = structlog.get_logger()


class PbxLink:
    """Give what one PBX says, strictly in order, over as many connections as it takes.

    Each time the PBX comes into sight a ``Snapshot`` is given, and after it every event that came
    since its first question was sent; each time it goes out of sight, one ``OutOfSight``. Events
    of a connection that broke before its snapshot was whole are given too, after the OutOfSight.

    Nothing is ever dropped: when the consumer is slow, reading from the socket pauses, and
    Asterisk's ``writetimeout`` decides how long that may last before it cuts the connection.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        wanted: frozenset[str],
        now: Callable[[], datetime],
        random: Random,
        snapshot_every_s: float = SNAPSHOT_EVERY_S,
        high_water: int = HIGH_WATER_EVENTS,
        low_water: int = LOW_WATER_EVENTS,
        timing: Timing = DEFAULT_TIMING,
    ) -> None:
        """``wanted`` names the events to keep; ``now`` gives aware times; sizes are in events."""
        self.endpoint = endpoint
        self._wanted = wanted_lines(wanted)
        self._now = now
        self._timing = timing
        self._random = random
        self._snapshot_every_s = snapshot_every_s
        self._hard_limit = high_water * HARD_LIMIT
        self._inbox = Inbox(high_water, low_water)
        self._ledger = LedgerReader(endpoint.name)
        self._manager: AmiManager | None = None  # only while logged in
        self._asking = 0
        self._snapshot_due = asyncio.Event()
        self._traffic = Traffic()
        self._counters = LinkCounters()
        self._state: State = "connecting"
        self._since = now()
        self._last_error: str | None = None
        self._loop = asyncio.get_running_loop()
        self._log = _log.bind(pbx=endpoint.name)

    @property
    def status(self) -> LinkStatus:
        """What is known of the link right now."""
        traffic = self._traffic
        counters = replace(
            self._counters,
            bytes=traffic.bytes,
            messages=traffic.messages,
            events=traffic.events,
            stray_replies=traffic.stray_replies,
        )
        return LinkStatus(
            state=self._state,
            since=self._since,
            last_error=self._last_error,
            waiting_events=self._inbox.size,
            full=self._inbox.full,
            counters=counters,
        )

    @property
    def heard_until(self) -> datetime:
        """The last sign of life of the connection that is in sight, or was."""
        return self._now() - timedelta(seconds=self._loop.time() - self._traffic.heard_at)

    async def take(self) -> Item:
        """Wait for the next item; one consumer only."""
        item = await self._inbox.take()
        self._adjust_reading()
        return item

    def take_ready(self) -> Item | None:
        """The next item, if there is one already."""
        item = self._inbox.take_ready()
        if item is not None:
            self._adjust_reading()
        return item

    async def send(self, action: Mapping[str, str], *, timeout_s: float | None = None) -> Reply:
        """Send an action once, and give its reply, ``Response: Error`` included.

        Raises :class:`AmiActionError` before anything is sent, :class:`AmiLostError` when there
        is no connection or it breaks, :class:`AmiTimeoutError`; after these two the action may
        have been done.
        """
        if self._manager is None:
            raise AmiLostError(f"{self.endpoint.name} is not connected")
        return await self._ask(self._manager, action, timeout_s)

    async def _ask(
        self, manager: AmiManager, action: Mapping[str, str], timeout_s: float | None = None
    ) -> Reply:
        """Send an action, and read on until it is answered."""
        self._asking += 1
        self._adjust_reading()
        try:
            return await manager.request(action, timeout_s)
        finally:
            self._asking -= 1
            self._adjust_reading()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        failures = 0
        while True:
            await self._inbox.room()
            started = self._loop.time()
            try:
                await self._connection()
            except AmiError as error:
                stable = self._loop.time() - started > self._timing.stable_s
                failures = 1 if stable else failures + 1
                refused = isinstance(error, REFUSALS)
                self._over(error, refused=refused)
            pause_s = delay_s(failures, refused=refused, timing=self._timing, random=self._random)
            await asyncio.sleep(pause_s)

    async def _connection(self) -> NoReturn:
        """Live one connection; ends by raising why it is over."""
        manager = AmiManager(
            self.endpoint, self._timing, self._wanted, self._traffic, self._received
        )
        self._inbox.hold()
        try:
            await manager.open()
            self._count(logins=1)
            self._manager = manager
            self._snapshot_due.set()
            await self._live(manager)
        finally:
            self._manager = None
            self._inbox.release(None)
            await manager.shut()

    async def _live(self, manager: AmiManager) -> NoReturn:
        """Watch a connection and take its snapshots until it is over; raises why."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(manager.watch()),
                group.create_task(self._snapshots(manager)),
            ]
            await asyncio.wait([manager.lost])
            for task in tasks:
                task.cancel()
        raise manager.lost.result()

    async def _snapshots(self, manager: AmiManager) -> None:
        """Take a snapshot whenever one is due, and every ``snapshot_every_s``."""
        while not manager.lost.done():
            try:
                async with asyncio.timeout(self._snapshot_every_s):
                    await self._snapshot_due.wait()
            except TimeoutError:
                await self._inbox.room()
            try:
                await self._snapshot(manager)
            except AmiError as error:
                manager.abort(error)
                return

    async def _snapshot(self, manager: AmiManager) -> None:
        self._snapshot_due.clear()
        self._inbox.hold()
        ask = partial(self._ask, manager)
        snapshot = await take_snapshot(ask, self._now, self._ledger)
        self._inbox.release(snapshot)
        self._count(snapshots=1)
        self._seen()

    def _received(self, events: list[dict[str, str]]) -> None:
        """Take the events of one read from the socket."""
        self._inbox.put(Batch(self._now(), tuple(events)))
        if any(event["Event"] == BOOTED for event in events):
            self._snapshot_due.set()  # a snapshot that begins only now is the one that is due
        self._adjust_reading()

    def _adjust_reading(self) -> None:
        """Pause reading when the inbox is full, resume it when there is room again."""
        manager = self._manager
        if manager is None:
            return
        full = self._inbox.full
        pause = full and (not self._asking or self._inbox.size >= self._hard_limit)
        if pause and not manager.paused:
            self._count(pauses=1)
            self._log.warning("ami reading paused", waiting_events=self._inbox.size)
        elif manager.paused and not full:
            self._log.info("ami reading resumed", waiting_events=self._inbox.size)
        manager.read(not pause)

    def _seen(self) -> None:
        if self._state != "in sight":
            self._state, self._since = "in sight", self._now()
            self._log.info("pbx in sight")

    def _over(self, error: AmiError, *, refused: bool) -> None:
        """Note why there is no connection, and tell the consumer if there was one in sight."""
        self._last_error = str(error)
        self._count(refusals=int(refused))
        now = self._now()
        if self._state == "in sight":
            self._count(losses=1)
            self._inbox.put(OutOfSight(since=self.heard_until, reason=str(error)))
            self._state, self._since = "out of sight", now
        if refused and self._state != "refused":
            self._state, self._since = "refused", now
        say = self._log.error if refused else self._log.warning
        say("pbx out of reach", code=error.code, error=str(error))

    def _count(self, **more: int) -> None:
        counts = {name: getattr(self._counters, name) + by for name, by in more.items()}
        self._counters = replace(self._counters, **counts)
