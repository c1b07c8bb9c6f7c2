"""A small AMI server whose answers a test writes itself."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Headers = dict[str, str]
Answer = Callable[[Headers], bytes | None]
"""What is said to an action: bytes, or None for silence."""

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


def message(**headers: str) -> bytes:
    """Write one AMI message."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def done(action: Headers) -> bytes:
    return message(Response="Success", ActionID=action["ActionID"], Message="Done")


def refused(action: Headers) -> bytes:
    return message(Response="Error", ActionID=action["ActionID"], Message="Permission denied")


def silence(action: Headers) -> None:
    return None


def listing(complete: str, *rows: Headers) -> Answer:
    """Answer an action by a list, as Asterisk does since 13."""

    def answer(action: Headers) -> bytes:
        mine = {"ActionID": action["ActionID"]}
        start = message(Response="Success", **mine, EventList="start", Message="Will follow")
        body = b"".join(message(**row, **mine) for row in rows)
        return start + body + message(Event=complete, **mine, EventList="Complete", ListItems="0")

    return answer


class ScriptedAmi:
    """Listens on a free port of 127.0.0.1; ``answers`` says what each action gets."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, greeting: bytes = GREETING, port: int = 0
    ) -> None:
        self.answers: dict[str, Answer] = {
            "Login": self._login,
            "Ping": lambda action: message(
                Response="Success", ActionID=action["ActionID"], Ping="Pong"
            ),
            "CoreShowChannels": listing("CoreShowChannelsComplete"),
            "BridgeList": listing("BridgeListComplete"),
            "QueueStatus": listing("QueueStatusComplete"),
            "DeviceStateList": listing("DeviceStateListComplete"),
        }
        self.actions: list[Headers] = []
        self.raw = b""  # everything that was sent to it
        self.connections = 0
        self._greeting = greeting
        self._tls = tls
        self._port = port
        self._came = asyncio.Condition()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        for writer in self._writers:
            await asyncio.wait([asyncio.ensure_future(_closed(writer))], timeout=5)

    def say(self, data: bytes) -> None:
        """Say something to the newest connection."""
        self._writers[-1].write(data)

    async def said(self) -> None:
        """Wait until the newest connection took what was said."""
        await self._writers[-1].drain()

    def cut(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()

    async def finish(self) -> None:
        """Send what was said, and then close the newest connection."""
        writer = self._writers[-1]
        await writer.drain()
        writer.close()

    def count(self, action: str) -> int:
        return sum(each["Action"] == action for each in self.actions)

    async def received(self, action: str, times: int = 1) -> Headers:
        """Wait until an action came so many times, and give the newest."""
        async with self._came:
            await asyncio.wait_for(
                self._came.wait_for(lambda: self.count(action) >= times), timeout=10
            )
        return [each for each in self.actions if each["Action"] == action][-1]

    def _login(self, action: Headers) -> bytes:
        if action.get("Secret") != "right":
            text = "Authentication failed"
            return message(Response="Error", ActionID=action["ActionID"], Message=text)
        return done(action)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.connections += 1
        writer.write(self._greeting)
        try:
            while True:
                await self._answer(await reader.readuntil(b"\r\n\r\n"), writer)
        except (asyncio.IncompleteReadError, OSError):
            writer.transport.abort()

    async def _answer(self, raw: bytes, writer: asyncio.StreamWriter) -> None:
        self.raw += raw
        action = dict(line.split(": ", 1) for line in raw.decode().strip().split("\r\n"))
        async with self._came:
            self.actions.append(action)
            self._came.notify_all()
        answer = self.answers.get(action["Action"], done)(action)
        if answer is not None:
            writer.write(answer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await writer.wait_closed()
