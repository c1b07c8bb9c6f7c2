"""The list of calls, newest first."""

from aiohttp import web

from callcenter.db import calls, journal
from callcenter.db.calls import CallFilter, Cursor
from callcenter.db.sessions import Session
from callcenter.web import cursors
from callcenter.web.context import CONTEXT
from callcenter.web.identity import page
from callcenter.web.render import RENDERER
from webhooks import EventType

ROWS = 50

EVENTS = tuple(kind for kind in EventType if kind.startswith("call."))
"""What makes the newest page be read again."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """A page of the calls on the agent's lines; supervisors and administrators see every line."""
    context = request.app[CONTEXT]
    after = cursors.from_text(request.query.get("after"))
    reached = context.hub.last_seq  # an old journal may be empty again
    async with context.database.reading() as connection:
        await context.hub.ring_groups.reload(connection)
        lines = None
        if not session.agent.sees_all_lines:
            lines = context.hub.ring_groups.lines_of(session.agent.id)
        seq = max(reached, await journal.last_seq(connection))
        found = await calls.page(
            connection,
            CallFilter(lines=lines),
            after=Cursor(*after) if after else None,
            limit=ROWS,
        )
    older = cursors.to_text(found.next.started_at, found.next.id) if found.next else None
    return request.app[RENDERER].page(
        request,
        "calls.html",
        calls=found.calls,
        older=older,
        newest=after is None,
        seq=seq,
        events=EVENTS,
    )


routes = [web.get("/calls", page(show))]
