"""The job that pays debts: each open obligation becomes a ticket in its line's desk.

The obligation is the job: it is found in the database, not handed over, so a crash between any two
lines loses nothing. It is claimed for a while in a transaction of its own before the desk hears of
it. Whoever claims it later, after a refusal or a crash, first asks the desk for the call's key: the
ticket may be there.

Each desk is paid by a task of its own: one that is slow or away holds up no other.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import structlog

from callcenter.core import ticket
from callcenter.core.retry import delay_s
from callcenter.db import directory, obligations
from callcenter.db.directory import Match
from callcenter.db.engine import Database
from callcenter.db.obligations import Due
from callcenter.desks.desk import Desk, DeskError, Draft, TicketRef

log = structlog.get_logger(__name__)

BATCH = 20
"""Obligations claimed at once; more stay for the next round, or for another instance."""

DESK_TIMEOUT_S = 20.0
"""For one obligation: to ask the desk for its key and to make its ticket."""

CLAIM_S = 60.0
"""How long a claim lasts: after this, a process that does not come back has left it to others."""

GIVE_BACK_MAX_S = 2.0
"""For the last word to the database: who ends the service waits for it."""

POLL_S = 5.0
"""How late an obligation is found whose wake-up was missed, such as one made by another process."""

FAULT_PAUSE_S = 2.0
"""After an error of the database: nothing can be paid until it is back."""

T = TypeVar("T")


@dataclass(kw_only=True)
class TicketWorker:
    """Pays until cancelled. ``committed`` is called after each commit that was journalled.

    For what is measured: ``count_ticket`` is given the desk and the seconds from the answer to the
    confirmed ticket, ``count_failure`` the desk that confirmed none.
    """

    database: Database
    desks: Mapping[str, Desk]
    now: Callable[[], datetime]
    random: Random
    committed: Callable[[], None]
    count_ticket: Callable[[str, float], None] = lambda _desk, _delay_s: None
    count_failure: Callable[[str], None] = lambda _desk: None
    _wakes: dict[str, asyncio.Event] = field(default_factory=dict, init=False)

    def wake(self) -> None:
        """There may be something to pay now."""
        for event in self._wakes.values():
            event.set()

    async def run(self) -> None:
        """Pay what is due, wait for more, for ever. An error of the database is waited out."""
        # Debts to a desk that left the configuration: tried, so that each says why it is not paid.
        owed = await self._patiently(self._desks_owed)
        async with asyncio.TaskGroup() as group:
            for desk in sorted({*self.desks, *owed}):
                group.create_task(self._serve(desk), name=f"tickets of {desk}")

    async def pay_due(self, desk: str) -> int:
        """Try obligations of the desk that are due, each once; give how many there were."""
        now = self.now()
        until = now + timedelta(seconds=CLAIM_S)
        try:
            return await self._pay_claimed(desk, now, until)
        except asyncio.CancelledError:
            # Asked to end, as at every update: the next process need not wait for our claims.
            # Where the database is away, they run out by themselves.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(GIVE_BACK_MAX_S), self.database.transaction() as open_:
                    await obligations.give_back(open_, desk, until=until, now=now)
            raise

    async def _pay_claimed(self, desk: str, now: datetime, until: datetime) -> int:
        async with self.database.transaction() as connection:
            found = await obligations.claim(connection, desk, now=now, until=until, limit=BATCH)
            numbers = {due.call.caller.e164 for due in found}
            matches = await directory.match(connection, {one for one in numbers if one})
        for due in found:
            if self.now() + timedelta(seconds=DESK_TIMEOUT_S) > until:
                break  # the claim on the rest might not last: they are due again when it is over
            await self._pay(due, matches)
        return len(found)

    async def _desks_owed(self) -> set[str]:
        async with self.database.reading() as connection:
            return await obligations.desks_owed(connection)

    async def _serve(self, desk: str) -> None:
        wake = self._wakes.setdefault(desk, asyncio.Event())
        while True:
            wake.clear()
            if await self._patiently(lambda: self.pay_due(desk)) < BATCH:
                await self._idle(desk, wake)

    async def _idle(self, desk: str, wake: asyncio.Event) -> None:
        due_at = await self._patiently(lambda: self._next_due_at(desk))
        wait = POLL_S
        if due_at is not None:
            wait = min(POLL_S, max(0.0, (due_at - self.now()).total_seconds()))
        try:
            async with asyncio.timeout(wait):
                await wake.wait()
        except TimeoutError:
            return

    async def _next_due_at(self, desk: str) -> datetime | None:
        async with self.database.reading() as connection:
            return await obligations.next_due_at(connection, desk)

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, however long the database is away."""
        while True:
            try:
                return await do()
            except Exception:
                # Whatever it is, the debts stay in the database: say it, and go on.
                log.exception("tickets.fault", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _pay(self, due: Due, matches: Mapping[str, Match]) -> None:
        try:
            async with asyncio.timeout(DESK_TIMEOUT_S):
                ref = await self._ticket(due, matches)
        except DeskError as error:
            problem = str(error)
        except TimeoutError:
            problem = f"no answer from the desk within {DESK_TIMEOUT_S:.0f} s"
        except Exception as error:
            # A fault of ours, or its database away: the other debts must not suffer for it.
            log.exception("tickets.unexpected", call=due.call.id, desk=due.desk)
            problem = f"{type(error).__name__}; the log says more"
        else:
            await self._patiently(lambda: self._confirm(due, ref))
            return
        await self._patiently(lambda: self._put_off(due, problem))

    async def _ticket(self, due: Due, matches: Mapping[str, Match]) -> TicketRef:
        desk = self.desks.get(due.desk)
        if desk is None:
            raise DeskError(f"no desk is called {due.desk!r}: add it to the configuration again")
        found = await desk.find(due.call.id) if due.asked_before else None
        return found or await desk.create(_draft(due, matches))

    async def _confirm(self, due: Due, ref: TicketRef) -> None:
        now = self.now()
        async with self.database.transaction() as connection:
            await obligations.ticketed(
                connection, due.call.id, number=ref.number, url=ref.url, now=now
            )
        self.committed()
        self.count_ticket(due.desk, max(0.0, (now - due.answered_at).total_seconds()))
        log.info("tickets.made", call=due.call.id, ticket=ref.number, desk=due.desk)

    async def _put_off(self, due: Due, problem: str) -> None:
        wait = timedelta(seconds=delay_s(due.attempts + 1, self.random))
        async with self.database.transaction() as connection:
            await obligations.failed(
                connection, due.call.id, error=problem, next_attempt_at=self.now() + wait
            )
        self.count_failure(due.desk)
        log.warning("tickets.put_off", call=due.call.id, desk=due.desk, wait_s=wait.total_seconds())


def _draft(due: Due, matches: Mapping[str, Match]) -> Draft:
    call, company = due.call, due.call.company
    match = matches.get(call.caller.e164 or "")
    is_his = company is not None and match is not None and match.company_id == company.id
    contact = call.contacts[0] if len(call.contacts) == 1 else None
    return Draft(
        key=call.id,
        line=call.line,
        title=ticket.title(
            call.line,
            [contact.name for contact in call.contacts],
            company.name if company else None,
            call.caller.e164 or call.caller.raw or "unknown caller",
        ),
        answered_at=due.answered_at,
        caller=call.caller.e164 or call.caller.raw or None,
        company_id=company.id if company else None,
        company=company.name if company else None,
        contact_id=contact.id if contact else None,
        contact=contact.name if contact else None,
        contract_id=match.contract_id if match and is_his else None,
        contract=match.contract if match and is_his else None,
        agent_id=due.agent_id,
        agent=due.agent,
        account_owner=company.account_owner if company else None,
    )
