"""What becomes of requests to a desk that fails when it is told to, whichever desk it is.

``Faults`` is a middleware of a server of ours; in front of a real one it stands in ``between``.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import ClientSession, DummyCookieJar, web
from aiohttp.typedefs import Handler

HUGE = b"<p>" * 1_000_000
BROKEN = {"error": "broken as planned"}
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-encoding", "content-length"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of the next ``times`` requests of ``methods``, or of all until another is told.

    ``status`` answers that, with ``headers``; ``silent`` answers nothing; ``drop`` breaks the
    connection, ``half`` in the middle of the answer; ``slow`` answers after ``after_s``; ``huge``
    answers 3 MB, ``nonsense`` a page with 200. ``stores``: what was wanted is done all the same.
    """

    kind: Literal["status", "silent", "drop", "half", "slow", "huge", "nonsense"]
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 1.0
    stores: bool = False
    times: int | None = None
    methods: Sequence[str] = ("POST", "GET")


@dataclass
class Faults:
    """Fails what ``is_meant`` of all requests that a server is sent."""

    is_meant: Callable[[web.BaseRequest], bool] = lambda _request: True
    _fault: Fault | None = None
    _left: int = 0
    _doing: set[asyncio.Future[web.StreamResponse]] = field(default_factory=set)

    def fail(self, fault: Fault | None) -> None:
        """Fail like this from here on."""
        self._fault = fault
        self._left = fault.times if fault and fault.times is not None else -1

    def take(self, method: str) -> Fault | None:
        """The fault of the next request of this method."""
        if self._fault is None or method not in self._fault.methods or self._left == 0:
            return None
        self._left -= 1
        return self._fault

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Between the server and whoever asks it."""
        if not self.is_meant(request):
            return await handler(request)
        fault = self.take(request.method)
        if fault is None:
            return await self._do(request, handler)
        answer = await self._do(request, handler) if fault.stores else None
        return await act(request, fault, answer)

    async def done(self) -> None:
        """Wait until all is done that was begun for somebody who went away."""
        await asyncio.gather(*self._doing, return_exceptions=True)

    async def _do(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """To its end, like any server: whoever asked may have lost patience meanwhile."""
        doing = asyncio.ensure_future(handler(request))
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)
        return await asyncio.shield(doing)


async def act(
    request: web.Request, fault: Fault, answer: web.StreamResponse | None
) -> web.StreamResponse:
    """Answer as the fault has it; ``answer`` is the right one, if there is one."""
    answer = answer or web.json_response(BROKEN, status=500)
    match fault.kind:
        case "status":
            answer = web.json_response(BROKEN, status=fault.status, headers=fault.headers)
        case "silent":
            await asyncio.Event().wait()
        case "slow":
            await asyncio.sleep(fault.after_s)
        case "drop":
            assert request.transport is not None
            request.transport.abort()
        case "half":
            return await _half(request)
        case "huge":
            answer = web.Response(body=HUGE, content_type="text/html")
        case "nonsense":
            answer = web.Response(text="<p>Thank you</p>", content_type="text/html")
    return answer


@asynccontextmanager
async def between(origin: str, faults: Faults) -> AsyncIterator[str]:
    """An address from which all is asked of the server at ``origin``, until the end of the block:
    for faults of one that is not ours."""
    async with ClientSession(auto_decompress=False, cookie_jar=DummyCookieJar()) as session:

        async def forward(request: web.Request) -> web.Response:
            body = await request.read()
            url = origin + request.rel_url.raw_path_qs
            async with session.request(
                request.method, url, headers=request.headers, data=body, allow_redirects=False
            ) as answer:
                headers = {
                    name: value
                    for name, value in answer.headers.items()
                    if name.lower() not in HOP_BY_HOP
                }
                return web.Response(body=await answer.read(), status=answer.status, headers=headers)

        app = web.Application(middlewares=[faults.middleware])
        app.router.add_route("*", "/{path:.*}", forward)
        async with serving(app) as url:
            yield url
            await faults.done()


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """The application on a free port of loopback, until the end of the block."""
    # A client that goes away ends what was begun for it: a silence would last for ever.
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _half(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100"})
    await answer.prepare(request)
    await answer.write(b'{"number": "B0')
    assert request.transport is not None
    request.transport.close()
    return answer
