"""panoramisk's AMI protocol with its traps mended: how bytes become events and replies."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from panoramisk.ami_protocol import AMIProtocol

from callcenter.ami.action import PendingAction
from callcenter.ami.errors import AmiError, AmiLostError, AmiProtocolError
from callcenter.ami.framing import Framer
from callcenter.ami.message import parse


@dataclass(slots=True)
class Traffic:
    """What passed over one PBX's connections since the start."""

    heard_at: float = 0.0  # the event loop's time of the last byte
    bytes: int = 0
    messages: int = 0  # everything Asterisk said
    events: int = 0  # those that were wanted
    stray_replies: int = 0  # answers nobody waits for any more


class Owner(Protocol):
    """What the protocol asks of its manager (panoramisk calls it the factory)."""

    def events_received(self, events: list[dict[str, str]]) -> None:
        """Take the wanted events of one read, in their order."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the connection is over."""


def wanted_lines(names: Iterable[str]) -> frozenset[bytes]:
    """Give the first lines of the events with these names, to compare before any parsing."""
    return frozenset(f"Event: {name}".encode() for name in names)


class AmiProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk ships no types
    """One connection.

    Against panoramisk 1.4: bytes are framed before they are decoded, so that no character is cut;
    an event nobody wants costs one comparison of its first line; a handler is never called from
    the middle of a read; what is endless ends the connection; unanswered actions fail and are not
    sent again.
    """

    factory: Owner
    transport: asyncio.Transport
    responses: dict[str, PendingAction]

    def __init__(self, owner: Owner, wanted: frozenset[bytes], traffic: Traffic) -> None:
        """Keep the events whose first line is in ``wanted`` (see :func:`wanted_lines`)."""
        self._owner = owner
        self._wanted = wanted
        self._traffic = traffic
        self._framer = Framer()
        self._loop = asyncio.get_running_loop()
        self.error: AmiError | None = None  # why this side ended the connection
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Know the owner from the first byte on: panoramisk tells it a turn of the loop later."""
        super().connection_made(transport)
        self.factory = self._owner

    def send(self, data: Mapping[str, str], as_list: bool | None = None) -> asyncio.Future[object]:
        """Send an action and give the future of its :class:`Reply`.

        Raises :class:`AmiActionError` and :class:`AmiLostError`.
        """
        action = PendingAction(data)
        if self.closed or self.transport.is_closing():
            raise AmiLostError("the connection to the PBX is closed")
        future: asyncio.Future[object] = super().send(action, as_list=as_list)
        return future

    def forget(self, future: asyncio.Future[object]) -> None:
        """Stop waiting for an action: nothing of it stays behind."""
        for key in [key for key, action in self.responses.items() if action.future is future]:
            del self.responses[key]

    def data_received(self, data: bytes) -> None:
        """Take what came from the socket; asyncio's transport calls it."""
        if self.closed:
            return
        self._traffic.heard_at = self._loop.time()
        self._traffic.bytes += len(data)
        try:
            events = self._received(self._framer.feed(data))
        except AmiProtocolError as error:
            self.abort(error)
            return
        self.version = self._framer.version
        if events:
            self._traffic.events += len(events)
            self.factory.events_received(events)

    def _received(self, messages: list[bytes]) -> list[dict[str, str]]:
        """Give the wanted events; replies go to their actions."""
        wanted, events = self._wanted, []
        self._traffic.messages += len(messages)
        for message in messages:
            raw, line = message, message.partition(b"\r")[0]
            if not line:  # Asterisk ends some of its TestEvents by one CR LF too many
                raw = message.lstrip(b"\r\n")
                line = raw.partition(b"\r")[0]
            if line in wanted:
                if not (self.responses and b"\r\nActionID: " in raw and self._answered(raw)):
                    events.append(parse(raw))
            elif raw.startswith(b"Response: "):
                if not self._answered(raw):
                    self._traffic.stray_replies += 1
            elif self.responses and b"\r\nActionID: " in raw:
                self._answered(raw)
        return events

    def _answered(self, raw: bytes) -> bool:
        """Tell whether the message belongs to an action that waits, and give it to it."""
        message = parse(raw)
        action = self.responses.get(message.get("ActionID", ""))
        if action is None or ("Response" not in message and not action.wants_events):
            return False
        if action.add_message(message):
            self.responses.pop(action.id, None)
        return True

    def abort(self, error: AmiError) -> None:
        """End the connection at once, without waiting for a peer that may be gone."""
        self.error = self.error or error
        self.close()
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear from the transport that the connection is over."""
        self.close()
        reason = self.error or AmiLostError(str(exc or "the PBX closed the connection"))
        self.factory.connection_lost(reason)

    def close(self) -> None:
        """Close the connection; what waits for an answer fails, and is not sent again."""
        self.closed = True
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            if not action.future.done():
                lost = AmiLostError("the connection was lost before the PBX answered")
                action.future.set_exception(lost)
        self.transport.close()
