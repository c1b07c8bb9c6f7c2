"""``/pbx/caller-name``: what the telephones show, asked by the dialplan while the caller waits.

Whatever happens here, the PBX has its answer within ``LIMIT_S``, if need be an empty one: it must
never be the telephone that waits for us. The number comes in the form's body, since addresses end
up in logs.
"""

import asyncio
import hmac
import re
import time
from collections.abc import Mapping

import structlog
from aiohttp import web

from callcenter.core.identity import normalise
from callcenter.db.directory import caller_name
from callcenter.web.api.metrics import HTTP_METRICS
from callcenter.web.context import CONTEXT, WebContext

log = structlog.get_logger(__name__)

PATH = "/pbx/caller-name"

LIMIT_S = 0.4
"""The dialplan itself gives up soon after."""

PENDING_MAX = 50
"""Lookups under way; beyond it the database is not answering, and more would not help it."""

CLOSE_S = 1.0
"""How long the end of the service waits for them."""

FORM = "application/x-www-form-urlencoded"

NAME_MAX = 60
"""Characters: no telephone shows more."""

NAME_MAX_BYTES = 80
"""The dialplan takes no more, and would cut in the middle of a letter."""

_UNSAFE = re.compile(r"[^\w .&+'-]+")
"""The name goes through Asterisk's dialplan and into a SIP header: letters, and little else."""


class NameLookups:
    """Lookups under way. One that is late is left to end by itself: breaking it off would cost
    the database its connection."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._pending: set[asyncio.Task[str]] = set()

    async def find(self, number: str, line: str, within_s: float) -> str | None:
        """The name, "" for nobody known, None where no answer came in time."""
        if len(self._pending) >= PENDING_MAX:
            return None
        task = asyncio.create_task(self._look_up(number, line), name="caller-name lookup")
        self._pending.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait({task}, timeout=max(within_s, 0))
        return task.result() if done and not task.exception() else None

    async def close(self) -> None:
        """Wait for what is under way, and break off what a database that is gone never ends."""
        if self._pending:
            _, late = await asyncio.wait(self._pending, timeout=CLOSE_S)
            for task in late:
                task.cancel()

    async def _look_up(self, number: str, line: str) -> str:
        country = self._context.line_countries.get(line, self._context.country)
        e164 = normalise(number, country=country)
        if e164 is None:
            return ""
        async with self._context.database.reading() as connection:
            name = await caller_name(connection, e164)
        shown = " ".join(_UNSAFE.sub(" ", name or "").split())[:NAME_MAX]
        return shown.encode()[:NAME_MAX_BYTES].decode(errors="ignore").strip()

    def _finished(self, task: asyncio.Task[str]) -> None:
        self._pending.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # Not with its text: a database's error quotes the number that it was asked for.
            log.error("caller_name.failed", error=type(error).__name__)


LOOKUPS = web.AppKey("name_lookups", NameLookups)


async def post_caller_name(request: web.Request) -> web.Response:
    """Answer with the caller's name in plain text, or with nothing."""
    started = time.monotonic()
    status, result, name = await _answer(request, started + LIMIT_S)
    request.app[HTTP_METRICS].name_answered(result, time.monotonic() - started)
    return web.Response(text=name, status=status, content_type="text/plain", charset="utf-8")


async def _answer(request: web.Request, deadline: float) -> tuple[int, str, str]:
    form = await _read_form(request)
    if form is None:
        return 400, "unreadable", ""
    if not _is_known(form.get("token", ""), request.app[CONTEXT].lookup_tokens):
        log.warning("caller_name.refused", hint="the PBX's secret here and there differ")
        return 403, "refused", ""
    within_s = deadline - time.monotonic()
    lookups = request.app[LOOKUPS]
    name = await lookups.find(form.get("number", ""), form.get("line", ""), within_s)
    if name is None:
        return 200, "late", ""
    return 200, "known" if name else "unknown", name


async def _read_form(request: web.Request) -> dict[str, str] | None:
    if request.content_type != FORM:
        return None
    try:
        async with asyncio.timeout(LIMIT_S):
            fields = await request.post()
    except (TimeoutError, web.HTTPException, ValueError, LookupError):
        return None  # slow, too large, or in a character set that nobody knows
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _is_known(token: str, known: Mapping[str, str]) -> bool:
    # Each is compared: how long it takes tells nothing about which PBX came near.
    given = token.encode(errors="replace")
    return sum(hmac.compare_digest(given, each.encode()) for each in known.values()) > 0
