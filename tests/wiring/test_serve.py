"""``callcenter serve`` as a process: started, asked, stopped, and started where it cannot be."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from callcenter.db import migrate
from callcenter.db.engine import Database
from callcenter.demo.pbx import DemoPbx
from tests.wiring.processes import callcenter

SECRET = "hush-ami"
CONFIG = """\
[http]
port = 0
[[pbx]]
name = "main"
host = "127.0.0.1"
port = {port}
username = "callcenter"
secret = "{secret}"
[[line]]
name = "support"
number = "+33465711010"
pbx = "main"
queue = "support"
extension = "0465711010"
"""


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    """The environment of a service on the test's own database."""
    return {**os.environ, "CALLCENTER_DATABASE__URL": database_url}


def written(folder: Path, **values: object) -> str:
    path = folder / "callcenter.toml"
    path.write_text(CONFIG.format(**values), encoding="utf-8")
    return str(path)


async def ready(http: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, str | None]]:
    async with http.get(f"{url}/readyz") as response:
        return response.status, (await response.json())["components"]


async def test_it_follows_its_pbx_and_ends_cleanly(tmp_path: Path, environ: dict[str, str]) -> None:
    async with DemoPbx(secret=SECRET) as pbx, aiohttp.ClientSession() as http:
        config = written(tmp_path, port=pbx.port, secret=SECRET)
        async with callcenter("serve", "--config", config, environ=environ) as service:
            url = (await service.until(r"service\.started.* url=(\S+)"))[1]
            await service.until("pbx in sight")
            assert await ready(http, url) == (200, {"database": None, "pbx.main": None})
            assert await service.stop() == 0
    assert "Traceback" not in service.said
    assert "synchronous" in service.said  # the log says what the database promises
    assert SECRET not in service.said


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """Let the database take nothing, and say nothing, until the end of the block."""
    async with Database.open(url) as database, database.transaction() as connection:
        if database.is_sqlite:
            await connection.execute(text("SELECT 1"))  # only now does it begin
        else:
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            await connection.execute(text("LOCK TABLE leases, calls, journal, sessions"))
        yield


async def test_it_ends_soon_while_it_waits_for_the_database(
    tmp_path: Path, environ: dict[str, str], database_url: str
) -> None:
    async with DemoPbx(secret=SECRET, calls_per_minute=600) as pbx:
        config = written(tmp_path, port=pbx.port, secret=SECRET)
        async with callcenter("serve", "--config", config, environ=environ) as service:
            await service.until("pbx in sight")
            async with held(database_url):
                await asyncio.sleep(1)  # until a call waits to be written
                assert await service.stop() == 0
    assert "Traceback" not in service.said


async def test_it_ends_soon_while_another_migrates(
    tmp_path: Path, environ: dict[str, str], database_url: str
) -> None:
    """In a container it is process 1, which a signal that nobody handles does not end."""
    config = written(tmp_path, port=1, secret=SECRET)
    async with Database.open(database_url) as database, database.transaction() as connection:
        if database.is_sqlite:
            await connection.execute(text("SELECT 1"))  # only now does it begin
        else:
            # Whoever migrates is at work; this one sleeps, and is not to be ended for it.
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            query = text("SELECT pg_advisory_xact_lock(:key)")
            await connection.execute(query, {"key": migrate.MIGRATION_LOCK})
        async with callcenter("serve", "--config", config, environ=environ) as service:
            await service.until("service.starting")
            assert await service.stop() == 0
    assert "Traceback" not in service.said


async def test_a_wrong_secret_is_said_loudly(tmp_path: Path, environ: dict[str, str]) -> None:
    async with DemoPbx(secret=SECRET) as pbx, aiohttp.ClientSession() as http:
        config = written(tmp_path, port=pbx.port, secret="another")
        async with callcenter("serve", "--config", config, environ=environ) as service:
            url = (await service.until(r"service\.started.* url=(\S+)"))[1]
            await service.until(r"\[error.*pbx out of reach")
            status, components = await ready(http, url)
            assert status == 503
            assert "secret" in (components["pbx.main"] or "")
            assert await service.stop() == 0


async def test_a_configuration_without_a_line_is_said_at_the_start(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    """Most likely another file was meant, or another folder."""
    config = tmp_path / "callcenter.toml"
    config.write_text("[http]\nport = 0\n", encoding="utf-8")
    async with callcenter("serve", "--config", str(config), environ=environ) as service:
        await service.until(r"\[warning.*service\.no_line")
        assert await service.stop() == 0


def test_a_database_out_of_reach_is_told_with_exit_code_2(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/no/such.db"
    config = written(tmp_path, port=1, secret=SECRET)
    done = subprocess.run(
        [sys.executable, "-m", "callcenter", "serve", "--config", config],
        env={**os.environ, "CALLCENTER_DATABASE__URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "the database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
