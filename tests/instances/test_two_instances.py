"""Two services on one PostgreSQL, and one PBX that both could follow."""

import asyncio

import aiohttp
from aiohttp import ClientResponse

from callcenter.db.engine import Database
from callcenter.db.schema import calls, journal
from tests.instances.looks import column, says, token
from tests.instances.pbx import PATIENCE_S, Pbx
from tests.rig.service import Service


async def told(stream: ClientResponse, linkedid: str) -> None:
    """Read a stream of events until it tells that this call began."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            block = (await stream.content.readuntil(b"\n\n")).decode()
            if "event: call.started" in block and linkedid in block:
                return


async def stands_by(http: aiohttp.ClientSession, service: Service) -> bool:
    """Whether a service that is ready leaves the PBX to another."""
    async with http.get(f"{service.url}/readyz") as response:
        body = await response.json()
    assert response.status == 200, body
    return bool(body["standing_by"] == ["pbx.main"])


async def followed(http: aiohttp.ClientSession, service: Service) -> str:
    async with http.get(f"{service.url}/metrics") as response:
        found = await response.text()
    (line,) = [line for line in found.splitlines() if line.startswith("callcenter_pbx_followed{")]
    return line


async def test_one_follows_and_the_other_takes_over(
    services: tuple[Service, Service], pbx: Pbx, http: aiohttp.ClientSession, database: Database
) -> None:
    one, two = services
    await one.start()
    await two.start()
    assert not await stands_by(http, one)
    assert await stands_by(http, two)
    assert await followed(http, two) == 'callcenter_pbx_followed{pbx="main"} 0.0'
    assert pbx.connections == 1

    async with http.get(f"{two.url}/api/v1/events") as stream:
        await told(stream, pbx.rings(1))  # what the one follows is live on the other

        one.freeze()
        await pbx.asked(2)
        pbx.rings(2, to=0)  # waits for the sleeper
        await told(stream, pbx.rings(3))

    assert not await stands_by(http, two)
    before = await column(database, journal.c.seq)
    one.thaw()
    await says(one, "lease.lost", "pbx:main")  # it has others too
    assert await stands_by(http, one)
    assert await column(database, calls.c.linkedid) == ["1795424400.1", "1795424400.3"]
    assert await column(database, journal.c.seq) == before
    assert await token(database) == 2

    two.kill()
    await pbx.asked(3)
    async with http.get(f"{one.url}/api/v1/events") as stream:
        await told(stream, pbx.rings(4))
    await two.start()
    await one.stop()
    await pbx.asked(4)
    async with http.get(f"{two.url}/api/v1/events") as stream:
        await told(stream, pbx.rings(5))
    await two.stop()
