"""The command line as a process of its own, and its pages as a browser without scripts asks."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

START_MAX_S = 30
STOP_MAX_S = 5
"""What the product promises for SIGTERM."""


@dataclass
class Running:
    """A process; ``said`` is what it wrote so far, both streams together."""

    process: asyncio.subprocess.Process
    said: str = ""

    async def until(self, pattern: str) -> re.Match[str]:
        """Read on until it has written this."""
        async with asyncio.timeout(START_MAX_S):
            while (found := re.search(pattern, self.said)) is None:
                assert self.process.stdout is not None
                chunk = await self.process.stdout.read(4096)
                assert chunk, f"it ended and said: {self.said}"
                self.said += chunk.decode()
        return found

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to stop, and give its exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(STOP_MAX_S):
            rest, _ = await self.process.communicate()
        self.said += rest.decode()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def callcenter(*words: str, environ: Mapping[str, str]) -> AsyncIterator[Running]:
    """The command, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-W", "error", "-m", "callcenter", *words),
        env={**environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def browser() -> aiohttp.ClientSession:
    """A client that keeps cookies of 127.0.0.1 too."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def sign_in(http: aiohttp.ClientSession, url: str, login: str, password: str) -> str:
    """Sign in, and give the page that follows."""
    async with http.get(f"{url}/sign-in") as response:
        token = re.search(r'name="csrf_token" value="([^"]+)"', await response.text())
        assert token is not None
    fields = {"login": login, "password": password, "csrf_token": token[1]}
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with http.post(f"{url}/sign-in", data=fields, headers=headers) as response:
        assert response.status == 200
        return await response.text()
