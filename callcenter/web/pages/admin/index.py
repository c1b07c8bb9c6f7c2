"""What there is to look after."""

from aiohttp import web

from callcenter.db.sessions import Session
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The pages there are, with what each is for."""
    return request.app[RENDERER].page(request, "admin/index.html")


routes = [web.get("/admin", page(show, roles=STAFF))]
