"""A call about something that is in an open ticket already: its new ticket goes into that one.

The new ticket stays, complete and pointing at the survivor, for its call's key is in it; no list
has it. What was written in it, and what was typed about the call, goes along.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import obligations, qualifying, wrap_ups
from callcenter.db import tickets as desk
from callcenter.db.agents import Agent
from callcenter.db.finishing import NOTHING_OWED, checked, hold
from callcenter.db.qualifying import Debt
from callcenter.db.schema import ticket_notes, tickets
from callcenter.db.wrap_ups import Draft
from callcenter.errors import CallcenterError
from webhooks import EventType

CALLED_AGAIN: Final = "The customer called again."
"""The survivor's note; the pages say it in the reader's language."""

MERGED: Final = "Merged into "
"""How the summary of the merged ticket begins, before the survivor's number."""


class MergeError(CallcenterError):
    """The call's ticket cannot go into that one; ``reason`` is which of these it is."""

    code = "merge"

    NOT_MADE = "not_made"
    NOT_OPEN = "not_open"
    ELSEWHERE = "elsewhere"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


async def use_instead(
    connection: AsyncConnection,
    call_id: str,
    number: str,
    draft: Draft,
    *,
    version: int,
    by: Agent,
    now: datetime,
    base_url: str,
) -> None:
    """Let the open ticket ``number`` be the call's, which qualifies it. Sent twice, done once.

    Raises MergeError, StaleDraftError and TicketError; whether ``by`` may is the caller's to know.
    """
    draft = checked(draft)
    owed = await hold(connection, call_id, number)
    if owed is not None and owed.ticket_number == number and owed.state in NOTHING_OWED:
        return
    debt = _debt(owed)
    merged, survivor = await _both(connection, call_id, number)
    await wrap_ups.save(
        connection, call_id, draft, version=version, agent_id=by.id, now=now, finished=True
    )
    paid = await _paid_by(connection, merged.number)
    await _move(connection, merged.number, number, now=now)
    await _add_notes(connection, number, draft, by=by, at=now)
    if survivor.contact_id is None and survivor.company_id in (None, merged.company_id):
        who = {"company_id": merged.company_id, "contact_id": merged.contact_id}
        await connection.execute(update(tickets).where(tickets.c.number == number).values(who))
    url = desk.ticket_url(base_url, number)
    for each in paid:
        await obligations.renumbered(
            connection, each, merged=merged.number, number=number, url=url, now=now, actor=by.login
        )
    await obligations.qualified(connection, call_id, number=number, now=now)
    await qualifying.note_for_another(connection, debt, by=by, now=now)
    for told in (merged.number, number):
        await desk.told(connection, EventType.TICKET_UPDATED, told, now, base_url)


def _debt(owed: Row[Any] | None) -> Debt:
    if owed is None or owed.state in NOTHING_OWED:
        raise MergeError(MergeError.ELSEWHERE, "this call's ticket is written already")
    if owed.ticket_number is None:
        raise MergeError(MergeError.NOT_MADE, "the call's ticket is being made: try again")
    return Debt(owed.call_id, owed.agent_id, owed.login)


async def _both(
    connection: AsyncConnection, call_id: str, number: str
) -> tuple[Row[Any], Row[Any]]:
    """The call's own ticket, and the one that it goes into."""
    query = select(tickets).where((tickets.c.call_key == call_id) | (tickets.c.number == number))
    found = {row.number: row for row in await connection.execute(query)}
    survivor = found.pop(number, None)
    if survivor is None or survivor.status == "complete" or survivor.merged_into is not None:
        raise MergeError(MergeError.NOT_OPEN, f"there is no open ticket {number}: choose another")
    own = next((row for row in found.values() if row.merged_into is None), None)
    if own is None:
        raise MergeError(MergeError.ELSEWHERE, "the call's ticket is in a desk of its own")
    return own, survivor


async def _move(connection: AsyncConnection, merged: str, number: str, *, now: datetime) -> None:
    """Take the notes along, and leave the merged ticket complete, pointing at its survivor."""
    is_there = ticket_notes.c.ticket_number == merged
    await connection.execute(update(ticket_notes).where(is_there).values(ticket_number=number))
    gone = {
        "merged_into": number,
        "status": "complete",
        "resolution": MERGED + number,
        "completed_at": now,
    }
    await connection.execute(update(tickets).where(tickets.c.number == merged).values(gone))
    # Whatever went into the merged one before goes along: nobody has to follow two steps.
    went = tickets.c.merged_into == merged
    await connection.execute(update(tickets).where(went).values(merged_into=number))


async def _add_notes(
    connection: AsyncConnection, number: str, draft: Draft, *, by: Agent, at: datetime
) -> None:
    texts = filter(None, (CALLED_AGAIN, draft.text))
    rows = [{"ticket_number": number, "agent_id": by.id, "at": at, "text": text} for text in texts]
    await connection.execute(insert(ticket_notes), rows)


async def _paid_by(connection: AsyncConnection, merged: str) -> list[str]:
    """The calls whose ticket this is: its own, and those whose tickets went into it before."""
    is_one = (tickets.c.number == merged) | (tickets.c.merged_into == merged)
    query = select(tickets.c.call_key).where(is_one, tickets.c.call_key.is_not(None))
    return list((await connection.execute(query)).scalars())
