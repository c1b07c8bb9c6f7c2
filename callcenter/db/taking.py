"""Tickets that nobody has yet, and who takes one."""

from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import TICKET_IS_UNTAKEN, tickets
from callcenter.db.tickets import TicketError, TicketGoneError, told
from webhooks import EventType


class TakenError(TicketError):
    """The ticket has another primary resource already."""

    code = "taken"


async def count_untaken(connection: AsyncConnection, source: str) -> int:
    """How many open tickets from there have no primary resource yet."""
    query = (
        select(func.count())
        .select_from(tickets)
        .where(tickets.c.source == source, TICKET_IS_UNTAKEN)
    )
    return int((await connection.execute(query)).scalar_one())


async def take(
    connection: AsyncConnection, number: str, *, agent_id: int, now: datetime, base_url: str
) -> None:
    """Make the agent its primary resource; a new ticket is in progress then.

    Sent twice, done once. Raises TakenError where a colleague was faster, and TicketGoneError.
    """
    is_free = (tickets.c.number == number) & tickets.c.merged_into.is_(None)
    is_free &= tickets.c.primary_resource_id.is_(None)
    status = case((tickets.c.status == "new", "in_progress"), else_=tickets.c.status)
    taken = {"primary_resource_id": agent_id, "status": status}
    statement = update(tickets).where(is_free).values(taken)
    if (await connection.execute(statement)).rowcount == 0:
        await _check_taker(connection, number, agent_id)
        return
    await told(connection, EventType.TICKET_UPDATED, number, now, base_url)


async def _check_taker(connection: AsyncConnection, number: str, agent_id: int) -> None:
    query = select(tickets.c.primary_resource_id, tickets.c.merged_into)
    row = (await connection.execute(query.where(tickets.c.number == number))).one_or_none()
    if row is None or row.merged_into is not None:
        raise TicketGoneError("number", f"there is no ticket {number}")
    if row.primary_resource_id != agent_id:
        raise TakenError("taker", "a colleague has taken this ticket: look at who it is")
