"""From what a ticket says to the debt of its call: the one way by which debts are qualified.

Whoever answered owns the debt, and a supervisor may qualify it for them, which is kept in the
trail. What anybody else writes into the ticket is in the ticket, and changes nothing of the debt.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import qualification
from callcenter.core.qualification import Missing
from callcenter.db import categories, obligations, trail, wrap_ups
from callcenter.db.agents import Agent
from callcenter.db.schema import OBLIGATION_IS_UNQUALIFIED, agents, ticket_notes, tickets
from callcenter.db.schema import obligations as debts


@dataclass(frozen=True, slots=True)
class Debt:
    """An unqualified debt, and the agent whose it is."""

    call_id: str
    agent_id: int | None
    agent: str | None  # the login

    def is_for(self, somebody: Agent | None) -> bool:
        """Whether they may qualify it; None is the service itself."""
        return somebody is None or somebody.sees_all_lines or somebody.id == self.agent_id


async def owed(connection: AsyncConnection, number: str) -> Debt | None:
    """The debt that waits for what this ticket of the built-in desk says of its own call."""
    query = (
        select(debts.c.call_id, debts.c.agent_id, agents.c.login)
        .join(tickets, tickets.c.call_key == debts.c.call_id)
        .outerjoin(agents, agents.c.id == debts.c.agent_id)
        .where(tickets.c.number == number, OBLIGATION_IS_UNQUALIFIED)
    )
    row = (await connection.execute(query)).one_or_none()
    return Debt(row.call_id, row.agent_id, row.login) if row else None


async def lacks(connection: AsyncConnection, number: str) -> tuple[Missing, ...]:
    """What the ticket has yet to say."""
    query = select(tickets).where(tickets.c.number == number)
    row = (await connection.execute(query)).one()
    return qualification.missing(
        row.title,
        is_made=row.title_is_made,
        category_id=row.category_id,
        has_categories=await categories.exist(connection),
    )


async def is_title_made(connection: AsyncConnection, number: str) -> bool:
    """Whether the ticket has the service's own title, and nobody confirmed it."""
    query = select(tickets.c.title_is_made).where(tickets.c.number == number)
    return bool((await connection.execute(query)).scalar())


async def qualify(
    connection: AsyncConnection, number: str, *, by: Agent | None, now: datetime, url: str
) -> None:
    """Qualify the debt of the ticket's call, if the ticket says enough and it is theirs to say.

    ``url`` is the ticket's. What was typed about the call elsewhere, and is not finished, becomes a
    note in the ticket.
    """
    debt = await owed(connection, number)
    if debt is None or not debt.is_for(by) or await lacks(connection, number):
        return
    # An agent may be faster than the job that confirms the ticket; here it is, so it is confirmed.
    await obligations.ticketed(connection, debt.call_id, number=number, url=url, now=now)
    if not await obligations.qualified(connection, debt.call_id, number=number, now=now):
        return
    await note_for_another(connection, debt, by=by, now=now)
    left = await wrap_ups.close(connection, debt.call_id, now=now)
    text = "\n\n".join(filter(None, (left.note, left.summary))) if left else ""
    if text:
        values = {"ticket_number": number, "agent_id": debt.agent_id, "at": now, "text": text}
        await connection.execute(insert(ticket_notes).values(values))


async def note_for_another(
    connection: AsyncConnection, debt: Debt, *, by: Agent | None, now: datetime
) -> None:
    """Keep in the trail who qualified it, if it is not theirs."""
    if by is not None and by.id != debt.agent_id:
        action = trail.Action.OBLIGATION_QUALIFIED
        await trail.note(
            connection,
            action,
            now=now,
            actor=by.login,
            call_id=debt.call_id,
            answered_by=debt.agent,
        )
