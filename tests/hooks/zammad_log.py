"""A caller log for tests: Zammad's generic CTI.

Built from docs.zammad.org (Generic CTI) and from ``integration/cti_controller.rb`` and
``cti/log.rb``: a second ``newCall`` of a call is an error, as is all of a call that it never heard
of; errors of its own are 500, a wrong token is 401.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.desks.faults import serving

TOKEN = "PhXp3ZG63QyJfcb1pVOnBKJWIbI"


@dataclass
class CallerLog:
    """``calls`` has the events of each call, ``headers`` the names of all that were sent."""

    url: str = ""
    calls: dict[str, list[str]] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)

    @property
    def endpoint(self) -> str:
        """As Zammad shows it."""
        return f"{self.url}/api/v1/cti/{TOKEN}"

    async def take(self, request: web.Request) -> web.Response:
        self.headers |= {name.lower() for name in request.headers}
        if request.match_info["token"] != TOKEN:
            why = "Invalid token, please contact your admin!"
            return web.json_response({"error": why}, status=401)
        told = await request.json()
        if told["direction"] not in ("in", "out"):
            return web.json_response({"error": "Invalid direction!"}, status=422)
        known = self.calls.get(told["callId"])
        if (told["event"] == "newCall") is (known is not None):
            why = "call_id already exists!" if known else "No such call_id"
            return web.json_response({"error": why}, status=500)
        self.calls.setdefault(told["callId"], []).append(told["event"])
        return web.json_response({})


@asynccontextmanager
async def caller_log() -> AsyncIterator[CallerLog]:
    """Until the end of the block."""
    found = CallerLog()
    app = web.Application()
    app.router.add_post("/api/v1/cti/{token}", found.take)
    async with serving(app) as found.url:
        yield found
