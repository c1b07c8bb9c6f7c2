"""The whole service, running as a child of the bench, which asks it what its database holds."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench import site

START_MAX_S = 20.0

IN_SIGHT = "SELECT count(*) FROM journal WHERE type = 'pbx.in_sight'"
TALKING = "SELECT count(*) FROM calls WHERE state = 'talking'"
ENDED = "SELECT count(*) FROM calls WHERE state = 'ended'"
ANSWERED = "SELECT count(*) FROM calls WHERE outcome = 'answered'"
OWED = """SELECT count(*) FROM calls JOIN obligations ON obligations.call_id = calls.id
    WHERE calls.answered_at = obligations.answered_at"""
TICKETED = """SELECT count(*) FROM obligations JOIN tickets ON tickets.call_key = call_id
    WHERE obligations.ticket_number = tickets.number"""


class ServiceError(Exception):
    """The service did not do what it should have; a figure of that run would mean nothing."""


class Service:
    """A service that sees the load server."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log
        self.url = ""

    async def ask(self, **question: object) -> Any:
        """Give the answer of ``bench.child``."""
        if self._process.stdin is not None:
            self._process.stdin.write(f"{json.dumps(question)}\n".encode())
        return await self.answer()

    async def answer(self) -> Any:
        """The child's next line. Raises ServiceError when it is gone."""
        line = await self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise ServiceError(f"the service is gone:\n{self._log.read_text()[-2_000:]}")
        return json.loads(line)

    async def count(self, query: str) -> int:
        """The number that the database gives."""
        return int(await self.ask(ask="count", query=query))

    async def reach(self, query: str, count: int, *, within_s: float = 120.0) -> None:
        """Wait until the database gives this number. Raises ServiceError for any other."""
        found = await self.ask(ask="reach", query=query, count=count, within_s=within_s)
        if found != count:
            raise ServiceError(f"{found} instead of {count}: {query}")


@asynccontextmanager
async def running(database: Path, ami_port: int) -> AsyncIterator[Service]:
    """Run the service on a prepared database; it sees the PBX when the block begins."""
    async with serving(site.url(database), ami_port, database.with_suffix(".log")) as service:
        await service.reach(IN_SIGHT, 1)
        yield service


@asynccontextmanager
async def serving(url: str, ami_port: int, log: Path) -> AsyncIterator[Service]:
    """Run the service on the database at this address, writing this log."""
    command = [sys.executable, "-m", "bench.child", str(ami_port), url]
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=written
        )
    service = Service(process, log)
    try:
        async with asyncio.timeout(START_MAX_S):
            service.url = await service.answer()
        yield service
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
