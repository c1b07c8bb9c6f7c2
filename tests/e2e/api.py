"""A program that uses the API with its bearer token."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession

Json = dict[str, Any]
WITHIN_S = 10
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Event:
    """One of the stream's."""

    id: int
    type: str
    data: Json


class Api:
    """Use it as an async context manager; what is asked for must be there."""

    def __init__(self, url: str, token: str) -> None:
        self._session = ClientSession(url, headers={"Authorization": f"Bearer {token}"})

    async def close(self) -> None:
        await self._session.close()

    async def get(self, path: str, **parameters: str) -> Json:
        """The answer of ``/api/v1/PATH``."""
        async with self._session.get(f"/api/v1/{path}", params=parameters) as response:
            assert response.status == 200, await response.text()
            found: Json = await response.json()
            return found

    async def until(self, path: str, holds: Callable[[Json], bool], **parameters: str) -> Json:
        """The first answer of which that holds, within 10 s."""
        for _ in range(int(WITHIN_S / POLL_S)):
            answer = await self.get(path, **parameters)
            if holds(answer):
                return answer
            await asyncio.sleep(POLL_S)
        raise AssertionError(f"still, after {WITHIN_S} s: {json.dumps(answer, indent=2)}")

    @asynccontextmanager
    async def events(self, after: int | None = None) -> AsyncIterator[AsyncIterator[Event]]:
        """The stream from now on, or from behind an event, as a client that comes back."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        async with self._session.get("/api/v1/events", headers=headers) as response:
            assert response.status == 200, await response.text()
            await response.content.readuntil(b"\n\n")  # retry: the listener is registered
            yield _events(response)


async def _events(response: ClientResponse) -> AsyncIterator[Event]:
    while True:
        block = (await response.content.readuntil(b"\n\n")).decode()
        fields = dict(line.split(": ", 1) for line in block.strip().splitlines() if ": " in line)
        if "id" in fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
