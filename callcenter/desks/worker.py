"""The job that pays debts: each open obligation becomes a ticket in its line's desk.

The obligation is the job: it is found in the database, not handed over, so a crash between any two
lines loses nothing. It is claimed for a while in a transaction of its own before the desk hears of
it. Whoever claims it later, after a refusal or a crash, first asks the desk for the call's key: the
ticket may be there. Whoever slept longer than the claim lasts makes no ticket: the deadline is
taken before the claim is written, and that it still stands is read immediately before the request.

Each desk is paid by a task of its own: one that is slow or away holds up no other.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import structlog

from callcenter.core.obligation import ObligationState
from callcenter.core.retry import delay_s
from callcenter.db import claims, clock, directory, exemptions, obligations
from callcenter.db.claims import Due
from callcenter.db.engine import Database
from callcenter.desks.desk import (
    Desk,
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    Recognises,
    RefusedError,
    TicketRef,
)
from callcenter.desks.drafting import drafted

log = structlog.get_logger(__name__)

BATCH = 20
"""Obligations claimed at once; more stay for the next round, or for another instance."""

DESK_TIMEOUT_S = 20.0
"""For one obligation: to ask the desk for its key and to make its ticket."""

CLAIM_S = 60.0
"""How long a claim lasts, beside what its desk takes to settle: after this, a process that does not
come back has left it to others."""

MARGIN_S = 5.0
"""So long before a claim ends its holder has done all that it does."""

GIVE_BACK_MAX_S = 2.0
"""For the last word to the database: who ends the service waits for it."""

POLL_S = 5.0
"""How late an obligation is found whose wake-up was missed, such as one made by another process."""

FAULT_PAUSE_S = 2.0
"""After an error of the database: nothing can be paid until it is back."""

NOT_MADE = (NotSentError, RateLimitedError, RefusedError)
"""Answers to a wanted ticket that leave no doubt: there is none."""

T = TypeVar("T")


class ClaimLostError(Exception):
    """Somebody else has it, or it needs no ticket any more: there is nothing left to do."""


@dataclass(kw_only=True)
class TicketWorker:
    """Pays until cancelled. ``committed`` is called after each commit that was journalled.

    ``now`` is for what is recorded; turns and waits are of the clock that all instances share.

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
    shared_now: clock.SharedClock = clock.now
    monotonic: Callable[[], float] = time.monotonic
    _holder: str = field(default_factory=lambda: uuid.uuid4().hex, init=False)
    _wakes: dict[str, asyncio.Event] = field(default_factory=dict, init=False)
    _asking: dict[str, str] = field(default_factory=dict, init=False)  # by desk, the call's id

    def wake(self) -> None:
        """There may be something to pay now."""
        for event in self._wakes.values():
            event.set()

    async def run(self) -> None:
        """Pay what is due, wait for more, for ever. An error of the database is waited out."""
        # Debts to a desk that left the configuration: tried, so that each says why it is not paid.
        owed = await self._patiently(self._begin)
        async with asyncio.TaskGroup() as group:
            for desk in sorted({*self.desks, *owed}):
                group.create_task(self._serve(desk), name=f"tickets of {desk}")

    async def pay_due(self, desk: str) -> int:
        """Try obligations of the desk that are due, each once; give how many there were."""
        try:
            return await self._pay_claimed(desk)
        except asyncio.CancelledError:
            # Asked to end, as at every update: the next process need not wait for our claims.
            # Where the database is away, they run out by themselves.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(GIVE_BACK_MAX_S):
                    await self._let_go(desk)
            raise

    async def _begin(self) -> set[str]:
        async with self.database.transaction() as connection:
            owed = await claims.desks_owed(connection)
            again = await claims.unstick(connection)
            if self.database.is_sqlite:
                # It has one instance, this one: whoever claimed anything is dead.
                now = await self.shared_now(connection)
                for desk in owed:
                    at = now + timedelta(seconds=self._settles_s(desk))
                    await claims.give_back(connection, desk, holder=None, at=at)
        if again:
            log.info("tickets.stuck_again_tried", count=again)
        return owed

    async def _pay_claimed(self, desk: str) -> int:
        # Before the claim is written: the deadline is never later than others think it is.
        deadline = self.monotonic() + CLAIM_S - MARGIN_S
        async with self.database.transaction() as connection:
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=CLAIM_S + self._settles_s(desk))
            found = await claims.claim(
                connection,
                desk,
                holder=self._holder,
                now=now,
                until=until,
                limit=BATCH,
                settles_s=self._settles_s(desk),
            )
            numbers = {due.call.caller.e164 for due in found}
            matches = await directory.match(connection, {one for one in numbers if one})
            drafts = [await drafted(connection, due, matches) for due in found]
        for due, draft in zip(found, drafts, strict=True):
            if self.monotonic() + DESK_TIMEOUT_S > deadline:
                await self._patiently(lambda: self._give_back(desk))
                break
            if not await self._pay(due, draft):
                break
        return len(found)

    async def _serve(self, desk: str) -> None:
        wake = self._wakes.setdefault(desk, asyncio.Event())
        while True:
            wake.clear()
            if await self._patiently(lambda: self.pay_due(desk)) < BATCH:
                await self._idle(desk, wake)

    async def _idle(self, desk: str, wake: asyncio.Event) -> None:
        wait = await self._patiently(lambda: self._next_due_s(desk))
        try:
            async with asyncio.timeout(min(POLL_S, max(0.0, wait))):
                await wake.wait()
        except TimeoutError:
            return

    async def _next_due_s(self, desk: str) -> float:
        async with self.database.reading() as connection:
            due_at = await claims.next_due_at(connection, desk)
            if due_at is None:
                return POLL_S
            return (due_at - await self.shared_now(connection)).total_seconds()

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, however long the database is away."""
        while True:
            try:
                return await do()
            except Exception:
                # Whatever it is, the debts stay in the database: say it, and go on.
                log.exception("tickets.fault", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _pay(self, due: Due, draft: Draft) -> bool:
        """Try it; False where the desk wants to be left alone, and the others were put off too."""
        problem: DeskError
        try:
            self._asking[due.desk] = due.call.id
            async with asyncio.timeout(DESK_TIMEOUT_S):
                ref = await self._ticket(due, draft)
        except ClaimLostError:
            log.info("tickets.left", call=due.call.id, desk=due.desk)
            return True
        except DeskError as error:
            problem = error
        except TimeoutError:
            problem = DeskError(f"no answer from the desk within {DESK_TIMEOUT_S:.0f} s")
        except Exception as error:
            # A fault of ours, or its database away: the other debts must not suffer for it.
            log.exception("tickets.unexpected", call=due.call.id, desk=due.desk)
            problem = DeskError(f"{type(error).__name__}; the log says more")
        else:
            await self._patiently(lambda: self._confirm(due, ref))
            return True
        await self._patiently(lambda: self._failed(due, problem))
        return not isinstance(problem, RateLimitedError)

    async def _ticket(self, due: Due, draft: Draft) -> TicketRef:
        desk = self.desks.get(due.desk)
        if desk is None:
            raise RefusedError(f"no desk is called {due.desk!r}: add it to the configuration again")
        found = await desk.find(due.call.id) if _may_be_there(due, desk) else None
        if found is not None:
            return found
        if not await self._is_ours(due, desk):
            raise ClaimLostError
        return await desk.create(draft)

    async def _is_ours(self, due: Due, desk: Desk) -> bool:
        if desk.searchable:
            async with self.database.reading() as connection:
                return await claims.is_held(connection, due.call.id, self._holder)
        async with self.database.transaction() as connection:
            return await claims.doubt(connection, due.call.id, self._holder, now=self.now())

    async def _confirm(self, due: Due, ref: TicketRef) -> None:
        now = self.now()
        async with self.database.transaction() as connection:
            found = await claims.standing(connection, due.call.id)
            if found is None:
                return
            state, holder = found
            is_lost = state is ObligationState.OPEN and holder != self._holder
            if is_lost and self.desks[due.desk].searchable:
                return  # whoever has it by now finds the ticket
            if state in (ObligationState.OPEN, ObligationState.EXEMPT):
                await obligations.ticketed(
                    connection, due.call.id, number=ref.number, url=ref.url, now=now
                )
                await exemptions.settle_elsewhere(connection, due.call.id, now=now)
        self.committed()
        self.count_ticket(due.desk, max(0.0, (now - due.answered_at).total_seconds()))
        log.info("tickets.made", call=due.call.id, ticket=ref.number, desk=due.desk)

    async def _failed(self, due: Due, problem: DeskError) -> None:
        is_stuck, error = isinstance(problem, RefusedError), str(problem)
        wait_s = 0.0 if is_stuck else self._wait_s(due, problem)
        call_id, holder = due.call.id, self._holder
        async with self.database.transaction() as connection:
            if not due.is_in_doubt and isinstance(problem, NOT_MADE):
                await claims.undoubt(connection, call_id, holder)
            now = await self.shared_now(connection)
            if is_stuck:
                await claims.stick(connection, call_id, holder=holder, error=error, now=now)
            else:
                until = now + timedelta(seconds=wait_s)
                is_known = isinstance(problem, NOT_MADE)
                settled = None if is_known else now + timedelta(seconds=self._settles_s(due.desk))
                await claims.put_off(
                    connection, call_id, holder=holder, error=error, until=until, settled=settled
                )
            if isinstance(problem, RateLimitedError):
                await claims.give_back(connection, due.desk, holder=holder)
                await claims.leave_alone(connection, due.desk, now=now, until=until)
        if is_stuck:
            self.committed()
        self.count_failure(due.desk)
        event = "tickets.stuck" if is_stuck else "tickets.put_off"
        log.warning(event, call=call_id, desk=due.desk, code=problem.code, wait_s=wait_s)

    def _wait_s(self, due: Due, problem: DeskError) -> float:
        at_least_s = self._settles_s(due.desk)  # nobody knows what became of the request
        if isinstance(problem, NotSentError):
            at_least_s = 0.0
        elif isinstance(problem, RateLimitedError):
            at_least_s = problem.after_s or 0.0
        return delay_s(due.attempts + 1, self.random, at_least_s=at_least_s)

    async def _give_back(self, desk: str) -> None:
        async with self.database.transaction() as connection:
            await claims.give_back(connection, desk, holder=self._holder)

    async def _let_go(self, desk: str) -> None:
        """Give all back; what the desk was asked for may still come, and is found if it does."""
        async with self.database.transaction() as connection:
            asking, holder = self._asking.get(desk), self._holder
            await claims.give_back(connection, desk, holder=holder, but=asking)
            settled = timedelta(seconds=self._settles_s(desk))
            at = await self.shared_now(connection) + settled
            await claims.give_back(connection, desk, holder=holder, at=at)

    def _settles_s(self, desk: str) -> float:
        return self.desks[desk].settles_s if desk in self.desks else 0.0


def _may_be_there(due: Due, desk: Desk) -> bool:
    """Whether the ticket has to be looked for first: asked for again, it could be two."""
    if isinstance(desk, Recognises) and desk.recognises:
        return False
    return due.asked_before if desk.searchable else due.is_in_doubt
