"""Follow one PBX: what its link gives goes through the tracker into the database, in order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from callcenter.ami.link import PbxLink
from callcenter.calls.recorder import Recorder
from callcenter.core.facts import Fact
from callcenter.core.tracker import Tracker
from callcenter.db import agents, recording
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.leases import LeaseLostError

log = structlog.get_logger(__name__)

FACTS_TOGETHER = 500
"""Facts written in one transaction: enough to make commits cheap, few enough to stay quick."""

ITEMS_TOGETHER = 50
"""Items tracked before the event loop has its turn: most events lead to no fact at all."""

ROSTER_MAX_AGE = timedelta(seconds=5)
"""How late a telephone that was given to an agent is known to be his."""

RETRY_MIN_S, RETRY_MAX_S = 0.2, 5.0
"""Pause before facts are written again to a database that was away."""

WRITE_TIMEOUT_S = 60.0
"""After this a database that says nothing is taken to be away: its machine may be gone."""


@dataclass(kw_only=True)
class Follower:
    """Follows until cancelled, or until LeaseLostError where ``database`` is a fenced one.

    ``trouble`` is why facts wait to be written, None when none do.
    """

    link: PbxLink
    tracker: Tracker
    recorder: Recorder
    database: Database
    now: Callable[[], datetime]
    trouble: str | None = field(default=None, init=False)
    _agent_ids: Mapping[str, int] = field(default_factory=dict, init=False)
    _roster_read_at: datetime | None = field(default=None, init=False)

    async def run(self) -> None:
        """Take up the calls that were open, then follow."""
        await self._patiently(self._take_up)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.link.run(), name=f"link of {self.tracker.pbx}")
            group.create_task(self._follow(), name=f"calls of {self.tracker.pbx}")

    async def _take_up(self) -> None:
        async with self.database.reading() as connection:
            found = await recording.open_calls(connection, self.tracker.pbx)
        self.tracker.restore(found)
        self.recorder.take_up(found)

    async def _follow(self) -> None:
        while True:
            facts = await self._facts()
            for start in range(0, len(facts), FACTS_TOGETHER):
                await self._record(facts[start : start + FACTS_TOGETHER])

    async def _facts(self) -> list[Fact]:
        """What follows from the next item, and from those that wait behind it."""
        item = await self.link.take()
        await self._read_roster()
        facts = self.tracker.apply(item)
        for _ in range(ITEMS_TOGETHER):
            if len(facts) >= FACTS_TOGETHER or (more := self.link.take_ready()) is None:
                break
            facts += self.tracker.apply(more)
        return facts

    async def _read_roster(self) -> None:
        now = self.now()
        if self._roster_read_at is not None and now - self._roster_read_at < ROSTER_MAX_AGE:
            return
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S), self.database.reading() as connection:
                roster = await agents.by_interface(connection)
                self._agent_ids = await agents.ids(connection)
        except Exception:
            log.warning("roster.unread", pbx=self.tracker.pbx, exc_info=True)
            return  # the last one serves; whatever is recorded now waits for the database anyhow
        self._roster_read_at = now
        self.tracker.roster = {telephone: holder.login for telephone, holder in roster.items()}

    async def _record(self, facts: Sequence[Fact]) -> None:
        """Write the facts, however long the database is away."""
        try:
            await self._patiently(partial(self.recorder.record, facts, self._agent_ids))
        except LeaseLostError:
            raise  # another instance follows this PBX now
        except Exception:
            # One of the facts cannot be written. The others must not suffer for it.
            log.exception("calls.refused_together", pbx=self.tracker.pbx, facts=len(facts))
            await self._record_singly(facts)

    async def _record_singly(self, facts: Sequence[Fact]) -> None:
        self._roster_read_at = None  # it may be an agent who is no more
        await self._read_roster()
        for fact in facts:
            try:
                await self._patiently(partial(self.recorder.record, [fact], self._agent_ids))
            except LeaseLostError:
                raise
            except Exception:
                # The call's next fact carries all of its state, so nothing but this is missed.
                log.exception("calls.refused", pbx=self.tracker.pbx, fact=type(fact).__name__)

    async def _patiently(self, do: Callable[[], Awaitable[None]]) -> None:
        """Do it, again and again while the database is away; raises what it refuses."""
        pause = RETRY_MIN_S
        while True:
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await do()
            except Exception as error:
                if not is_away(error):
                    self.trouble = None
                    raise
                self.trouble = f"the database does not take calls: {type(error).__name__}"
                log.exception("calls.waiting", pbx=self.tracker.pbx, pause_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MAX_S)
            else:
                self.trouble = None
                return
