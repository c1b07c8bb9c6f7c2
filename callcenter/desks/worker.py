"""The job that pays debts: each open obligation becomes a ticket in its line's desk.

The obligation is the job: it is found in the database, not handed over, so a crash between any two
lines loses nothing. A desk may have made the ticket and died before saying so; from the second try
on it is first asked for the call's key.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import structlog

from callcenter.core import ticket
from callcenter.core.retry import delay_s
from callcenter.db import directory, obligations
from callcenter.db.engine import Database
from callcenter.db.obligations import Due
from callcenter.desks.desk import Desk, DeskError, Draft, TicketRef

log = structlog.get_logger(__name__)

BATCH = 50
"""Obligations read at once; more stay for the next round."""

POLL_S = 5.0
"""How late an obligation is found whose wake-up was missed, such as one made by another process."""

FAULT_PAUSE_S = 2.0
"""After an error of the database: nothing can be paid until it is back."""


@dataclass(kw_only=True)
class TicketWorker:
    """Pays until cancelled. ``committed`` is called after each commit that was journalled."""

    database: Database
    desks: Mapping[str, Desk]
    now: Callable[[], datetime]
    random: Random
    committed: Callable[[], None]
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """There may be something to pay now."""
        self._wake.set()

    async def run(self) -> None:
        """Pay what is due, wait for more, for ever. An error of the database is waited out."""
        while True:
            self._wake.clear()
            try:
                if await self.pay_due() == 0:
                    await self._idle()
            except Exception:
                # Whatever it is, the debts stay in the database: say it, and go on.
                log.exception("tickets.fault", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def pay_due(self) -> int:
        """Try each obligation that is due once; give how many there were."""
        async with self.database.reading() as connection:
            found = await obligations.due(connection, self.now(), BATCH)
        for due in found:
            await self._pay(due)
        return len(found)

    async def _idle(self) -> None:
        async with self.database.reading() as connection:
            due_at = await obligations.next_due_at(connection)
        wait = POLL_S
        if due_at is not None:
            wait = min(POLL_S, max(0.0, (due_at - self.now()).total_seconds()))
        try:
            async with asyncio.timeout(wait):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pay(self, due: Due) -> None:
        try:
            ref = await self._ticket(due)
        except DeskError as error:
            await self._put_off(due, error)
            return
        async with self.database.transaction() as connection:
            await obligations.ticketed(
                connection, due.call.id, number=ref.number, url=ref.url, now=self.now()
            )
        self.committed()
        log.info("tickets.made", call=due.call.id, ticket=ref.number, desk=due.desk)

    async def _ticket(self, due: Due) -> TicketRef:
        desk = self.desks.get(due.desk)
        if desk is None:
            raise DeskError(f"no desk is called {due.desk}: add it to the configuration again")
        found = await desk.find(due.call.id) if due.attempts else None
        return found or await desk.create(await self._draft(due))

    async def _put_off(self, due: Due, error: DeskError) -> None:
        wait = timedelta(seconds=delay_s(due.attempts + 1, self.random))
        log.warning("tickets.put_off", call=due.call.id, desk=due.desk, wait_s=wait.total_seconds())
        async with self.database.transaction() as connection:
            await obligations.failed(
                connection, due.call.id, error=str(error), next_attempt_at=self.now() + wait
            )

    async def _draft(self, due: Due) -> Draft:
        call = due.call
        contacts = [contact.name for contact in call.contacts]
        contract_id = await self._contract_id(call.caller.e164)
        return Draft(
            key=call.id,
            line=call.line,
            title=ticket.title(
                call.line,
                contacts,
                call.company.name if call.company else None,
                call.caller.e164 or call.caller.raw,
            ),
            answered_at=due.answered_at,
            company_id=call.company.id if call.company else None,
            contact_id=call.contacts[0].id if len(call.contacts) == 1 else None,
            contract_id=contract_id,
            agent_id=due.agent_id,
            account_owner=call.company.account_owner if call.company else None,
        )

    async def _contract_id(self, e164: str | None) -> int | None:
        if e164 is None:
            return None
        async with self.database.reading() as connection:
            match = (await directory.match(connection, [e164])).get(e164)
        return match.contract_id if match else None
