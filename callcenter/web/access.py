"""What is noted of each request, and what is answered when something goes wrong.

A log line has the route, never the address itself, and never who asked: ``/tickets/{number}``.
"""

import time
import uuid

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.db.faults import is_away
from callcenter.errors import CallcenterError
from callcenter.web.errors import AwayError, NotFoundError, PageError, TooLargeError
from callcenter.web.render import RENDERER

log = structlog.get_logger(__name__)

REQUEST_ID = web.RequestKey("request_id", str)

API = ("/api/", "/alerts/", "/hooks/")
"""What machines ask: errors are answered in their way, not with a page."""

CODES = {error.status: error.code for error in (NotFoundError, TooLargeError)}
"""aiohttp raises its own errors for these; they mean the same."""

QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines: noted at debug level only."""


@web.middleware
async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, and note how it went."""
    request[REQUEST_ID] = uuid.uuid4().hex
    started = time.monotonic()
    status = 499  # the client went away before there was an answer
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as answer:
        status = answer.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource else "unknown"
        say = log.debug if route in QUIET_ROUTES else log.info
        say(
            "http.request",
            method=request.method if request.method.isalpha() else "unknown",
            route=route,
            status=status,
            ms=round((time.monotonic() - started) * 1000, 1),
            request_id=request[REQUEST_ID],
        )


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors of the pages into a page with the error's code; the API has its own."""
    try:
        return await handler(request)
    except Exception as error:
        if request.path.startswith(API) or _is_an_answer(error):
            raise
        status, code = _status_and_code(error)
        if status >= 500:
            log.exception("http.failed", code=code, request_id=request[REQUEST_ID])
        return request.app[RENDERER].page(
            request, "error.html", status=status, code=code, request_id=request[REQUEST_ID]
        )


def _is_an_answer(error: Exception) -> bool:
    """Redirections, and 405 with its list of methods, are complete as they are."""
    return isinstance(error, web.HTTPException) and (error.status < 400 or error.status == 405)


def _status_and_code(error: Exception) -> tuple[int, str]:
    match error:
        case PageError():
            return error.status, error.code
        case web.HTTPException():
            return error.status, CODES.get(error.status, "http")
        case _ if is_away(error):
            return AwayError.status, AwayError.code
        case CallcenterError():
            return 500, error.code
        case _:
            return 500, "internal"
