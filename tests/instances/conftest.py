"""Two services that share everything but their address."""

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from callcenter.db.engine import Database
from tests.instances.pbx import Pbx
from tests.rig.service import Service

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
