"""A cable that can be cut: a TCP proxy between the service and the PBX's manager interface."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from enum import Enum
from random import Random

CHUNK = 1 << 16
CRUMB = 7
"""The most bytes at a time of a connection that trickles."""

CRUMBS_EVERY_S = 0.005


class Mode(Enum):
    """What happens to what is sent."""

    PASSING = "passing"
    CUT = "cut"  # connections are reset, and new ones too
    STALLED = "stalled"  # connections are taken and kept, and nothing passes
    TRICKLING = "trickling"  # everything passes, a few bytes at a time


class Proxy:
    """Passes between whoever connects to ``listen`` and ``upstream``; both are address and port."""

    def __init__(self, listen: tuple[str, int], upstream: tuple[str, int], dice: Random) -> None:
        self._listen = listen
        self._upstream = upstream
        self._dice = dice
        self._mode = Mode.PASSING
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[str, int]]:
        """Pass, until the end of the block; give where it listens."""
        server = await asyncio.start_server(self._begin, *self._listen)
        try:
            yield server.sockets[0].getsockname()[:2]
        finally:
            server.close()
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()
            await asyncio.sleep(0)  # what was aborted is closed a turn later

    def turn(self, mode: Mode) -> None:
        """From now on it is like this."""
        self._mode = mode
        if mode is Mode.STALLED:
            self._flowing.clear()
        else:
            self._flowing.set()
        if mode is Mode.CUT:
            for writer in self._writers:
                _reset(writer)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with self._known(writer):
            if self._mode is Mode.CUT:
                _reset(writer)
                return
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection(*self._upstream)
                async with self._known(far_writer):
                    await asyncio.gather(
                        self._pass(reader, far_writer), self._pass(far_reader, writer)
                    )

    @contextlib.asynccontextmanager
    async def _known(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        try:
            yield
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._flowing.wait()
            chunk = await reader.read(CHUNK)
            if not chunk:
                break
            await self._give(chunk, writer)
        writer.write_eof()

    async def _give(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        while chunk:
            await self._flowing.wait()
            size = len(chunk)
            if self._mode is Mode.TRICKLING:
                size = self._dice.randint(1, CRUMB)
            writer.write(chunk[:size])
            await writer.drain()
            chunk = chunk[size:]
            if self._mode is Mode.TRICKLING:
                await asyncio.sleep(CRUMBS_EVERY_S)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close without a word: the other side hears of it as of a connection that is not there."""
    peer: socket.socket = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
