"""The floor, for supervisors: where every agent stands, and what may be done about it."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, blocks, journal, pauses, presence, seats
from callcenter.db.agents import Agent
from callcenter.db.presence import Presence
from callcenter.db.rights import Right
from callcenter.db.seats import Seat
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, PageHandler, page, read_form
from callcenter.web.pages import supervision
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER
from webhooks import EventType

PAGE = "/floor"
NOUNS = ("agent", "call", "obligation", "seat", "supervision")
EVENTS = tuple(kind for kind in EventType if kind.partition(".")[0] in NOUNS)
"""What makes the page be read again."""

Deed: TypeAlias = Callable[[AsyncConnection, Form, Agent, WebContext], Awaitable[object]]
"""What is done in a transaction with a form's fields, by a supervisor."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """Everybody: who is overdue first, then who is blocked, then by name."""
    return await _page(request, session)


async def supervise(request: web.Request, session: Session) -> web.StreamResponse:
    """Let a supervisor hear a call; where that cannot be, say why."""
    why_not = await supervision.begin(request, session, await read_form(request))
    if why_not is not None:
        return await _page(request, session, why_not=why_not)
    raise web.HTTPSeeOther(PAGE)


async def stop(request: web.Request, session: Session) -> web.StreamResponse:
    """End what a supervisor hears."""
    await supervision.stop(request, session, await read_form(request))
    raise web.HTTPSeeOther(PAGE)


async def _page(
    request: web.Request, session: Session, *, why_not: str | None = None
) -> web.StreamResponse:
    context = request.app[CONTEXT]
    reached = context.hub.last_seq  # an old journal may be empty again
    async with context.database.reading() as connection:
        seq = max(reached, await journal.last_seq(connection))
        everyone = await presence.everyone(connection)
        held = await seats.everyone(connection)
        lost = await presence.nobodys(connection)
        listening = await supervision.listening(connection, session, context)
    return request.app[RENDERER].page(
        request,
        "floor.html",
        status=422 if why_not else 200,
        back=PAGE,
        why_not=why_not,
        listening=listening,
        release_reasons=blocks.RELEASE_REASONS,
        everyone=sorted(everyone, key=_urgency),
        seats=_by_agent(held),
        nobodys=lost,
        seq=seq,
        events=EVENTS,
        now=context.now(),
    )


async def release(
    connection: AsyncConnection, form: Form, by: Agent, context: WebContext
) -> object:
    """Let calls through to an agent, though their tickets are yet to be written."""
    agent, reason = await _agent(connection, form), form.get("reason") or None
    if reason not in (None, *blocks.RELEASE_REASONS):
        raise NotFoundError("there is no such reason: choose one from the list")
    now = context.now()
    return await blocks.release(connection, agent.id, by=by.login, now=now, reason=reason)


async def release_call(
    connection: AsyncConnection, form: Form, by: Agent, context: WebContext
) -> object:
    """Let a telephone ring again that nobody has, though a call was answered at it."""
    call = form.get("call", "")
    return await blocks.release_call(connection, call, by=by.login, now=context.now())


async def pause(connection: AsyncConnection, form: Form, by: Agent, context: WebContext) -> object:
    """Put an agent on a pause."""
    agent, reason = await _agent(connection, form), form.get("reason", "")
    if reason not in context.pause_reasons:
        raise NotFoundError("there is no such reason: choose one from the list")
    now = context.now()
    return await pauses.begin(connection, agent.id, reason, source="page", now=now, by=by.login)


async def resume(connection: AsyncConnection, form: Form, by: Agent, context: WebContext) -> object:
    """End an agent's pause."""
    agent = await _agent(connection, form)
    return await pauses.end(connection, agent.id, now=context.now(), by=by.login)


async def free(connection: AsyncConnection, form: Form, by: Agent, context: WebContext) -> object:
    """Free the telephone that an agent did not leave."""
    agent = await _agent(connection, form)
    interface = form.get("interface", "")
    return await seats.leave(connection, agent.id, interface, by=by, now=context.now())


def action(deed: Deed) -> PageHandler:
    """A form's handler: do it, and show the floor again."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form, context = await read_form(request), request.app[CONTEXT]
        async with context.database.transaction() as connection:
            await deed(connection, form, session.agent, context)
        context.hub.notify()
        context.floor_changed()
        raise web.HTTPSeeOther(PAGE)

    return handle


DEEDS = {
    "release": release,
    "release-call": release_call,
    "pause": pause,
    "resume": resume,
    "free": free,
}

routes = [
    web.get(PAGE, page(show, roles=STAFF)),
    web.post(f"{PAGE}/supervise", page(supervise, roles=STAFF, right=Right.SUPERVISE)),
    web.post(f"{PAGE}/supervise/stop", page(stop, roles=STAFF)),
    *(web.post(f"{PAGE}/{name}", page(action(deed), roles=STAFF)) for name, deed in DEEDS.items()),
]


async def _agent(connection: AsyncConnection, form: Form) -> Agent:
    agent = await agents.by_login(connection, form.get("agent", ""))
    if agent is None:
        raise NotFoundError("there is no such agent: load the page again")
    return agent


def _urgency(one: Presence) -> tuple[bool, bool]:
    return not one.is_overdue, not one.blocked_on


def _by_agent(held: Iterable[Seat]) -> Mapping[int, list[Seat]]:
    found = defaultdict(list)
    for seat in held:
        found[seat.agent_id].append(seat)
    return found
