"""A PBX for a visitor who has none: it speaks AMI over TCP, and plays recorded calls."""

import asyncio
import time
from collections.abc import Sequence
from random import Random
from types import TracebackType
from typing import Self

import structlog

from callcenter.demo.board import Board
from callcenter.demo.casting import Casting, Numbering, Phone
from callcenter.demo.people import AGENTS, Callers
from callcenter.demo.scripts import Script, load
from callcenter.demo.session import MAX_ACTION_BYTES, Lists, Row, Session

log = structlog.get_logger(__name__)

WEIGHTS = {
    "answered-quick": 24,
    "answered": 20,
    "answered-agent-ends": 16,
    "answered-long": 8,
    "hold": 10,
    "transfer": 6,
    "transfer-attended": 4,
    "abandoned-short": 5,
    "abandoned": 9,
}
"""How often each recording is played, among the others."""

UNATTENDED = ("abandoned-short", "abandoned")
"""What callers do while every telephone is taken."""

PATIENCE_S = 6.0
"""How long a call is put off until a telephone is free."""

LOOK_EVERY_S = 0.25


class DemoPbx:
    """Listens from ``async with`` on, and lets somebody call every few seconds.

    The first call comes at once. Times within a call are the recording's own; what the lists
    answer is what the events said. Port 0 is a free one, see ``port`` afterwards.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        secret: str = "demo",  # noqa: S107  (nothing to protect: it listens for one demonstration)
        *,
        username: str = "callcenter",
        queue: str = "support",
        extension: str = "0465711010",
        agents: Sequence[Phone] = AGENTS,
        callers: Callers | None = None,
        calls_per_minute: float = 10.0,
        seed: int | None = None,
    ) -> None:
        """``seed`` makes callers and calls the same each time; their moments are the clock's."""
        self.host = host
        self.port = port
        self._account = {"username": username, "secret": secret}
        self._queue = queue
        self._extension = extension
        self._random = Random(seed)  # noqa: S311  (who calls next is no secret)
        self._callers = callers or Callers(self._random)
        self._pause_s = 60.0 / calls_per_minute
        self._scripts = load()
        self._numbering = Numbering(self._random)
        self._board = Board(queue, tuple(agents))
        self._reserved: set[Phone] = set()
        self._sessions: set[Session] = set()
        self._lists: Lists = {
            "coreshowchannels": (
                "CoreShowChannelsComplete",
                lambda: self._board.channels(time.time()),
            ),
            "bridgelist": ("BridgeListComplete", self._board.bridges),
            "queuestatus": ("QueueStatusComplete", lambda: self._board.queue(time.time())),
            "devicestatelist": ("DeviceStateListComplete", self._board.devices),
            "dbgettree": ("DBGetTreeComplete", tuple),
        }

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, limit=MAX_ACTION_BYTES
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._calls = asyncio.create_task(self._call_for_ever(), name="demo calls")
        self._calls.add_done_callback(_tell)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._calls.cancel()
        await asyncio.wait([self._calls])
        self._server.close()
        for session in tuple(self._sessions):
            session.close()
        await self._server.wait_closed()
        if not self._calls.cancelled():
            self._calls.result()  # raises what went wrong in a call

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        deeds = {"queuepause": self._pause}
        session = Session(reader, writer, **self._account, lists=self._lists, deeds=deeds)
        self._sessions.add(session)
        try:
            await session.serve()
        finally:
            self._sessions.discard(session)

    async def _call_for_ever(self) -> None:
        async with asyncio.TaskGroup() as calls:
            while True:
                script = await self._next_script()
                casting = self._cast(script)
                calls.create_task(self._play(script, *casting))
                await asyncio.sleep(self._pause_s * self._random.uniform(0.5, 1.5))

    async def _next_script(self) -> Script:
        """Choose what happens; when nobody becomes free to answer, the caller gives up."""
        name = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        script = self._scripts[name]
        for _ in range(int(PATIENCE_S / LOOK_EVERY_S)):
            if len(self._free) >= max(1, len(script.cast.leads)):
                return script
            await asyncio.sleep(LOOK_EVERY_S)
        return self._scripts[self._random.choice(UNATTENDED)]

    @property
    def _free(self) -> list[Phone]:
        return [phone for phone in self._board.idle if phone not in self._reserved]

    def _cast(self, script: Script) -> tuple[Casting, set[Phone]]:
        """Give the parts to whoever is free; who speaks is kept for this call until its end."""
        free = self._free
        self._random.shuffle(free)
        roles = (*script.cast.leads, *script.cast.extras)
        phones = dict(zip(roles, free, strict=False))
        kept = {phones[lead] for lead in script.cast.leads}
        self._reserved |= kept
        casting = Casting(
            script,
            self._callers.next(),
            phones,
            queue=self._queue,
            extension=self._extension,
            started_at=time.time(),
            numbering=self._numbering,
        )
        return casting, kept

    async def _play(self, script: Script, casting: Casting, kept: set[Phone]) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for beat in filter(casting.plays, script.beats):
            await asyncio.sleep(start + beat.at_s - loop.time())
            event = casting.rewrite(beat, time.time())
            before = {one["Device"]: one for one in self._board.devices()}
            self._board.note(event)
            self._tell(event)
            for device in self._board.devices():
                if device != before[device["Device"]]:
                    self._tell({**device, "Privilege": "call,all", "Timestamp": event["Timestamp"]})
        self._reserved -= kept

    def _pause(self, action: Row) -> str | None:
        """Pause a member of the queue as it is asked; give why not."""
        reason = action.get("reason", "") if action.get("paused") == "true" else None
        event = self._board.pause(action.get("interface", ""), reason)
        if event is None:
            return "Interface not found"
        self._tell({**event, "Privilege": "agent,all", "Timestamp": f"{time.time():.6f}"})
        return None

    def _tell(self, event: Row) -> None:
        for session in tuple(self._sessions):
            session.tell(event)


def _tell(calls: asyncio.Task[None]) -> None:
    """Say at once that no more calls come, rather than at the end."""
    if not calls.cancelled() and (error := calls.exception()):
        log.error("demo.silent", exc_info=error)
