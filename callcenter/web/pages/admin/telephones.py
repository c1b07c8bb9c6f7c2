"""Telephones: whose each one is, and what the PBX says of it."""

from aiohttp import web

from callcenter.db import handsets
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import ADMINS
from callcenter.web.render import RENDERER


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Every telephone that rings for a line, that somebody has, or that the PBX told of."""
    async with request.app[CONTEXT].database.reading() as connection:
        known = await handsets.known(connection)
    return request.app[RENDERER].page(request, "admin/telephones.html", handsets=known)


routes = [web.get("/admin/telephones", page(show, roles=ADMINS))]
