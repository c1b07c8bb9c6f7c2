"""What monitoring systems say is wrong at this moment: a page that keeps itself in step."""

from aiohttp import web

from callcenter.db import alerts, journal
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import page
from callcenter.web.render import RENDERER
from webhooks import EventType

ROWS = 200
"""More tickets than that at once are one trouble of our own."""

EVENTS = (EventType.TICKET_CREATED, EventType.TICKET_UPDATED, EventType.TICKET_COMPLETED)
"""What makes the page be read again."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The tickets whose alerts go on, the last alert first."""
    async with request.app[CONTEXT].database.reading() as connection:
        seq = await journal.last_seq(connection)
        listed = await alerts.going_on(connection, ROWS)
    return request.app[RENDERER].page(
        request,
        "alerts.html",
        listed=listed,
        seq=seq,
        events=EVENTS,
        now=request.app[CONTEXT].now(),
    )


routes = [web.get("/alerts", page(show))]
