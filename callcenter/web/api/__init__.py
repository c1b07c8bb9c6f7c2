"""The API under ``/api/v1``, what the PBX asks, what monitoring systems send, and
what machines that watch over us ask.

``openapi.yaml`` describes every route; a test holds the two together.
"""

from importlib.resources import files

from aiohttp import web

from callcenter.web.api import alerts, calls, coverage, events, health, hooks, tickets
from callcenter.web.api.answers import api_errors
from callcenter.web.api.caller_name import LOOKUPS, PATH, NameLookups, post_caller_name
from callcenter.web.api.metrics import HTTP_METRICS, HttpMetrics, get_metrics, measured
from callcenter.web.api.tokens import with_token
from callcenter.web.context import WebContext

V1 = "/api/v1"


def setup(app: web.Application, context: WebContext) -> None:
    """Add the routes, and middlewares on both sides of those that the application has already."""
    app[HTTP_METRICS] = HttpMetrics(context.metrics)
    app[LOOKUPS] = NameLookups(context)
    app.on_cleanup.append(_finish_lookups)
    app.middlewares.insert(0, measured(app[HTTP_METRICS]))  # it sees what became of every error
    app.middlewares.append(api_errors)
    app.router.add_get(f"{V1}/openapi.yaml", _description)
    for path, handler in (
        ("/calls", calls.list_calls),
        ("/calls/{id}", calls.get_call),
        ("/tickets", tickets.list_tickets),
        ("/tickets/{number}", tickets.get_ticket),
        ("/coverage", coverage.get_coverage),
    ):
        app.router.add_get(V1 + path, with_token(handler))
    app.router.add_get(f"{V1}/events", with_token(events.get_events), allow_head=False)
    app.router.add_get("/healthz", health.get_health)
    app.router.add_get("/readyz", health.get_readiness)
    app.router.add_get("/metrics", get_metrics)
    app.router.add_post(PATH, post_caller_name)
    app.router.add_post("/hooks/{desk}", hooks.post_hook)
    app.router.add_post("/alerts/{source}", alerts.post_alerts)
    app.router.add_post("/alerts/{source}/{secret}", alerts.post_alerts)


async def _description(_request: web.Request) -> web.Response:
    text = files(__package__).joinpath("openapi.yaml").read_text(encoding="utf-8")
    return web.Response(text=text, content_type="application/yaml", charset="utf-8")


async def _finish_lookups(app: web.Application) -> None:
    await app[LOOKUPS].close()
