"""Notes in the tickets of the built-in desk: whose they are, and who may read them."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agents, customers, ticket_notes, tickets
from webhooks import Note


async def write(
    connection: AsyncConnection,
    number: str,
    *,
    text: str,
    now: datetime,
    agent_id: int | None = None,
    customer_id: int | None = None,
    is_public: bool = False,
) -> None:
    """Write into the ticket. Whose company's it is then is kept: who may read it are its people."""
    whose = select(tickets.c.company_id).where(tickets.c.number == number).scalar_subquery()
    values = {
        "ticket_number": number,
        "agent_id": agent_id,
        "customer_id": customer_id,
        "is_public": is_public,
        "company_id": whose,
        "at": now,
        "text": text,
    }
    await connection.execute(insert(ticket_notes).values(values))


async def of_tickets(
    connection: AsyncConnection, numbers: Collection[str]
) -> dict[str, list[Note]]:
    """The notes in each of the tickets that has any, oldest first."""
    query = (
        select(ticket_notes, agents.c.login, customers.c.name.label("customer"))
        .outerjoin(agents, agents.c.id == ticket_notes.c.agent_id)
        .outerjoin(customers, customers.c.id == ticket_notes.c.customer_id)
        .where(ticket_notes.c.ticket_number.in_(numbers))
        .order_by(ticket_notes.c.id)
    )
    found: defaultdict[str, list[Note]] = defaultdict(list)
    for row in await connection.execute(query):
        note = Note(
            at=row.at,
            agent=row.login,
            customer=row.customer,
            public=row.is_public,
            text=row.text,
        )
        found[row.ticket_number].append(note)
    return found
