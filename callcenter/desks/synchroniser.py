"""Reading a desk's directory into ours: the whole first, and then what changes.

Each kind of entry has its own pass, a page of the desk at a time. What a page brings is written in
short transactions, the last of them with the position: whoever goes on after a crash reads at most
one page again, which changes nothing. No desk tells what was deleted. So the whole is read again
once a day, and what it does not have any more is gone.

Whichever instance has the desk's lease does this: nothing is claimed.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.entry import Entry, Kind
from callcenter.core.retry import delay_s
from callcenter.db import clock, desk_entries, desk_passes
from callcenter.db.desk_entries import Link
from callcenter.db.desk_passes import Pass
from callcenter.db.engine import Database
from callcenter.db.parting import part
from callcenter.db.taking_in import Taking
from callcenter.desks.desk import (
    Confirms,
    DeskError,
    HasDirectory,
    RateLimitedError,
    ReadsWhole,
    RefusedError,
)
from callcenter.desks.patience import patiently

log = structlog.get_logger(__name__)

BATCH = 25
"""Entries of one transaction. SQLite has one writer, and a call that rings waits behind it."""

CHANGES_EVERY = timedelta(minutes=5)
WHOLE_EVERY = timedelta(days=1)

OVERLAP = timedelta(minutes=10)
"""So much is asked for again: the desk's clock may be another one than ours."""

IDLE_S = 5.0
"""How late it is noticed that somebody wants all read again."""

LOSS_MAX, LOSS_MAX_PART = 20, 0.25
"""More than both is not removed before somebody says so: an account that lost a right sees less,
too."""


@dataclass(kw_only=True)
class Synchroniser:
    """Of one desk. ``country`` says how to read numbers without theirs."""

    desk: HasDirectory
    country: str
    random: Random
    shared_now: clock.SharedClock = clock.now
    monotonic: Callable[[], float] = time.monotonic
    _failures: int = field(default=0, init=False)
    _held_until: float = field(default=float("-inf"), init=False)

    async def work(self, database: Database) -> None:
        """Keep ours as the desk's, until cancelled. An error of the database is waited out."""
        while True:
            await patiently(lambda: self.turn(database))
            await asyncio.sleep(IDLE_S)

    async def turn(self, database: Database) -> None:
        """Bring each kind up to date, where it is time for it."""
        if self.monotonic() < self._held_until:
            return
        is_refused = False
        for kind in self.desk.kinds:
            try:
                await self._kind(database, kind)
            except DeskError as error:
                await self._failed(database, kind, error)
                is_refused = True
                if not isinstance(error, RefusedError):
                    return  # the others would fare alike
        if not is_refused:
            self._failures = 0

    async def _kind(self, database: Database, kind: Kind) -> None:
        going = await self._going(database, kind)
        if going is None:
            return
        while not going.is_read:
            going = await self._read_page(database, going)
        kept = await self._remove_gone(database, going) if going.is_whole else 0
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            await desk_passes.end(connection, going, kept=kept, now=now)
        log.info("directory.read", desk=self.desk.name, kind=kind, whole=going.is_whole)

    async def _going(self, database: Database, kind: Kind) -> Pass | None:
        """The pass to go on with; a new one where it is time for it."""
        async with database.reading() as connection:
            last = await desk_passes.get(connection, self.desk.name, kind)
            now = await self.shared_now(connection)
        if last is not None and last.ended_at is None:
            return last
        if last is not None and not self._is_due(last, now):
            return None
        since = None
        if last is not None and last.known_at is not None and not self._is_whole_due(last, now):
            since = last.known_at - OVERLAP
        number = last.number + 1 if last else 1
        async with database.transaction() as connection:
            name = self.desk.name
            await desk_passes.begin(connection, name, kind, number=number, since=since, now=now)
            return await desk_passes.required(connection, name, kind)

    async def _read_page(self, database: Database, going: Pass) -> Pass:
        """Take in one page, a few entries at a time, and give the pass as it is then."""
        page = await self.desk.entries(going.kind, going.since, going.position)
        rest = list(page.entries)
        while True:
            batch, rest = rest[:BATCH], rest[BATCH:]
            async with database.transaction() as connection:
                counts = await (await self._taking(connection, going)).take(batch)
                if rest:
                    await desk_passes.advance(connection, going, counts)
                    continue
                await desk_passes.advance(connection, going, counts, page.after)
                if page.after is None:
                    await desk_passes.read(connection, going)
                return await desk_passes.required(connection, going.desk, going.kind)

    async def _remove_gone(self, database: Database, going: Pass) -> int:
        """Remove what the whole has not any more; where that is too much, give how much it is."""
        async with database.reading() as connection:
            there, gone = await desk_entries.count(
                connection, going.desk, going.kind, number=going.number
            )
        if gone > max(LOSS_MAX, there * LOSS_MAX_PART) and not going.may_remove:
            log.warning("directory.loss", desk=going.desk, kind=going.kind, gone=gone, of=there)
            return gone
        while await self._remove_some(database, going) == BATCH:
            pass
        return 0

    async def _remove_some(self, database: Database, going: Pass) -> int:
        async with database.reading() as connection:
            missing = await desk_entries.gone(
                connection, going.desk, going.kind, number=going.number, limit=BATCH
            )
        there = await self._still_there(missing)
        found = {one.id for one in there}
        gone = [link for link in missing if link.external_id not in found]
        async with database.transaction() as connection:
            counts = await (await self._taking(connection, going)).take(there)
            for link in await desk_entries.still(connection, gone):
                await part(connection, link)
            await desk_passes.advance(connection, going, counts + Counter(removed=len(gone)))
        return len(missing)

    async def _still_there(self, missing: Sequence[Link]) -> list[Entry]:
        if not isinstance(self.desk, Confirms):
            return []
        asked = [await self.desk.entry(one.kind, one.external_id) for one in missing]
        return [entry for entry in asked if entry is not None]

    async def _taking(self, connection: AsyncConnection, going: Pass) -> Taking:
        return Taking(
            connection=connection,
            desk=going.desk,
            number=going.number,
            country=self.country,
            now=await self.shared_now(connection),
        )

    async def _failed(self, database: Database, kind: Kind, error: DeskError) -> None:
        self._failures += 1
        asked_s = error.after_s or 0.0 if isinstance(error, RateLimitedError) else 0.0
        wait_s = delay_s(self._failures, self.random, at_least_s=asked_s)
        self._held_until = self.monotonic() + wait_s
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            await desk_passes.failed(connection, self.desk.name, kind, error=str(error), now=now)
        log.warning("directory.not_read", desk=self.desk.name, kind=kind, code=error.code)

    def _is_due(self, last: Pass, now: datetime) -> bool:
        tells = not isinstance(self.desk, ReadsWhole)
        return self._is_whole_due(last, now) or (tells and now - last.began_at >= CHANGES_EVERY)

    def _is_whole_due(self, last: Pass, now: datetime) -> bool:
        every = self.desk.whole_every if isinstance(self.desk, ReadsWhole) else WHOLE_EVERY
        return last.whole_at is None or now - last.whole_at >= every
