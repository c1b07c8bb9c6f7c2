"""The agent's page, and the stream that keeps it true."""

from aiohttp import web

from callcenter.db import callbacks, calls, journal, tickets
from callcenter.db.sessions import Session
from callcenter.db.tickets import TicketFilter
from callcenter.web.colleagues import colleagues_of
from callcenter.web.context import CONTEXT
from callcenter.web.dossiers import DOSSIERS
from callcenter.web.errors import PageError
from callcenter.web.identity import find_session, page
from callcenter.web.pages.outgoing import current_call
from callcenter.web.pages.work import work_of
from callcenter.web.payload import Payload
from callcenter.web.render import RENDERER
from callcenter.web.sights import times_out_of_sight
from callcenter.web.sse import HEADERS, resume_point, stream
from callcenter.web.viewer import viewer_of
from webhooks import EventType

MY_TICKETS = 8
"""Tickets beside the calls of the moment: this morning's, for most."""

STALE_AFTER = 2_000
"""A page that missed more entries than this is quicker loaded anew than told all of them."""

STALE = b"event: stale\ndata: {}\n\n"
"""Says so to the page's script."""

PAGE_BEAT = b"event: beat\ndata: {}\n\n"
"""An event rather than a comment: a script does not see comments, and must notice silence."""

EVENTS = tuple(EventType)
"""What the script listens for; the browser gives events of one type at a time."""


class SignedOutError(PageError):
    """The session is over: sign in again."""

    code = "signed_out"
    status = 401


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """The page as of one moment of the journal, from where the stream goes on."""
    context = request.app[CONTEXT]
    mine = TicketFilter(agent_id=session.agent.id, is_merged=False)
    viewer = viewer_of(request, session)
    reached = context.hub.last_seq  # an old journal may be empty again
    async with context.database.reading() as connection:
        await context.hub.ring_groups.reload(connection)
        seq = max(reached, await journal.last_seq(connection))
        current = await calls.current(connection, None)
        latest = await tickets.page(
            connection, mine, after=None, limit=MY_TICKETS, base_url=context.public_url
        )
        unseen = await times_out_of_sight(connection, context)
        work = await work_of(connection, session, context)
        colleagues = await colleagues_of(connection, session.agent, context.hub.ring_groups)
        waiting = await callbacks.open_ids(connection, viewer.lines)
        strip = await current_call(connection, session, context)
    payload = payload_of(request)
    state = {
        "seq": seq,
        "now": context.now().isoformat(),
        "callbacks": waiting,
        "calls": [payload.of_call(call) for call in current if viewer.sees_call(call)],
    }
    return request.app[RENDERER].page(
        request,
        "console.html",
        state=state,
        events=EVENTS,
        tickets=latest.tickets,
        unseen=[one for one in unseen if one.ended_at is None],
        incomplete=[one for one in unseen if one.ended_at is not None],
        now=context.now(),
        colleagues=colleagues,
        callback_count=len(waiting),
        **work,
        **strip,
        has_line=session.agent.sees_all_lines
        or bool(context.hub.ring_groups.lines_of(session.agent.id)),
    )


async def live(request: web.Request) -> web.StreamResponse:
    """What happens from here on, of what concerns the agent."""
    session = await find_session(request)
    if session is None:
        raise SignedOutError("sign in again")
    hub, after = request.app[CONTEXT].hub, resume_point(request)
    if after is not None and await _is_stale(request, after):
        return web.Response(body=STALE, headers=HEADERS)
    await hub.reload_ring_groups()

    async def still_welcome() -> bool:
        # An open page counts as use: who waits for calls is not idle.
        return await find_session(request) is not None

    return await stream(
        request,
        hub,
        after=after,
        beat=PAGE_BEAT,
        select=viewer_of(request, session).sees,
        render=payload_of(request),
        still_welcome=still_welcome,
        asides=lambda: request.app[DOSSIERS].current,
    )


async def _is_stale(request: web.Request, after: int) -> bool:
    """Whether a page must be loaded anew: it missed too much, or knows of what never was.

    The latter are pages from before the database was restored from a copy.
    """
    context = request.app[CONTEXT]
    if after <= context.hub.last_seq:
        return context.hub.last_seq - after > STALE_AFTER
    async with context.database.reading() as connection:
        return after > await journal.last_seq(connection)


routes = [web.get("/", page(show)), web.get("/live", live, allow_head=False)]


def payload_of(request: web.Request) -> Payload:
    """How entries and calls are put for the page's script."""
    context = request.app[CONTEXT]
    return Payload(context.country, context.public_url)
