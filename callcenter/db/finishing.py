"""What an agent typed about a call becomes its ticket, and the debt is qualified.

For a ticket of the built-in desk this is one transaction. Where another desk has the ticket, or
none has it yet, that it is to be written there is owed from the same transaction on.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import qualification
from callcenter.core.obligation import ObligationState
from callcenter.core.qualification import Missing
from callcenter.db import categories, desk_writes, obligations, qualifying, wrap_ups
from callcenter.db import tickets as desk
from callcenter.db.agents import Agent
from callcenter.db.qualifying import Debt
from callcenter.db.schema import agents, ticket_notes, tickets
from callcenter.db.schema import obligations as debts
from callcenter.db.wrap_ups import Draft, WrapUp
from callcenter.errors import CallcenterError
from webhooks import EventType

NOTHING_OWED = frozenset({ObligationState.QUALIFIED.value, ObligationState.EXEMPT.value})


class NotEnoughError(CallcenterError):
    """Something is yet to be said; ``fields`` is what, in the order of the fields."""

    code = "not_enough"

    def __init__(self, fields: tuple[Missing, ...]) -> None:
        super().__init__(f"say what the call was about: {', '.join(fields)}")
        self.fields = fields


def checked(draft: Draft) -> Draft:
    """The draft as it is kept. Raises TicketError for a text that is too long, by its field."""
    draft = replace(
        draft,
        title=desk.storable(draft.title),
        note=desk.storable(draft.note),
        summary=desk.storable(draft.summary),
    )
    if len(draft.title) > desk.TITLE_MAX:
        raise desk.TicketError("title", f"a title has at most {desk.TITLE_MAX} characters")
    desk.check_text("note", draft.note)
    desk.check_text("summary", draft.summary)
    return draft


async def finish(
    connection: AsyncConnection,
    call_id: str,
    draft: Draft,
    *,
    version: int,
    by: Agent,
    now: datetime,
    base_url: str,
) -> None:
    """Say what the call was about. Sent twice, it is done once.

    Raises NotEnoughError, StaleDraftError and TicketError. Whether ``by`` may is the caller's to
    know.
    """
    draft = checked(draft)
    owed = await hold(connection, call_id)
    if owed is None or owed.state in NOTHING_OWED:
        await _finish_late(connection, call_id, draft, owed, by=by, now=now)
        return
    lacking = qualification.missing(
        draft.title,
        is_made=False,  # whoever typed it, or took the service's over, chose it
        category_id=draft.category_id,
        has_categories=await categories.exist(connection),
    )
    if lacking:
        raise NotEnoughError(lacking)
    version = await wrap_ups.save(
        connection, call_id, draft, version=version, agent_id=by.id, now=now, finished=True
    )
    await qualifying.note_for_another(
        connection, Debt(call_id, owed.agent_id, owed.login), by=by, now=now
    )
    if owed.ticket_number is None:
        await desk_writes.owe(connection, call_id, now=now)
        await obligations.journal_call(connection, call_id, now)
        return
    number = owed.ticket_number
    await obligations.qualified(connection, call_id, number=number, now=now)
    said = WrapUp(call_id, by.id, draft, version, now, now)
    if not await _write(connection, said, number, now=now, base_url=base_url):
        await desk_writes.owe(connection, call_id, now=now)
        await obligations.journal_call(connection, call_id, now)


async def apply(
    connection: AsyncConnection, call_id: str, number: str, *, now: datetime, base_url: str
) -> None:
    """Write into a ticket that was just made what its agent finished before it was there."""
    said = await wrap_ups.get(connection, call_id)
    if said is not None and said.finished_at is not None:
        await _write(connection, said, number, now=now, base_url=base_url)
        await desk_writes.forget(connection, call_id)


async def hold(connection: AsyncConnection, call_id: str, *numbers: str) -> Row[Any] | None:
    """The obligation of the call, with its agent's login; nobody else changes it, the tickets of
    these numbers, or those of the call, before the end of this transaction.

    The tickets first, in their order, as by everybody who writes in them; both before the journal.
    """
    own = select(debts.c.ticket_number).where(debts.c.call_id == call_id).scalar_subquery()
    which = or_(
        tickets.c.call_key == call_id, tickets.c.number == own, tickets.c.number.in_(numbers)
    )
    locked = select(tickets.c.number).where(which).order_by(tickets.c.number).with_for_update()
    (await connection.execute(locked)).all()
    login = select(agents.c.login).where(agents.c.id == debts.c.agent_id).scalar_subquery()
    query = select(debts, login.label("login")).where(debts.c.call_id == call_id)
    return (await connection.execute(query.with_for_update())).one_or_none()


async def _finish_late(
    connection: AsyncConnection,
    call_id: str,
    draft: Draft,
    owed: Row[Any] | None,
    *,
    by: Agent,
    now: datetime,
) -> None:
    """Nothing is owed any more: that is well if all of this is kept already, or nothing was typed.

    What is not kept anywhere is not passed over: StaleDraftError shows what is.
    """
    kept = await wrap_ups.get(connection, call_id)
    if kept is None:
        await wrap_ups.save(
            connection, call_id, draft, version=0, agent_id=by.id, now=now, finished=True
        )
        if owed and await desk_writes.is_elsewhere(connection, owed.ticket_number):
            await desk_writes.owe(connection, call_id, now=now)
    elif draft.text and kept.draft != draft:
        raise wrap_ups.StaleDraftError(kept)


async def _write(
    connection: AsyncConnection, said: WrapUp, number: str, *, now: datetime, base_url: str
) -> bool:
    """Write it into the built-in desk's ticket of that number; False if there is none."""
    query = select(tickets).where(tickets.c.number == number)
    ticket = (await connection.execute(query)).one_or_none()
    if ticket is None:
        return False
    draft, note = said.draft, said.draft.note
    if ticket.call_key == said.call_id:
        values = _values(draft, ticket, now)
        await connection.execute(update(tickets).where(tickets.c.number == number).values(values))
    else:  # another call's ticket, into which this one's was merged: it says already what it is
        note = draft.text
    if note:
        row = {"ticket_number": number, "agent_id": said.agent_id, "at": now, "text": note}
        await connection.execute(insert(ticket_notes).values(row))
    kind = EventType.TICKET_COMPLETED if draft.solved_on_call else EventType.TICKET_UPDATED
    await desk.told(connection, kind, number, now, base_url)
    return True


def _values(draft: Draft, ticket: Row[Any], now: datetime) -> dict[str, Any]:
    values = {
        "title": draft.title,
        "title_is_made": False,
        "category_id": draft.category_id,
        "subcategory_id": draft.subcategory_id,
        "priority": draft.priority or ticket.priority,
        "resolution": draft.summary or ticket.resolution,
        "solved_on_call": draft.solved_on_call,
    }
    if draft.solved_on_call:
        # Who solved it in thirty seconds writes one line: without another it is the summary too.
        done = {"status": "complete", "resolution": draft.summary or draft.title}
        return values | done | {"completed_at": now}
    status = draft.status or ("in_progress" if ticket.status == "new" else ticket.status)
    if status == "complete" and ticket.status != "complete":
        raise desk.SummaryMissingError("summary", "to complete a ticket, solve it on the call")
    completed_at = ticket.completed_at if status == "complete" else None
    return values | {"status": status, "completed_at": completed_at}
