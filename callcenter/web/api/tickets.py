"""``/api/v1/tickets``: those of the built-in desk."""

from typing import get_args

from aiohttp import web

from callcenter.db import tickets
from callcenter.db.tickets import Cursor, TicketFilter
from callcenter.web.api.answers import json_answer
from callcenter.web.api.errors import NoSuchThingError
from callcenter.web.api.parameters import Parameters, next_cursor, path_key
from callcenter.web.context import CONTEXT
from webhooks import Ticket
from webhooks.shape import Shape
from webhooks.ticket import TicketStatus

STATUSES = get_args(TicketStatus)


class TicketList(Shape):
    """A page of tickets, newest first; ``next`` is the cursor of the page behind it."""

    tickets: list[Ticket]
    next: str | None


async def list_tickets(request: web.Request) -> web.Response:
    """A page of tickets."""
    context = request.app[CONTEXT]
    asked = Parameters(request, ("status", "from", "to", "limit", "cursor"))
    begin = asked.cursor()
    wanted = TicketFilter(
        status=asked.choice("status", STATUSES),
        since=asked.moment("from"),
        until=asked.moment("to"),
    )
    async with context.database.reading() as connection:
        page = await tickets.page(
            connection,
            wanted,
            after=Cursor(*begin) if begin else None,
            limit=asked.limit(),
            base_url=context.public_url,
        )
    more = next_cursor(page.next.created_at, page.next.number) if page.next else None
    return json_answer(TicketList(tickets=page.tickets, next=more).model_dump_json())


async def get_ticket(request: web.Request) -> web.Response:
    """One ticket."""
    Parameters(request, ())
    context, number = request.app[CONTEXT], path_key(request, "number")
    async with context.database.reading() as connection:
        ticket = await tickets.get(connection, number, base_url=context.public_url)
    if ticket is None:
        raise NoSuchThingError("there is no ticket with this number")
    return json_answer(ticket.model_dump_json())
