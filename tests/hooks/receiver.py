"""A destination of webhooks, on a port of its own; answers as it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from webhooks import signature


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    message_id: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``status`` None: it never answers."""

    url: str = ""
    status: int | None = 204
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    received: list[Received] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        return [one.message_id for one in self.received]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(headers[signature.ID], headers, body))
        self.came.set()
        if self.status is None:
            await asyncio.Event().wait()
        return web.Response(status=self.status or 500, headers=self.headers, body=self.answer)

    async def until(self, count: int) -> None:
        """Wait for so many requests in all."""
        while len(self.received) < count:
            self.came.clear()
            await self.came.wait()


@asynccontextmanager
async def receiver(host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """Until the end of the block."""
    found = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", found.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, 0)
        await site.start()
        port = runner.addresses[0][1]
        found.url = f"http://{host}:{port}/hook"
        yield found
    finally:
        await runner.cleanup()
