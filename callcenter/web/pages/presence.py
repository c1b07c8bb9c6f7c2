"""The agent's own state: a page of it alone, and the pauses that they take."""

from aiohttp import web

from callcenter.db import pauses
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import local, page, read_form
from callcenter.web.render import RENDERER

PAGE = "/state"


async def show(request: web.Request, _session: Session) -> web.StreamResponse:
    """The bar, which every page has, and nothing else: what scripts read again."""
    return request.app[RENDERER].page(request, "state.html")


async def begin(request: web.Request, session: Session) -> web.StreamResponse:
    """Take a pause, or say another reason for it."""
    form, context = await read_form(request), request.app[CONTEXT]
    reason = form.get("reason", "")
    if reason not in context.pause_reasons:
        raise NotFoundError("there is no such reason: choose one from the list")
    async with context.database.transaction() as connection:
        await pauses.begin(connection, session.agent.id, reason, source="page", now=context.now())
    context.floor_changed()
    raise web.HTTPSeeOther(local(form.get("next", PAGE)))


async def end(request: web.Request, session: Session) -> web.StreamResponse:
    """Be back. Said twice, it is the same."""
    form, context = await read_form(request), request.app[CONTEXT]
    async with context.database.transaction() as connection:
        await pauses.end(connection, session.agent.id, now=context.now())
    context.floor_changed()
    raise web.HTTPSeeOther(local(form.get("next", PAGE)))


routes = [
    web.get(PAGE, page(show)),
    web.post(f"{PAGE}/pause", page(begin)),
    web.post(f"{PAGE}/resume", page(end)),
]
