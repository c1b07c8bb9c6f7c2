"""What is measured of requests to desks."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from callcenter.desks.client import Client
from callcenter.desks.desk import DeskError, NotSentError
from tests.desks.remote import HASTY_S, PATIENT_S


async def test_each_request_is_measured_by_what_came_of_it() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/silent":
            await asyncio.Event().wait()
        if request.path == "/broken" and request.transport:
            request.transport.close()
        return web.Response(status=503 if request.path == "/busy" else 201)

    app = web.Application()
    app.router.add_get("/{path}", answer)
    found: list[str] = []

    def measure(result: str, seconds: float) -> None:
        assert seconds >= 0
        found.append(result)

    async with (
        TestServer(app, handler_cancellation=True) as server,
        Client.open(PATIENT_S, measure=measure) as client,
        Client.open(HASTY_S, measure=measure) as hasty,
    ):
        address = str(server.make_url("/")).rstrip("/")
        await client.ask("GET", f"{address}/well", {})
        await client.ask("GET", f"{address}/busy", {})
        with pytest.raises(DeskError):
            await client.ask("GET", f"{address}/broken", {})
        with pytest.raises(DeskError):
            await hasty.ask("GET", f"{address}/silent", {})
        await server.close()
        with pytest.raises(NotSentError):
            await client.ask("GET", f"{address}/well", {})
    assert found[:3] == ["2xx", "5xx", "broken_off"]
    assert found[3] in ("timed_out", "not_reached")  # on a busy machine
    assert found[4] == "not_reached"
