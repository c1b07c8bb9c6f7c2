"""A bare AMI client that keeps every byte it is sent: for recording, and for looking."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from typing import Self

from tests.rig.errors import RigError

Message = dict[str, str]
END = b"\r\n\r\n"
ANSWER_MAX_S = 10


def messages(data: bytes) -> list[Message]:
    """The messages in a stretch of AMI bytes; a repeated header keeps its last value."""
    return [_message(part) for part in data.split(END) if part.strip()]


def _message(part: bytes) -> Message:
    lines = part.decode(errors="replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, colon, value in pairs if colon}


class Ami:
    """One logged-in session. Use it as an async context manager."""

    def __init__(self, address: tuple[str, int], username: str, secret: str) -> None:
        self.data = bytearray()
        self._address = address
        self._login = {"Action": "Login", "Username": username, "Secret": secret}
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        await self._reader.readline()  # the banner is no message
        self._reading = asyncio.create_task(self._read())
        answers = await self.action(self._login)
        if answers[0].get("Response") != "Success":
            raise RigError(f"AMI refused the login: {answers[0]}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def action(self, headers: Mapping[str, str]) -> list[Message]:
        """Everything that answers an action, to the end of its list where it sends one."""
        name = f"rig-{next(self._ids)}"
        lines = [f"{key}: {value}" for key, value in {**headers, "ActionID": name}.items()]
        self._writer.write("\r\n".join(lines).encode() + END)

        def answers() -> list[Message]:
            return [each for each in messages(bytes(self.data)) if each.get("ActionID") == name]

        await self.until(lambda: _is_complete(answers()), f"answer to {headers['Action']}")
        return answers()

    def events(self, *names: str) -> list[Message]:
        """The events of these names so far, or all."""
        seen = [each for each in messages(bytes(self.data)) if "Event" in each]
        return [each for each in seen if not names or each["Event"] in names]

    async def event(self, name: str, within_s: float = 20, **headers: str) -> Message:
        """Wait for the first event of that name with these headers, also one already here."""

        def found() -> list[Message]:
            return [e for e in self.events(name) if headers.items() <= e.items()]

        await self.until(lambda: bool(found()), f"event {name} {headers}", within_s)
        return found()[0]

    async def until(
        self, holds: Callable[[], bool], what: str, within_s: float = ANSWER_MAX_S
    ) -> None:
        """Wait until something holds. Raises RigError saying what did not come."""
        for _ in range(int(within_s / 0.05)):
            if holds():
                return
            await asyncio.sleep(0.05)
        raise RigError(f"AMI: no {what} within {within_s} s")

    async def _read(self) -> None:
        while chunk := await self._reader.read(65536):
            self.data += chunk


def _is_complete(answers: list[Message]) -> bool:
    if not answers:
        return False
    listed = answers[0].get("EventList") == "start" or "will follow" in answers[0].get(
        "Message", ""
    )
    return not listed or answers[-1].get("Event", "").endswith("Complete")
