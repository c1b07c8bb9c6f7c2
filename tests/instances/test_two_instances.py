"""Two services on one PostgreSQL, and one PBX that both could follow."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse
from sqlalchemy import select

from callcenter.db import leases
from callcenter.db.engine import Database
from callcenter.db.schema import calls, journal
from tests.ami.scripted import ScriptedAmi, message
from tests.rig.service import Service

PATIENCE_S = 30
CONFIGURATION = """\
[[pbx]]
name = "main"
host = "127.0.0.1"
port = {port}
username = "callcenter"
secret = "right"
[[line]]
name = "support"
number = "+33465711010"
pbx = "main"
queue = "support"
extension = "0465711010"
"""


class Pbx(ScriptedAmi):
    """Lets callers call. A connection of an instance that is frozen can be spoken to as well."""

    def rings(self, number: int, *, to: int = -1) -> str:
        """Somebody calls; give the call's Linkedid."""
        linkedid = f"1795424400.{number}"
        arrival = message(
            Event="Newchannel",
            Uniqueid=linkedid,
            Linkedid=linkedid,
            Channel=f"PJSIP/trunk-{number:08}",
            ChannelStateDesc="Ring",
            Exten="0465711010",
            CallerIDNum="0639981122",
        )
        self._writers[to].write(arrival)
        return linkedid

    async def asked(self, times: int) -> None:
        """Wait until so many connections were asked for the last part of a snapshot."""
        async with asyncio.timeout(PATIENCE_S), self._came:
            await self._came.wait_for(lambda: self.count("QueueStatus") >= times)


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    async with Pbx() as scripted:
        yield scripted


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
async def services(
    tmp_path: Path, postgresql_url: str, pbx: Pbx
) -> AsyncIterator[tuple[Service, Service]]:
    """Two that share everything but their address; not started."""
    configuration = tmp_path / "callcenter.toml"
    configuration.write_text(CONFIGURATION.format(port=pbx.port), encoding="utf-8")
    environ = {**os.environ, "CALLCENTER_DATABASE__URL": postgresql_url}
    either = Service(configuration, "", environ, quiet=True)
    both = either.beside("one", free_address()), either.beside("two", free_address())
    yield both
    for service in both:
        service.kill()


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    async with Database.open(postgresql_url) as opened:
        yield opened


@pytest.fixture
async def http(services: tuple[Service, Service]) -> AsyncIterator[aiohttp.ClientSession]:
    """With a token that either takes."""
    token = (await services[0].command("token", "create", "test")).strip()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        yield session


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  (another process has no event to wait for)
            await asyncio.sleep(0.05)


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


async def column(database: Database, name: Any) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(select(name).order_by(name))).scalars())


async def token(database: Database) -> int:
    async with database.reading() as connection:
        seen = await leases.look(connection, "pbx:main")
    assert seen is not None
    return seen.token


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
    await until(lambda: "lease.lost" in one.said())
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
