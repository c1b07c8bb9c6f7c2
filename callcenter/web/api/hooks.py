"""``/hooks/``: what desks tell of their tickets. It is kept, and answered; what follows from it is
found out later, by reading the ticket.
"""

import json
from datetime import timedelta

import structlog
from aiohttp import web

from callcenter.core.hook import ForgedError, HookError, StaleError
from callcenter.db import desk_events
from callcenter.web.api.answers import json_answer
from callcenter.web.api.bodies import body_of
from callcenter.web.api.errors import (
    ApiError,
    BadBodyError,
    NoSuchThingError,
    StaleHookError,
    WrongSecretError,
)
from callcenter.web.context import CONTEXT, Hear

log = structlog.get_logger(__name__)

BODY_MAX = 1024 * 1024
"""Bytes: Zammad and GLPI send the whole ticket."""

SETTLES = timedelta(seconds=1)
"""Desks tell of a change before it is committed there: read at once, the ticket is as it was."""

TAKEN, AGAIN = "taken", "again"
"""What is counted of one that was understood; of others it is the code of their error."""


async def post_hook(request: web.Request) -> web.Response:
    """Keep what was told, once, before it is answered."""
    inbox = request.app[CONTEXT].hooks
    name = request.match_info["desk"]
    hear = inbox.desks.get(name)
    if hear is None:
        raise NoSuchThingError("no desk with a webhook_secret is called so in the configuration")
    try:
        heard, added = await _take(request, name, hear)
    except ApiError as error:
        inbox.count(name, error.code)
        log.warning("hooks.refused", desk=name, code=error.code, why=str(error))
        raise
    inbox.count(name, TAKEN if added else AGAIN)
    if added:
        inbox.received(name)
    return json_answer(json.dumps({"tickets": heard}))


async def _take(request: web.Request, name: str, hear: Hear) -> tuple[int, int]:
    """How many tickets it is about, and how many of that were not known before."""
    body = await body_of(request, BODY_MAX, "send the ticket without its articles")
    try:
        events = hear(request.headers, body)
    except HookError as error:
        raise _refused(error) from error
    context = request.app[CONTEXT]
    async with context.database.transaction() as connection:
        now = context.now()
        added = await desk_events.add(connection, name, events, now=now, due=now + SETTLES)
    return len(events), added


def _refused(error: HookError) -> ApiError:
    match error:
        case ForgedError():
            return WrongSecretError(str(error))
        case StaleError():
            return StaleHookError(str(error))
        case _:
            return BadBodyError(str(error))
