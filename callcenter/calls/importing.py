"""Brings calls of before our time into the database, beside a service that may be at work.

They owe no ticket, nobody is called back for them, and nobody is told: they are there to be looked
up and to be counted. What the service itself saw, or was away from and has to catch up with, is its
own: no call from then on is imported. A call that is known is left alone, so that importing again,
or on after a crash, makes no double.

Calls are written a slice at a time, each with the marks of the days to be counted anew, in one
transaction. Counting them is the service's.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from callcenter.calls.counting import DAY_AFTER
from callcenter.core.call import Call
from callcenter.core.identity import normalise
from callcenter.core.slots import slot_of
from callcenter.db import agents, directory, history
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.recording import Caller

ALONE = 4_000
"""Calls of a transaction where nobody else is at work: fewer commits, and fewer pages written."""

BESIDE = 250
"""The same beside a service, which cannot write to SQLite meanwhile."""

REST = 1.0
"""Beside a service, how long the database is left to it, in times of what the last slice took."""

RETRIES = 5
RETRY_S = 1.0
"""A database that is away is asked so often again, after so long each time."""


@dataclass(frozen=True, slots=True)
class ImportedLine:
    """What importing needs to know of a line: where its callers are, and its days."""

    country: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Bounds:
    """Calls that began from ``since`` until before ``until`` are imported, as far as they began
    before ``ours_since``."""

    since: datetime | None = None
    until: datetime | None = None
    ours_since: datetime | None = None

    def why_not(self, at: datetime) -> str | None:
        """Why a call that began then is left out."""
        if self.ours_since is not None and at >= self.ours_since:
            return OURS
        is_in = (self.since is None or at >= self.since) and (self.until is None or at < self.until)
        return None if is_in else OUTSIDE


OURS = "began when the service followed this PBX itself"
OUTSIDE = "began before --from or after --until"


@dataclass(kw_only=True)
class Importer:
    """Of one PBX. ``is_beside`` tells whether a service is at work on this SQLite file now.

    ``only_looks``: nothing is written. ``imported`` has calls by outcome, ``left_out`` by reason.
    """

    database: Database
    lines: Mapping[str, ImportedLine]
    now: Callable[[], datetime]
    bounds: Bounds = Bounds()
    is_beside: Callable[[], bool] = lambda: False
    only_looks: bool = False
    imported: Counter[str] = field(default_factory=Counter, init=False)
    known: int = field(default=0, init=False)
    left_out: Counter[str] = field(default_factory=Counter, init=False)
    _taken: set[str] = field(default_factory=set, init=False)
    _callers: dict[tuple[str, str], Caller] = field(default_factory=dict, init=False)
    _agent_ids: Mapping[str, int] = field(default_factory=dict, init=False)

    async def begin(self) -> None:
        """Get ready."""
        await history.make_room(self.database)
        async with self.database.reading() as connection:
            self._agent_ids = await agents.ids(connection)

    async def take(self, found: Sequence[Call]) -> None:
        """Write those of these calls that are to be imported and are not known. What was taken
        from another kind of records before is passed over."""
        wanted = []
        for call in found:
            if call.linkedid in self._taken:
                continue
            self._taken.add(call.linkedid)
            reason = self.bounds.why_not(call.started_at)
            if reason is None:
                wanted.append(call)
            else:
                self.left_out[reason] += 1
        rest = iter(wanted)
        while some := list(islice(rest, BESIDE if self.is_beside() else ALONE)):
            await self._take(some)

    async def end(self) -> int:
        """Let the figures be counted now; how many days of lines there are to count."""
        if self.only_looks or not self.imported:
            return 0
        async with self.database.transaction() as connection:
            return await history.hasten(connection, self.lines, to=self.now() - DAY_AFTER)

    async def _take(self, some: Sequence[Call]) -> None:
        began = asyncio.get_running_loop().time()
        if self.only_looks:
            async with self.database.reading() as connection:
                there = await history.known(connection, [call.id for call in some])
            new = [call for call in some if call.id not in there]
        else:
            new = await self._written(some)
        self.known += len(some) - len(new)
        self.imported.update(call.outcome.value for call in new if call.outcome)
        if self.is_beside() and not self.only_looks:
            await asyncio.sleep((asyncio.get_running_loop().time() - began) * REST)

    async def _written(self, some: Sequence[Call]) -> list[Call]:
        for tried in range(RETRIES):
            try:
                return await self._write(some)
            except IntegrityError:  # a company or an agent was removed meanwhile
                self._callers.clear()
                await self.begin()
                if tried:
                    raise
            except Exception as error:
                if not is_away(error):
                    raise
                await asyncio.sleep(RETRY_S)
        return await self._write(some)

    async def _write(self, some: Sequence[Call]) -> list[Call]:
        callers = await self._who_called(some)
        async with self.database.transaction() as connection:
            new = await history.add(connection, some, callers, self._agent_ids)
            days: defaultdict[str, set[int]] = defaultdict(set)
            for call in new:
                days[call.line].add(slot_of(call.started_at, self.lines[call.line].zone).day)
            await history.mark(connection, days, now=self.now())
        return new

    async def _who_called(self, some: Sequence[Call]) -> dict[str, Caller]:
        """Whose each number is, asked once for each."""
        keys = {(call.caller_raw, self.lines[call.line].country) for call in some}
        new = {key: normalise(key[0], country=key[1]) for key in keys - self._callers.keys()}
        wanted = {e164 for e164 in new.values() if e164}
        if wanted:
            async with self.database.reading() as connection:
                matches = await directory.match(connection, wanted)
        else:
            matches = {}
        for key, e164 in new.items():
            match = matches.get(e164 or "")
            contacts = tuple(one.id for one in match.contacts) if match else ()
            self._callers[key] = Caller(e164, match.company_id if match else None, contacts)
        return {
            call.id: self._callers[call.caller_raw, self.lines[call.line].country] for call in some
        }
