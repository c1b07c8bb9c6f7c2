"""Directories of desks that are read into ours: how far, and what is wrong."""

from collections.abc import Awaitable, Callable, Mapping
from itertools import groupby
from typing import TypeAlias

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import desk_passes, trail
from callcenter.db.sessions import Session
from callcenter.db.trail import Action
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page, read_form
from callcenter.web.pages.admin.staff import ADMINS, by
from callcenter.web.render import RENDERER

PAGE = "/admin/synchronisation"

Deed: TypeAlias = tuple[Action, Callable[[AsyncConnection, str], Awaitable[None]]]

DEEDS: Mapping[str, Deed] = {
    "again": (Action.DIRECTORY_REREAD, desk_passes.again),
    "remove": (Action.DIRECTORY_LOSS_ALLOWED, desk_passes.allow),
}


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """Each desk's kinds of entries, in the order in which they are read."""
    async with request.app[CONTEXT].database.reading() as connection:
        passes = await desk_passes.listed(connection)
    desks = [(name, list(some)) for name, some in groupby(passes, key=lambda one: one.desk)]
    return request.app[RENDERER].page(request, "admin/synchronisation.html", desks=desks)


async def change(request: web.Request, session: Session) -> web.StreamResponse:
    """Have all of a desk's directory read again, or what is gone from it removed."""
    form = await read_form(request)
    deed, desk, who = DEEDS.get(form.get("do", "")), form.get("desk", ""), by(request, session)
    if deed is None:
        raise NotFoundError
    action, do = deed
    async with request.app[CONTEXT].database.transaction() as connection:
        if desk not in {one.desk for one in await desk_passes.listed(connection)}:
            raise NotFoundError
        await do(connection, desk)
        await trail.note(
            connection, action, now=who.now, actor=who.actor, about=f"desk:{desk}", desk=desk
        )
    raise web.HTTPSeeOther(PAGE)


routes = [
    web.get(PAGE, page(show, roles=ADMINS)),
    web.post(PAGE, page(change, roles=ADMINS)),
]
