"""The job that has one desk over a network make tickets of alerts, and write into them.

It keeps to what the ticket job keeps to (desks/worker.py): what is wanted is found in the database;
that the desk is about to be asked is written down before it is; and before it is asked again it is
asked for the key. Whichever instance has the desk's lease does this: nothing is claimed.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import structlog

from callcenter.core.retry import delay_s
from callcenter.db import alert_desk_notes, alert_desk_tickets, clock
from callcenter.db.alert_desk_notes import Owed
from callcenter.db.alert_desk_tickets import Wanted
from callcenter.db.engine import Database
from callcenter.db.leases import LeaseLostError
from callcenter.desks.desk import (
    Desk,
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    RefusedError,
    TicketRef,
    Writes,
)

log = structlog.get_logger(__name__)

BATCH = 20

DESK_TIMEOUT_S = 20.0
"""For one request, or two."""

ASKING_S = 60.0
"""So long nobody else asks for what the desk was just asked for, whatever becomes of who asked."""

POLL_S = 2.0

FAULT_PAUSE_S = 5.0

NOT_DONE = (NotSentError, RateLimitedError, RefusedError)
"""Answers that leave no doubt: nothing was made or written."""


@dataclass(kw_only=True)
class AlertDesk:
    """Of one desk. Times that are kept are of the clock that instances share.

    ``count_failure`` is given the desk that confirmed no ticket.
    """

    desk: Desk
    random: Random
    count_failure: Callable[[str], None] = lambda _desk: None
    shared_now: clock.SharedClock = clock.now
    monotonic: Callable[[], float] = time.monotonic
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _held_until: float = field(default=float("-inf"), init=False)  # it wants to be left alone

    def wake(self) -> None:
        """There may be a ticket to make."""
        self._wake.set()

    async def work(self, database: Database) -> None:
        """Have them made until cancelled. What was refused is tried once more at the start: the
        configuration may have been mended."""
        await self._patiently(database, self._begin)
        while True:
            self._wake.clear()
            await self._patiently(database, self.turn)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()

    async def turn(self, database: Database) -> None:
        """Try what is due, each once; a desk that wants to be left alone is, for all of it."""
        if self.monotonic() < self._held_until:
            return
        try:
            await self._make_due(database)
            await self._note_due(database)
        except RateLimitedError as error:
            wait_s = delay_s(1, self.random, at_least_s=error.after_s or 0.0)
            self._held_until = self.monotonic() + wait_s

    # -- tickets -----------------------------------------------------------------------------------

    async def _make_due(self, database: Database) -> None:
        async with database.reading() as connection:
            now = await self.shared_now(connection)
            wanted = await alert_desk_tickets.due(connection, self.desk.name, now=now, limit=BATCH)
        for one in wanted:
            await self._make(database, one)

    async def _make(self, database: Database, wanted: Wanted) -> None:
        try:
            async with asyncio.timeout(DESK_TIMEOUT_S):
                ref = await self._ticket(database, wanted)
        except (DeskError, TimeoutError) as error:
            await self._not_made(database, wanted, _as_said(error))
            return
        async with database.transaction() as connection:
            await alert_desk_tickets.made(
                connection, wanted.group_id, number=ref.number, url=ref.url
            )
        log.info("alerts.ticket_made", desk=self.desk.name, ticket=ref.number)

    async def _ticket(self, database: Database, wanted: Wanted) -> TicketRef:
        found = await self.desk.find(wanted.key) if wanted.asked_before else None
        if found is not None:
            return found
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=ASKING_S + self.desk.settles_s)
            await alert_desk_tickets.asked(connection, wanted.group_id, now=now, until=until)
        return await self.desk.create(_draft(wanted))

    async def _not_made(self, database: Database, wanted: Wanted, error: DeskError) -> None:
        is_known = isinstance(error, NOT_DONE) and not wanted.asked_before
        wait_s = self._wait_s(wanted.attempts, error)
        async with database.transaction() as connection:
            if is_known:
                await alert_desk_tickets.not_asked(connection, wanted.group_id)
            until = await self.shared_now(connection) + timedelta(seconds=wait_s)
            is_stuck = isinstance(error, RefusedError)
            await alert_desk_tickets.put_off(
                connection, wanted.group_id, error=str(error), until=None if is_stuck else until
            )
        self.count_failure(self.desk.name)
        log.warning("alerts.ticket_not_made", desk=self.desk.name, code=error.code, wait_s=wait_s)
        if isinstance(error, RateLimitedError):
            raise error

    # -- notes -------------------------------------------------------------------------------------

    async def _note_due(self, database: Database) -> None:
        async with database.reading() as connection:
            now = await self.shared_now(connection)
            owed = await alert_desk_notes.due(connection, self.desk.name, now=now, limit=BATCH)
        for one in owed:
            await self._note(database, one)

    async def _note(self, database: Database, owed: Owed) -> None:
        try:
            async with asyncio.timeout(DESK_TIMEOUT_S):
                if isinstance(self.desk, Writes):
                    await self._write(database, self.desk, owed)
        except (DeskError, TimeoutError) as error:
            await self._not_written(database, owed, _as_said(error))
            return
        async with database.transaction() as connection:
            await alert_desk_notes.forget(connection, owed.id)

    async def _write(self, database: Database, desk: Writes, owed: Owed) -> None:
        if owed.asked_before and await desk.has_note(owed.number, owed.marker):
            return
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=ASKING_S)
            await alert_desk_notes.asked(connection, owed.id, now=now, until=until)
        await desk.note(owed.number, owed.text, owed.marker)

    async def _not_written(self, database: Database, owed: Owed, error: DeskError) -> None:
        wait_s = self._wait_s(owed.attempts, error)
        async with database.transaction() as connection:
            if isinstance(error, NOT_DONE) and not owed.asked_before:
                await alert_desk_notes.not_asked(connection, owed.id)
            until = await self.shared_now(connection) + timedelta(seconds=wait_s)
            is_stuck = isinstance(error, RefusedError)
            await alert_desk_notes.put_off(
                connection, owed.id, error=str(error), until=None if is_stuck else until
            )
        log.warning("alerts.note_not_written", desk=self.desk.name, code=error.code)
        if isinstance(error, RateLimitedError):
            raise error

    # -- its turns ---------------------------------------------------------------------------------

    async def _begin(self, database: Database) -> None:
        async with database.transaction() as connection:
            now = await self.shared_now(connection)
            await alert_desk_tickets.unstick(connection, self.desk.name, now=now)
            await alert_desk_notes.unstick(connection, self.desk.name, now=now)

    async def _patiently(
        self, database: Database, do: Callable[[Database], Awaitable[None]]
    ) -> None:
        """Do it, however long the database is away."""
        while True:
            try:
                return await do(database)
            except LeaseLostError:
                raise
            except Exception:
                # Whatever it is, what is wanted stays in the database: say it, and go on.
                log.exception("alerts.fault", desk=self.desk.name, pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    def _wait_s(self, attempts: int, error: DeskError) -> float:
        at_least_s = self.desk.settles_s  # nobody knows what became of the request
        if isinstance(error, NotSentError):
            at_least_s = 0.0
        elif isinstance(error, RateLimitedError):
            at_least_s = error.after_s or 0.0
        return delay_s(attempts + 1, self.random, at_least_s=at_least_s)


def _as_said(error: DeskError | TimeoutError) -> DeskError:
    if isinstance(error, DeskError):
        return error
    return DeskError(f"no answer from the desk within {DESK_TIMEOUT_S:.0f} s")


def _draft(wanted: Wanted) -> Draft:
    return Draft(
        key=wanted.key,
        line=wanted.line,
        title=wanted.title,
        answered_at=wanted.since,
        company_id=wanted.company_id,
        company=wanted.company,
        contact_id=None,
        contract_id=None,
        agent_id=None,
        account_owner=wanted.account_owner,
        text=wanted.text,
    )
