"""``/alerts/``: what monitoring systems send. It is kept, and answered; a job makes tickets of it.

Who sends knows the secret of its table in the configuration: as the last part of the address, for
those that can send nothing else, or as a bearer token, or as the password of any user.
"""

import base64
import binascii
import json

import structlog
from aiohttp import web

from callcenter.alerts.payload import Payload, PayloadError
from callcenter.alerts.source import Source
from callcenter.db import alert_deliveries
from callcenter.web.api.answers import json_answer
from callcenter.web.api.bodies import body_of
from callcenter.web.api.errors import (
    ApiError,
    BadBodyError,
    NoSuchThingError,
    WrongSecretError,
)
from callcenter.web.context import CONTEXT

log = structlog.get_logger(__name__)

BODY_MAX = 4 * 1024 * 1024
"""Bytes: Alertmanager puts thousands of alerts into one body."""

TAKEN, AGAIN, TRIED = "taken", "again", "tried"
"""What is counted of a request that was understood; of others it is the code of their error."""


async def post_alerts(request: web.Request) -> web.Response:
    """Keep what was sent, once, before it is answered."""
    inbox = request.app[CONTEXT].alerts
    source = inbox.sources.get(request.match_info["source"])
    if source is None:
        raise NoSuchThingError("no [[alerts]] of the configuration is called so")
    try:
        payload, result = await _take(request, source)
    except ApiError as error:
        inbox.count(source.name, error.code)
        log.warning("alerts.refused", source=source.name, code=error.code, why=str(error))
        raise
    inbox.count(source.name, result)
    if payload.cut:
        log.warning("alerts.cut", source=source.name, count=payload.cut)
    if result == TAKEN:
        inbox.received()
    return json_answer(json.dumps({"alerts": len(payload.alerts)}))


async def _take(request: web.Request, source: Source) -> tuple[Payload, str]:
    if not source.knows(_secret(request)):
        raise WrongSecretError("send the secret of this [[alerts]]: in the address, or as a token")
    body = await body_of(request, BODY_MAX, "send fewer alerts at once")
    try:
        payload = source.parse(body)
    except PayloadError as error:
        raise BadBodyError(str(error)) from error
    if not payload.alerts:
        return payload, TRIED
    context = request.app[CONTEXT]
    async with context.database.transaction() as connection:
        is_new = await alert_deliveries.store(connection, source.name, body, context.now())
    return payload, TAKEN if is_new else AGAIN


def _secret(request: web.Request) -> str:
    if in_address := request.match_info.get("secret"):
        return in_address
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _password(given)
    return given.strip() if scheme.lower() == "bearer" else ""


def _password(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
