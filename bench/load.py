"""A server that speaks AMI and plays recorded calls: flat out, or so many new ones a second."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from bench.recordings import Again, Recording

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
CHUNK_BYTES = 65_536
LISTS = {
    "coreshowchannels": "CoreShowChannels",
    "bridgelist": "BridgeList",
    "devicestatelist": "DeviceStateList",
    "dbgettree": "DBGetTree",
}
ACTION = re.compile(rb"(\w+): *([^\r\n]*)\r\n")

Sent = Callable[[str, str, float], None]
"""Called with a call's Linkedid, an event's name and the monotonic second it was written."""


class LoadServer:
    """AMI on loopback. ``Action: Go`` starts the flat-out stream on the session that sends it.

    Any secret is right. The lists say that nothing is up, and that ``members`` are in ``queue``:
    true as long as a client logs in before the first call, and asks again only after the last.
    ``write_timeout_s`` cuts off a reader that takes nothing for so long, as Asterisk's does.
    """

    def __init__(
        self,
        stream: bytes = b"",
        *,
        queue: str = "support",
        members: Sequence[str] = ("PJSIP/101", "PJSIP/102", "PJSIP/103"),
        write_timeout_s: float = 5.0,
    ) -> None:
        self._stream = stream
        self._queue = queue
        self._members = members
        self._write_timeout_s = write_timeout_s
        self._listening: list[asyncio.StreamWriter] = []
        self.cut = 0  # readers that were too slow
        self.logged_in = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for writer in self._listening:
            writer.transport.abort()
        await self._server.wait_closed()

    async def send(self, stream: bytes) -> None:
        """Send this to everybody logged in, as fast as they take it."""
        await asyncio.gather(*(self._flat_out(writer, stream) for writer in self._listening))

    async def play(
        self,
        recordings: Sequence[Recording],
        *,
        calls_per_s: float,
        calls: int,
        on_sent: Sent | None = None,
    ) -> None:
        """Start so many calls, evenly, to everybody logged in; return after their last event."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(calls):
                await asyncio.sleep(start + number / calls_per_s - loop.time())
                again = Again(recordings[number % len(recordings)], number)
                group.create_task(self._play(again, on_sent))

    async def _play(self, again: Again, on_sent: Sent | None) -> None:
        loop = asyncio.get_running_loop()
        start, linkedid = loop.time(), again.linkedid
        for moment in again.recording.moments:
            delay_s = start + moment.at_s - loop.time()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            message = again.message(moment, time.time())
            if on_sent is not None:
                on_sent(linkedid, moment.name, time.monotonic())
            for writer in self._listening:
                writer.write(message)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                pairs = ACTION.findall(raw)
                await self._answer({name.decode().lower(): value for name, value in pairs}, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass  # the client went
        finally:
            if writer in self._listening:
                self._listening.remove(writer)
            writer.transport.abort()

    async def _answer(self, action: dict[str, bytes], writer: asyncio.StreamWriter) -> None:
        name = action.get("action", b"").decode().lower()
        own = b"ActionID: %s\r\n" % action["actionid"] if "actionid" in action else b""
        success = b"Response: Success\r\n" + own
        if name == "login":
            writer.write(success + b"Message: Authentication accepted\r\n\r\n")
            self._listening.append(writer)
            self.logged_in.set()
        elif name == "go":
            writer.write(success + b"\r\n")
            await self._flat_out(writer, self._stream)
        elif name == "queuestatus":
            writer.write(success + b"EventList: start\r\n\r\n" + self._rows(own))
            writer.write(_complete("QueueStatus", own))
        elif name in LISTS:
            writer.write(success + b"EventList: start\r\n\r\n" + _complete(LISTS[name], own))
        else:
            writer.write(success + b"Ping: Pong\r\n\r\n")

    def _rows(self, own: bytes) -> bytes:
        return b"".join(
            b"Event: QueueMember\r\n%sQueue: %s\r\nName: %s\r\nLocation: %s\r\nStatus: 1\r\n\r\n"
            % (own, self._queue.encode(), member.encode(), member.encode())
            for member in self._members
        )

    async def _flat_out(self, writer: asyncio.StreamWriter, stream: bytes) -> None:
        for at in range(0, len(stream), CHUNK_BYTES):
            writer.write(stream[at : at + CHUNK_BYTES])
            try:
                async with asyncio.timeout(self._write_timeout_s):
                    await writer.drain()
            except TimeoutError:
                self.cut += 1
                writer.transport.abort()
                return


def _complete(name: str, own: bytes) -> bytes:
    return b"Event: %sComplete\r\n%sEventList: Complete\r\n\r\n" % (name.encode(), own)
