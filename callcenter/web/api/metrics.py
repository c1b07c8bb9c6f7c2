"""``/metrics``, and what is measured of HTTP.

Labels have the route, never the address: ``/tickets/{number}``.
"""

import asyncio
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram
from prometheus_client.exposition import generate_latest
from sqlalchemy.exc import SQLAlchemyError

from callcenter.db import gauges
from callcenter.web.api.gauges import DatabaseGauges
from callcenter.web.api.health import DATABASE_LIMIT_S
from callcenter.web.context import CONTEXT

REQUEST_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
NAME_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1)
"""Up to the limit of the answer and beyond: the telephones wait for it."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """One an application."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Histogram(
            "callcenter_http_request_seconds",
            "From the request to its answer, event streams left out.",
            ["method", "route", "status"],
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._names = Histogram(
            "callcenter_caller_name_seconds",
            "How long the PBX waited for a caller's name, by what it was told.",
            ["result"],
            buckets=NAME_BUCKETS_S,
            registry=registry,
        )
        self.gauges = DatabaseGauges(registry)

    def name_answered(self, result: str, seconds: float) -> None:
        """A PBX was told a name (``known``, ``unknown``), refused or put off (``late``...)."""
        self._names.labels(result).observe(seconds)

    def request_answered(self, request: web.Request, status: int, seconds: float) -> None:
        """A request was answered."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        method = request.method if request.method in METHODS else "other"
        self._requests.labels(method, route, str(status)).observe(seconds)


HTTP_METRICS = web.AppKey("http_metrics", HttpMetrics)


def measured(metrics: HttpMetrics) -> Middleware:
    """A middleware that measures each request."""

    @web.middleware
    async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.monotonic()
        try:
            response = await handler(request)
        except web.HTTPException as error:
            metrics.request_answered(request, error.status, time.monotonic() - started)
            raise
        if response.content_type != "text/event-stream":
            metrics.request_answered(request, response.status, time.monotonic() - started)
        return response

    return measure


async def get_metrics(request: web.Request) -> web.Response:
    """In Prometheus' text format. What the database does not tell is NaN; the rest is there."""
    context, metrics = request.app[CONTEXT], request.app[HTTP_METRICS]
    try:
        async with asyncio.timeout(DATABASE_LIMIT_S), context.database.reading() as connection:
            found = await gauges.read(connection)
    except (SQLAlchemyError, OSError):  # TimeoutError is one
        metrics.gauges.away()
    else:
        metrics.gauges.show(found, context.now())
    return web.Response(
        body=generate_latest(context.metrics), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )
