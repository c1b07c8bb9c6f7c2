"""How the API answers: JSON, and one shape for whatever goes wrong."""

import json
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.db.faults import is_away
from callcenter.web.access import API, REQUEST_ID
from callcenter.web.api.errors import ApiError, UnauthorizedError

log = structlog.get_logger(__name__)

CHALLENGE = 'Bearer realm="callcenter"'
"""RFC 6750, section 3."""

CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    417: "bad_request",
}
"""Codes of the errors that aiohttp itself raises."""


def json_answer(body: str, *, status: int = 200) -> web.Response:
    """Answer with text that is JSON already."""
    return web.Response(text=body, status=status, content_type="application/json")


def error_answer(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """``{"error": {"code", "message"}}``."""
    text = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json", headers=headers)


@web.middleware
async def api_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error of the API in the API's one shape."""
    if not request.path.startswith(API):
        return await handler(request)
    try:
        return await handler(request)
    except ApiError as error:
        headers = _challenge(request) if isinstance(error, UnauthorizedError) else None
        return error_answer(error.status, error.code, str(error), headers)
    except web.HTTPException as error:
        return _of_aiohttp(error)
    except Exception as error:
        # The edge of the process: whatever it was is logged, and told under the request's id.
        name = request.get(REQUEST_ID, "unknown")
        log.exception("api.failed", request_id=name)
        if is_away(error):
            return error_answer(503, "away", "the database does not answer; ask again in a moment")
        message = f"something failed here; the log has it under request_id {name}"
        return error_answer(500, "internal", message)


def _challenge(request: web.Request) -> dict[str, str]:
    refused = "Authorization" in request.headers
    return {"WWW-Authenticate": CHALLENGE + (', error="invalid_token"' if refused else "")}


def _of_aiohttp(error: web.HTTPException) -> web.Response:
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
    code = CODES.get(error.status, "http")
    return error_answer(
        error.status, code, error.reason or HTTPStatus(error.status).phrase, headers
    )
