"""What is yet to be said in the tickets of a desk over a network, said there once.

What an agent said of a call; and that a call needs no ticket, which completes the one that there
is, until somebody takes that back. A ticket that other calls are about as well stays as it is.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from callcenter.db import call_parts, clock, desk_writes
from callcenter.db.desk_writes import Owed
from callcenter.db.engine import Database
from callcenter.db.exemptions import SUMMARIES
from callcenter.db.wrap_ups import Draft
from callcenter.desks.desk import (
    Desk,
    DeskTicket,
    KeepsTime,
    NotSentError,
    RateLimitedError,
    Reads,
    RefusedError,
    TicketState,
    Writes,
)
from callcenter.desks.filing import NOTHING

log = structlog.get_logger(__name__)

STILL_ON_S = 30.0
"""So late it is booked who took part in a call whose wrap-up was written before its end."""

NOT_DONE = (NotSentError, RateLimitedError, RefusedError)
"""Answers to a note that leave no doubt: it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Of one desk."""

    desk: Desk
    database: Database
    shared_now: clock.SharedClock

    async def say(self, desk: Writes, owed: Owed) -> None:
        """Have the ticket say what is owed, and note that it does. Raises DeskError."""
        ticket = await self.desk.get(owed.number) if isinstance(self.desk, Reads) else None
        is_closed = ticket is not None and ticket.state is TicketState.CLOSED
        if owed.exempt:
            if ticket is not None and not is_closed and _is_its_own(owed, ticket):
                await self._complete(desk, owed, SUMMARIES[owed.exempt])
        else:
            if is_closed and await self._was_completed(desk, owed):
                await desk.update(owed.number, state=TicketState.OPEN)
                is_closed = False
            if owed.said and not await self._wrapped_up(desk, owed, owed.said.draft, is_closed):
                return
        async with self.database.transaction() as connection:
            await desk_writes.forget(connection, owed.call_id, due_at=owed.due_at)
        log.info("desk.written", desk=self.desk.name, call=owed.call_id, ticket=owed.number)

    async def _complete(self, desk: Writes, owed: Owed, reason: str) -> None:
        """The note is how it is known later that it was completed for this."""
        await self._note(desk, owed, reason, _exempt(owed))
        await desk.update(owed.number, state=TicketState.CLOSED, resolution=reason)

    async def _was_completed(self, desk: Writes, owed: Owed) -> bool:
        """Whether it was completed for an exemption, and for nothing that the agent said."""
        is_solved = owed.said is not None and owed.said.draft.solved_on_call
        return not is_solved and await desk.has_note(owed.number, _exempt(owed))

    async def _wrapped_up(self, desk: Writes, owed: Owed, draft: Draft, is_closed: bool) -> bool:
        """Write the wrap-up into the ticket: the note once, and the rest until it says so.

        False while the call is on, and it has to be asked again who took part.
        """
        filing = NOTHING if is_closed else desk.filing
        texts = (draft.text,) if is_closed else (draft.note, draft.summary)
        left = filing.left(draft.priority, owed.category)
        if note := "\n\n".join(filter(None, (*texts, left))):
            await self._note(desk, owed, note, _marker(owed))
        if not is_closed:
            await desk.update(
                owed.number,
                title=draft.title or None,
                state=_state(draft),
                resolution=(draft.summary or draft.title) if draft.solved_on_call else None,
                priority=filing.priority(draft.priority),
                category=filing.category(owed.category),
            )
        return await self._booked(owed)

    async def _note(self, desk: Writes, owed: Owed, text: str, marker: str) -> None:
        if owed.asked_before and await desk.has_note(owed.number, marker):
            return
        async with self.database.transaction() as connection:
            now = await self.shared_now(connection)
            await desk_writes.asked(connection, owed.call_id, now=now)
        try:
            await desk.note(owed.number, text, marker)
        except NOT_DONE:
            async with self.database.transaction() as connection:
                await desk_writes.not_asked(connection, owed.call_id)
            raise

    async def _booked(self, owed: Owed) -> bool:
        if not isinstance(self.desk, KeepsTime) or not self.desk.keeps_time:
            return True
        async with self.database.reading() as connection:
            parts = await call_parts.of_call(connection, owed.call_id)
        if parts is not None:
            await self.desk.book(owed.number, parts, _marker(owed))
            return True
        async with self.database.transaction() as connection:
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=STILL_ON_S)
            await desk_writes.wait(connection, owed.call_id, now=now, until=until)
        return False


def _state(draft: Draft) -> TicketState | None:
    """Where the agent left the ticket. None: as it is there, for "in progress" is said of each that
    is not solved, unless somebody chose otherwise."""
    if draft.solved_on_call:
        return TicketState.CLOSED
    return TicketState.PENDING if draft.status == "waiting" else None


def _is_its_own(owed: Owed, ticket: DeskTicket) -> bool:
    """Whether it is this call's ticket, and of no other that needs one."""
    return ticket.key in (None, owed.call_id) and not owed.is_shared


def _marker(owed: Owed) -> str:
    return f"[call {owed.call_id}]"


def _exempt(owed: Owed) -> str:
    return f"[exempt {owed.call_id}]"
