"""The web application: pages, static files and the API, put together."""

from aiohttp import web

from callcenter.web import access, api, dossiers, importing
from callcenter.web.bundles import CACHE_CONTROL, PREFIX, STATIC
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.entrance import PASSWORDS
from callcenter.web.limiter import SignInLimiter
from callcenter.web.pages import (
    admin,
    alerts,
    audit,
    callbacks,
    callers,
    calls,
    console,
    floor,
    history,
    mails,
    obligations,
    outgoing,
    portal,
    preferences,
    presence,
    recordings,
    seats,
    sign_in,
    staffing,
    tickets,
    wallboard,
    work,
)
from callcenter.web.passwords import Passwords
from callcenter.web.render import RENDERER, TEMPLATES, Renderer
from callcenter.web.security import add_headers
from callcenter.web.wallboard import WALLBOARD, Wallboard

PAGES = (
    admin,
    alerts,
    audit,
    callbacks,
    callers,
    calls,
    console,
    floor,
    history,
    mails,
    obligations,
    outgoing,
    preferences,
    presence,
    recordings,
    seats,
    sign_in,
    staffing,
    tickets,
    wallboard,
    work,
)

BODY_MAX = 128 * 1024
"""Bytes in a request: the longest note fits, in letters that take twelve each in a form."""

SHUTDOWN_S = 3
"""How long answers under way may take when the service stops; streams end at once."""


def build_app(context: WebContext) -> web.Application:
    """The application; whoever runs it also opens and closes what is in the context."""
    app = web.Application(client_max_size=BODY_MAX, middlewares=[access.note, access.explain])
    app[CONTEXT] = context
    app[RENDERER] = Renderer(context)
    app[sign_in.LIMITER] = SignInLimiter()
    app[PASSWORDS] = Passwords()
    app[WALLBOARD] = Wallboard(context)
    for module in PAGES:
        app.add_routes(module.routes)
    if context.portal:
        portal.setup(app, context.portal)
    app.router.add_static(PREFIX, STATIC)
    app.router.add_get("/icon.svg", _icon)
    api.setup(app, context)
    app.cleanup_ctx.append(dossiers.running)
    app.cleanup_ctx.append(importing.running)
    app.on_response_prepare.append(_cache_static)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_streams)
    return app


def runner(app: web.Application) -> web.AppRunner:
    """Runs the application without aiohttp's own log, which would hold whole addresses."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)


async def _icon(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(TEMPLATES / "icon.svg", headers={"Cache-Control": "max-age=86400"})


async def _cache_static(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith(PREFIX) and response.status in (200, 206, 304):
        response.headers["Cache-Control"] = CACHE_CONTROL


async def _end_streams(app: web.Application) -> None:
    app[CONTEXT].hub.release()
