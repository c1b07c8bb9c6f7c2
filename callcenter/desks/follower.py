"""Following one desk over a network: what becomes of its tickets, and what is yet to be said there.

It tells by webhook, which is a hint: the event is kept before the desk has its answer, and the
ticket is read here. What its webhooks lost is found by asking for all that changed since the last
time, which is kept together with the changes. Both end in the same list, each change once.

Whichever instance has the desk's lease does this: nothing is claimed.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import structlog

from callcenter.core.hook import digest_of
from callcenter.core.retry import delay_s
from callcenter.db import clock, desk_events, desk_polls, desk_writes, following
from callcenter.db.desk_events import NewEvent, Waiting
from callcenter.db.desk_writes import Owed
from callcenter.db.engine import Database
from callcenter.db.following import Found, Outcome
from callcenter.desks.desk import (
    Changed,
    Desk,
    DeskError,
    DeskTicket,
    RateLimitedError,
    Reads,
    RefusedError,
    TicketState,
    Writes,
)
from callcenter.desks.patience import patiently
from callcenter.desks.scribe import Scribe

log = structlog.get_logger(__name__)

BATCH = 20
"""Tickets looked at, or written into, before the database is asked for more."""

IDLE_S = 2.0
"""How late a webhook is found that another instance was sent."""

FIRST_SPAN = timedelta(days=7)
"""How far back the changes are asked for the first time."""

OVERLAP = timedelta(seconds=120)
"""So much is asked for again: a change may become visible after a later one, and a ticket may
change before the job that made it has noted it."""

UNKNOWN_FOR_S = 120.0
"""After this a webhook is looked at again whose ticket paid no debt, for the same reason."""


@dataclass(kw_only=True)
class DeskFollower:
    """Of one desk. ``committed`` is called after each commit that was journalled, ``owed`` after
    one with a debt that is open again. Times that are kept are of the clock that instances share.
    """

    desk: Desk
    poll_s: float
    random: Random
    committed: Callable[[], None]
    owed: Callable[[], None]
    shared_now: clock.SharedClock = clock.now
    monotonic: Callable[[], float] = time.monotonic
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _poll_at: float = field(default=float("-inf"), init=False)
    _held_until: float = field(default=float("-inf"), init=False)  # it wants to be left alone

    def wake(self) -> None:
        """There may be a ticket to look at, or something to say."""
        self._wake.set()

    async def work(self, database: Database) -> None:
        """Follow the desk until cancelled. An error of the database is waited out."""
        await patiently(lambda: self._begin(database))
        while True:
            self._wake.clear()
            if not await patiently(lambda: self.turn(database)):
                await self._idle()

    async def turn(self, database: Database) -> bool:
        """Do what it is time for; whether there may be more at once."""
        if self.monotonic() < self._held_until:
            return False
        try:
            if isinstance(self.desk, Reads):
                await self._poll_in_time(database, self.desk)
                if await self._look(database, self.desk):
                    return True
            return isinstance(self.desk, Writes) and await self._write(database, self.desk)
        except RateLimitedError as error:
            self._held_until = self.monotonic() + delay_s(
                1, self.random, at_least_s=error.after_s or 0.0
            )
            return False

    async def poll(self, database: Database, desk: Reads) -> None:
        """Keep all that changed since the last time. Raises DeskError."""
        async with database.reading() as connection:
            known = await desk_polls.position(connection, self.desk.name)
            now = await self.shared_now(connection)
        since = known - OVERLAP if known else now - FIRST_SPAN
        while True:
            changes = await desk.changed(since)
            if not changes:
                return
            await self._keep(database, changes)
            if changes[-1].at <= since:
                return
            since = changes[-1].at

    # -- what became of its tickets ----------------------------------------------------------------

    async def _poll_in_time(self, database: Database, desk: Reads) -> None:
        if self.monotonic() < self._poll_at:
            return
        self._poll_at = self.monotonic() + self.poll_s
        try:
            await self.poll(database, desk)
        except RateLimitedError:
            raise
        except DeskError as error:
            log.warning("desk.not_polled", desk=self.desk.name, code=error.code)

    async def _keep(self, database: Database, changes: Sequence[Changed]) -> None:
        """Of tickets that paid for a call here; of all that there are, how far they were seen."""
        name = self.desk.name
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            ours = await following.ours(connection, name, {one.number for one in changes})
            events = [NewEvent(_id_of(one), one.number) for one in changes if one.number in ours]
            await desk_events.add(connection, name, events, now=now)
            known = await desk_polls.position(connection, name)
            position = max(changes[-1].at, known or changes[-1].at)
            await desk_polls.keep(connection, name, position)

    async def _look(self, database: Database, desk: Reads) -> bool:
        async with database.reading() as connection:
            now = await self.shared_now(connection)
            found = await desk_events.waiting(connection, self.desk.name, now=now, limit=BATCH)
        for one in found:
            await self._look_at(database, desk, one)
        return len(found) == BATCH

    async def _look_at(self, database: Database, desk: Reads, event: Waiting) -> None:
        async with database.reading() as connection:
            ours = await following.ours(connection, self.desk.name, [event.number])
        if not ours:
            await self._pass_over(database, event)
            return
        try:
            ticket = await desk.get(event.number)
        except DeskError as error:
            await self._look_again(database, event, error)
            if isinstance(error, RateLimitedError):
                raise
            return
        outcome = await self._take_in(database, event, ticket)
        if outcome.is_changed:
            self.committed()
            log.info("desk.followed", desk=self.desk.name, ticket=event.number)
        if outcome.is_owed:
            self.owed()

    async def _take_in(
        self, database: Database, event: Waiting, ticket: DeskTicket | None
    ) -> Outcome:
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            where = self.desk.name, event.number
            if ticket is None:
                outcome = await following.gone(connection, *where, now=now)
            else:
                is_closed = ticket.state is TicketState.CLOSED
                found = Found(number=ticket.ref.number, url=ticket.ref.url, is_closed=is_closed)
                is_written = isinstance(self.desk, Writes)
                outcome = await following.seen(
                    connection, *where, found, now=now, is_written=is_written
                )
            await desk_events.done(connection, self.desk.name, event)
        return outcome

    async def _pass_over(self, database: Database, event: Waiting) -> None:
        async with database.transaction() as connection:
            if event.attempts:
                await desk_events.done(connection, self.desk.name, event)
                return
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=UNKNOWN_FOR_S)
            error = "no call here has this ticket"
            await desk_events.put_off(
                connection, self.desk.name, event, error=error, now=now, until=until
            )

    async def _look_again(self, database: Database, event: Waiting, error: DeskError) -> None:
        wait_s = self._wait_s(event.attempts, error)
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=wait_s)
            await desk_events.put_off(
                connection, self.desk.name, event, error=str(error), now=now, until=until
            )
        log.warning("desk.not_read", desk=self.desk.name, code=error.code, wait_s=wait_s)

    # -- what is yet to be said there --------------------------------------------------------------

    async def _write(self, database: Database, desk: Writes) -> bool:
        async with database.reading() as connection:
            now = await self.shared_now(connection)
            found = await desk_writes.due(connection, self.desk.name, now=now, limit=BATCH)
        scribe = Scribe(desk=self.desk, database=database, shared_now=self.shared_now)
        for one in found:
            try:
                await scribe.say(desk, one)
            except DeskError as error:
                await self._not_said(database, one, error)
                if isinstance(error, RateLimitedError):
                    raise
        return len(found) == BATCH

    async def _not_said(self, database: Database, owed: Owed, error: DeskError) -> None:
        async with database.transaction() as connection:
            if isinstance(error, RefusedError):
                await desk_writes.stick(connection, owed.call_id, error=str(error))
            else:
                wait_s = self._wait_s(owed.attempts, error)
                now = await self.shared_now(connection)
                until = now + timedelta(seconds=wait_s)
                await desk_writes.put_off(
                    connection, owed.call_id, error=str(error), now=now, until=until
                )
        log.warning("desk.not_written", desk=self.desk.name, call=owed.call_id, code=error.code)

    # -- its turns ---------------------------------------------------------------------------------

    async def _begin(self, database: Database) -> None:
        """What was refused is tried once more: the configuration may have been mended."""
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            await desk_writes.unstick(connection, self.desk.name, now=now)

    async def _idle(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDLE_S):
                await self._wake.wait()

    def _wait_s(self, attempts: int, error: DeskError) -> float:
        asked_s = error.after_s or 0.0 if isinstance(error, RateLimitedError) else 0.0
        return delay_s(attempts + 1, self.random, at_least_s=asked_s)


def _id_of(change: Changed) -> str:
    """The same change has the same id however often it is told."""
    return digest_of(f"{change.number}@{change.at.isoformat()}".encode())
