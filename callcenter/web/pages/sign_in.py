"""Signing in and out, and the language one reads."""

from collections.abc import Collection

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, seats, sessions
from callcenter.db.agents import Agent
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.entrance import Attempt, Entrance
from callcenter.web.identity import AGENTS, find_session, page, read_form
from callcenter.web.languages import LANGUAGES
from callcenter.web.limiter import SignInLimiter
from callcenter.web.pages.seats import seat_page

LIMITER = web.AppKey("limiter", SignInLimiter)

ENTRANCE: Entrance[Agent] = Entrance(
    door=AGENTS, template="sign_in.html", limiter=LIMITER, by_login=agents.by_login
)


async def show(request: web.Request) -> web.StreamResponse:
    """The form; for who is signed in already, the way on."""
    if await find_session(request):
        raise web.HTTPSeeOther("/")
    return ENTRANCE.form(request, Attempt(login="", destination=request.query.get("next", "/")))


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check the password, and open a session."""
    tried = await ENTRANCE.attempt(request)
    if tried.person is None:
        return ENTRANCE.form(request, tried)
    return await _open_session(request, tried.person, tried.destination)


async def sign_out(request: web.Request, session: Session) -> web.StreamResponse:
    """End the session, here and in the database; the last one leaves the telephones it took."""
    context = request.app[CONTEXT]
    now, agent = context.now(), session.agent
    async with context.database.transaction() as connection:
        await sessions.revoke(connection, session.token)
        # In another browser they are still at their telephone: its calls must stay theirs.
        if not await sessions.is_there(connection, agent.id, now):
            await seats.leave(connection, agent.id, by=agent, now=now)
    context.hub.notify()
    context.floor_changed()
    raise AGENTS.close(request)


async def set_language(request: web.Request, session: Session) -> web.StreamResponse:
    """Remember in which language the agent reads."""
    form = await read_form(request)
    chosen = form.get("language", "")
    if chosen in LANGUAGES:
        async with request.app[CONTEXT].database.transaction() as connection:
            await agents.set_language(connection, session.agent.id, chosen)
    raise web.HTTPSeeOther(AGENTS.local(form.get("next", "/")))


routes = [
    web.get("/sign-in", show),
    web.post("/sign-in", sign_in),
    web.post("/sign-out", page(sign_out)),
    web.post("/language", page(set_language)),
]


async def _open_session(request: web.Request, agent: Agent, destination: str) -> web.Response:
    context = request.app[CONTEXT]
    now = context.now()
    async with context.database.transaction() as connection:
        await sessions.prune(connection, now)
        session = await sessions.create(connection, agent, now)
        is_asked = await _is_asked_for_seat(connection, agent, context.lines)
    await context.hub.reload_ring_groups()
    to = seat_page(destination) if is_asked else destination
    raise AGENTS.open(request, session.token, to)


async def _is_asked_for_seat(
    connection: AsyncConnection, agent: Agent, lines: Collection[str]
) -> bool:
    """Whether the agent answers calls, has no telephone, and could take one."""
    if agent.role != "agent" or agent.interfaces:
        return False
    return bool(await seats.choices(connection, agent.id, lines))
