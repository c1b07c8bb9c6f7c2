"""Server-sent events: one response per listener, fed by the hub.

This writes into aiohttp's plain StreamResponse. aiohttp-sse would format every event anew for each
listener and run a task beside each response for its signs of life; here an event's bytes are made
once, and one loop writes them, beats and looks whether the listener may still listen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog
from aiohttp import web

from callcenter.web.live import IDLE_S, Hub, LiveEntry, Render

log = structlog.get_logger(__name__)

RETRY_MS = 2_000
"""How long a browser waits before it connects again."""

SEND_TIMEOUT_S = 30
"""A listener that takes nothing for so long is cut off; it resumes where it was."""

BEAT = b":\n\n"
"""A comment: a sign of life that no listener sees, and that finds out about dead connections."""

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}

Select = Callable[[LiveEntry], bool]
StillWelcome = Callable[[], Awaitable[bool]]
Greeting = Callable[[], Iterable[LiveEntry]]


def frame(seq: int, event: str, data: str) -> bytes:
    """One event of the stream. ``data`` is JSON, which has no line break of its own."""
    return f"id: {seq}\nevent: {event}\ndata: {data}\n\n".encode()


def verbatim(live: LiveEntry) -> bytes:
    """The entry as an event: its number, its type, its data as the journal has it."""
    return frame(live.seq, live.entry.type.value, live.entry.data)


def resume_point(request: web.Request) -> int | None:
    """Where the listener was: the header of a reconnection, else ``?after=``. None: nowhere.

    Raises HTTPBadRequest for what is no number.
    """
    said = request.headers.get("Last-Event-ID") or request.query.get("after")
    if said is None:
        return None
    if not said.isascii() or not said.isdigit() or len(said) > 18:
        raise web.HTTPBadRequest(reason="the event to resume after must be a number")
    return int(said)


async def stream(
    request: web.Request,
    hub: Hub,
    *,
    after: int | None,
    select: Select = lambda _live: True,
    render: Render = verbatim,
    beat: bytes = BEAT,
    still_welcome: StillWelcome | None = None,
    asides: Greeting | None = None,
) -> web.StreamResponse:
    """Answer with what follows number ``after``, until either side goes.

    With ``asides`` these are sent too; it is asked once, for those that were said already.

    ``beat`` is sent after ``IDLE_S`` without an event. ``still_welcome`` is asked as often; the
    stream ends when it says no.
    """
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    silence, check = _Every(IDLE_S), _Every(IDLE_S)
    try:
        await _send(response, f"retry: {RETRY_MS}\n\n".encode())
        async with hub.subscribe(after, asides=asides is not None) as batches:
            said = [live.rendered(render) for live in asides() if select(live)] if asides else []
            if said:
                await _send(response, b"".join(said))
            async for batch in batches:
                frames = b"".join(live.rendered(render) for live in batch if select(live))
                if frames or silence.due():
                    await _send(response, frames or beat)
                    silence.restart()
                if still_welcome and check.due():
                    if not await still_welcome():
                        break
                    check.restart()
    except (ConnectionResetError, TimeoutError):
        pass  # the listener went, or takes nothing any more
    except Exception:
        # No error page can follow what was sent already: the listener comes back, and resumes.
        log.exception("stream.failed")
    return response


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await response.write(data)


class _Every:
    """A clock for what is to be done again after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.restart()

    def restart(self) -> None:
        self._next = asyncio.get_running_loop().time() + self._seconds

    def due(self) -> bool:
        return asyncio.get_running_loop().time() >= self._next
