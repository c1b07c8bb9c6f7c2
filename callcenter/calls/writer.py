"""Facts into the database, however long it is away, and past what it refuses."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from callcenter.calls.recorder import Recorder
from callcenter.core.facts import Fact
from callcenter.db import agents
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.leases import LeaseLostError

log = structlog.get_logger(__name__)

FACTS_TOGETHER = 500
"""Facts written in one transaction: enough to make commits cheap, few enough to stay quick."""

ROSTER_MAX_AGE = timedelta(seconds=5)
"""How late a telephone that was given to an agent is known to be his."""

RETRY_MIN_S, RETRY_MAX_S = 0.2, 5.0
"""Pause before facts are written again to a database that was away."""

WRITE_TIMEOUT_S = 60.0
"""After this a database that says nothing is taken to be away: its machine may be gone."""

T = TypeVar("T")


@dataclass(kw_only=True)
class Writer:
    """Writes what is found out about one PBX. One writer at a time: see ``Backfill``.

    ``trouble`` is why facts wait to be written, None when none do. ``roster`` has logins by
    interface, as they were a moment ago.
    """

    pbx: str
    recorder: Recorder
    database: Database
    now: Callable[[], datetime]
    trouble: str | None = field(default=None, init=False)
    roster: Mapping[str, str] = field(default_factory=dict, init=False)
    _agent_ids: Mapping[str, int] = field(default_factory=dict, init=False)
    _roster_read_at: datetime | None = field(default=None, init=False)
    _has_roster: bool = field(default=False, init=False)

    async def read_roster(self) -> None:
        """Look who has which telephone, if that was not done a moment ago."""
        now = self.now()
        is_fresh = self._roster_read_at is not None and (
            abs(now - self._roster_read_at) < ROSTER_MAX_AGE
        )
        if is_fresh:
            return
        try:
            if self._has_roster:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    await self._read_roster()
            else:  # in none at all nobody is found who answers, and that would be recorded
                await self.patiently(self._read_roster)
        except Exception:
            log.warning("roster.unread", pbx=self.pbx, exc_info=True)
            return  # the last one serves; whatever is recorded now waits for the database anyhow
        self._roster_read_at, self._has_roster = now, True

    async def _read_roster(self) -> None:
        async with self.database.reading(urgent=True) as connection:
            roster = await agents.by_interface(connection)
            self._agent_ids = await agents.ids(connection)
        self.roster = {telephone: holder.login for telephone, holder in roster.items()}

    async def write(self, facts: Sequence[Fact]) -> bool:
        """Write the facts, and tell whether all are there. Those that are refused are logged."""
        are_there = True
        for start in range(0, len(facts), FACTS_TOGETHER):
            are_there &= await self._write(facts[start : start + FACTS_TOGETHER])
        return are_there

    async def patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, again and again while the database is away; raises what it refuses."""
        pause = RETRY_MIN_S
        while True:
            try:
                async with asyncio.timeout(WRITE_TIMEOUT_S):
                    done = await do()
            except Exception as error:
                if not is_away(error):
                    self.trouble = None
                    raise
                self.trouble = f"the database does not take calls: {type(error).__name__}"
                log.exception("calls.waiting", pbx=self.pbx, pause_s=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MAX_S)
            else:
                self.trouble = None
                return done

    async def _write(self, facts: Sequence[Fact]) -> bool:
        try:
            await self.patiently(partial(self.recorder.record, facts, self._agent_ids))
        except LeaseLostError:
            raise  # another instance follows this PBX now
        except Exception:
            # One of the facts cannot be written. The others must not suffer for it.
            log.exception("calls.refused_together", pbx=self.pbx, facts=len(facts))
            await self._write_singly(facts)
            return False
        return True

    async def _write_singly(self, facts: Sequence[Fact]) -> None:
        self._roster_read_at = None  # it may be an agent who is no more
        await self.read_roster()
        for fact in facts:
            try:
                await self.patiently(partial(self.recorder.record, [fact], self._agent_ids))
            except LeaseLostError:
                raise
            except Exception:
                # The call's next fact carries all of its state, so nothing but this is missed.
                log.exception("calls.refused", pbx=self.pbx, fact=type(fact).__name__)
