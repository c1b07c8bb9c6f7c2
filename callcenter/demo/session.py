"""One AMI session of the demonstration's PBX."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

Row = Mapping[str, str]
Lists = Mapping[str, tuple[str, Callable[[], Iterable[Row]]]]
"""By action: the name of the event that ends its list, and its rows at this moment."""

Deeds = Mapping[str, Callable[[Row], str | None]]
"""By action: what is done with its headers (names in lower case); gives why it cannot be."""

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
MAX_ACTION_BYTES = 65_536
MAX_BEHIND_BYTES = 4_194_304
"""A reader so far behind is cut off, as Asterisk's writetimeout does."""

BOOTED = {"Event": "FullyBooted", "Privilege": "system,all", "Status": "Fully Booted"}


class Session:
    """A client that connected: nothing before its login, then events and answers."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        username: str,
        secret: str,
        lists: Lists,
        deeds: Deeds,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._account = username, secret
        self._lists = lists
        self._deeds = deeds
        self._classes: frozenset[str] | None = None  # None: not logged in; empty: every class
        self._open = True

    async def serve(self) -> None:
        """Greet, and answer until the client goes."""
        self._writer.write(GREETING)
        try:
            while self._open:
                raw = await self._reader.readuntil(b"\r\n\r\n")
                self._answer(_headers(raw))
                await self._writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass  # the client went, or never will end its action: the session ends either way
        finally:
            self.close()

    def tell(self, event: Row) -> None:
        """Send an event, if the client is logged in and asked for its class."""
        if self._classes is None:
            return
        kind = event.get("Privilege", "").partition(",")[0]
        if not self._classes or kind in self._classes:
            self._write(event)
        if self._writer.transport.get_write_buffer_size() > MAX_BEHIND_BYTES:
            self.close()

    def close(self) -> None:
        """End the session at once."""
        self._open = False
        self._classes = None
        self._writer.transport.abort()

    def _answer(self, action: dict[str, str]) -> None:
        name, reply = action.get("action", "").lower(), _Reply(self._write, action)
        if name == "login":
            self._login(action, reply)
        elif self._classes is None:
            reply.error("Permission denied")
        elif name == "ping":
            reply.success(Ping="Pong")
        elif name == "logoff":
            reply.goodbye()
            self._writer.close()
            self._open = False
        elif name in self._lists:
            reply.rows(*self._lists[name])
        elif name in self._deeds:
            why_not = self._deeds[name](action)
            reply.error(why_not) if why_not else reply.success()
        elif name == "dbget":
            reply.error("Database entry not found")  # no call is noted here
        else:
            reply.error(f"Invalid/unknown command: {action.get('action', '')}.")

    def _login(self, action: dict[str, str], reply: "_Reply") -> None:
        if (action.get("username"), action.get("secret")) != self._account:
            reply.error("Authentication failed")
            self._writer.close()
            self._open = False
            return
        asked = action.get("events", "on").lower()
        every = asked in ("on", "all", "true")
        self._classes = frozenset() if every else frozenset(asked.split(","))
        reply.success(Message="Authentication accepted")
        self.tell(BOOTED)

    def _write(self, headers: Row) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(lines.encode() + b"\r\n")


class _Reply:
    """Answers to one action, each with its ActionID."""

    def __init__(self, write: Callable[[Row], None], action: dict[str, str]) -> None:
        self._write = write
        self._id = {"ActionID": action["actionid"]} if "actionid" in action else {}

    def success(self, **headers: str) -> None:
        self._write({"Response": "Success", **self._id, **headers})

    def error(self, message: str) -> None:
        self._write({"Response": "Error", **self._id, "Message": message})

    def goodbye(self) -> None:
        thanks = "Thanks for all the fish."
        self._write({"Response": "Goodbye", **self._id, "Message": thanks})

    def rows(self, complete: str, rows: Callable[[], Iterable[Row]]) -> None:
        self.success(EventList="start", Message="The list will follow")
        count = 0
        for row in rows():
            self._write({"Event": row["Event"], **self._id, **row})
            count += 1
        end = {"EventList": "Complete", "ListItems": str(count)}
        self._write({"Event": complete, **self._id, **end})


def _headers(raw: bytes) -> dict[str, str]:
    """Give the headers of an action, their names in lower case."""
    pairs = (line.partition(":") for line in raw.decode(errors="replace").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
