"""The list of calls, newest first: all of them, or those that a figure is made of."""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, calls, companies, journal
from callcenter.db.calls import CallPage, Cursor
from callcenter.db.sessions import Session
from callcenter.web import cursors, narrowed_to, narrowing
from callcenter.web.context import CONTEXT
from callcenter.web.identity import page
from callcenter.web.narrowing import Narrowing
from callcenter.web.render import RENDERER
from callcenter.web.wanted import call_filter
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
        narrowed = narrowing.read(request.query, context, context.now())
        wanted = await call_filter(connection, narrowed, context, lines)
        found = CallPage([], None)
        if wanted is not None:
            place = Cursor(*after) if after else None
            found = await calls.page(connection, wanted, after=place, limit=ROWS)
        names = await _names(connection, narrowed)
        today = context.now().astimezone(context.timezone).date()
        cuts = await narrowed_to.cuts(
            connection, narrowed, today, is_staff=session.agent.sees_all_lines
        )
    older = cursors.to_text(found.next.started_at, found.next.id) if found.next else None
    return request.app[RENDERER].page(
        request,
        "calls.html",
        calls=found.calls,
        older=older,
        newest=after is None,
        narrowed=narrowed,
        names=names,
        cuts=cuts,
        seq=seq,
        events=EVENTS,
    )


async def _names(connection: AsyncConnection, narrowed: Narrowing) -> Mapping[str, str]:
    """What agent and company of a narrowed list are called; who is gone is not there."""
    found: dict[str, str] = {}
    if narrowed.agent:
        agent = await agents.by_id(connection, narrowed.agent)
        found |= {"agent": agent.name} if agent else {}
    if narrowed.company:
        company = await companies.get(connection, narrowed.company)
        found |= {"company": company.fields.name} if company else {}
    return found


routes = [web.get("/calls", page(show))]
