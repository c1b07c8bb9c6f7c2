"""The customers' pages, under ``/portal``: a way in, a session and a layout of their own."""

from aiohttp import web

from callcenter.web.context import Portal
from callcenter.web.limiter import SignInLimiter
from callcenter.web.pages.portal import account, sign_in, tickets


def setup(app: web.Application, portal: Portal) -> None:
    """Add them to the application."""
    app[sign_in.LIMITER] = SignInLimiter()
    app[tickets.PORTAL] = portal
    for module in (sign_in, tickets, account):
        app.add_routes(module.routes)
