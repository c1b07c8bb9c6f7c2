"""The cable does what it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from tests.chaos.proxy import CRUMB, Mode, Proxy

WORDS = b"Action: Ping\r\n\r\n"


@asynccontextmanager
async def cable() -> AsyncIterator[tuple[Proxy, tuple[str, int]]]:
    """A proxy before a server that says back what it is told, and where to connect to it."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(100):
            writer.write(chunk)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(("127.0.0.1", 0), server.sockets[0].getsockname()[:2], Random(1))
    try:
        async with proxy.running() as address:
            yield proxy, address
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def connected(
    address: tuple[str, int],
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection, closed at the end of the block."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_what_is_sent_passes_both_ways() -> None:
    async with cable() as (_, address), connected(address) as (reader, writer):
        writer.write(WORDS)
        assert await reader.readexactly(len(WORDS)) == WORDS
        writer.write_eof()
        assert await reader.read() == b""


async def test_a_cut_resets_connections_and_lets_none_in() -> None:
    async with cable() as (proxy, address):
        async with connected(address) as (reader, writer):
            writer.write(WORDS)
            await reader.readexactly(len(WORDS))
            proxy.turn(Mode.CUT)
            with pytest.raises(ConnectionResetError):
                await reader.read()
        async with connected(address) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()


async def test_what_is_stalled_passes_later() -> None:
    async with cable() as (proxy, address):
        proxy.turn(Mode.STALLED)
        async with connected(address) as (reader, writer):
            writer.write(WORDS)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.read(1)
            proxy.turn(Mode.PASSING)
            assert await reader.readexactly(len(WORDS)) == WORDS


async def test_what_trickles_is_whole_and_comes_in_crumbs() -> None:
    async with cable() as (proxy, address):
        proxy.turn(Mode.TRICKLING)
        async with connected(address) as (reader, writer):
            writer.write(WORDS)
            first = await reader.read(100)
            assert len(first) <= CRUMB
            assert first + await reader.readexactly(len(WORDS) - len(first)) == WORDS
