"""Actions on their way out, and the replies that come back."""

from collections.abc import Mapping
from dataclasses import dataclass

from panoramisk.actions import Action

from callcenter.ami.errors import AmiActionError
from callcenter.core.pbx import Event

MAX_LINE_BYTES = 1_024
"""What Asterisk reads of one line, its CR LF included (``manager.c``, get_input)."""

FORBIDDEN = frozenset("\r\n\0")
"""Asterisk takes CR LF and a bare LF as the end of a header: a value with one adds headers."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk's answer to one action: its response, and the events of a list without its end."""

    headers: Event
    events: tuple[Event, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether Asterisk did what was asked."""
        return self.headers.get("Response") not in ("Error", None)

    @property
    def message(self) -> str:
        """Asterisk's own words, empty when it said none."""
        return self.headers.get("Message", "")


class PendingAction(Action):  # type: ignore[misc]  # its base has no types
    """An action that waits for its reply.

    panoramisk guesses from the words of a response whether a list follows, which lets QueueAdd
    hang and Originate fail. Asterisk says it in a header since version 13: ``EventList: start``.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        """Check every header; raises :class:`AmiActionError` before anything is sent."""
        for name, value in headers.items():
            _check_header(name, value)
        _check_async({name.lower(): value.lower() for name, value in headers.items()})
        super().__init__(headers)
        self.response: dict[str, str] | None = None
        self.events: list[dict[str, str]] = []

    @property
    def wants_events(self) -> bool:
        """Whether this action's list is open: events with its ActionID belong to it."""
        return self.response is not None

    def add_message(self, message: dict[str, str]) -> bool:
        """Take a response or an event of the list; tell whether the reply is whole."""
        if "Response" in message:
            self.response = message
            complete = message.get("EventList", "").lower() != "start"
        elif complete := _ends_list(message):
            pass
        else:
            self.events.append(message)
        if complete and not self.future.done():
            self.future.set_result(Reply(self.response or message, tuple(self.events)))
        return complete


def _ends_list(event: dict[str, str]) -> bool:
    return event.get("EventList") == "Complete" or event.get("Event", "").endswith("Complete")


def _check_header(name: str, value: str) -> None:
    """Refuse what would be more, or less, than one header; the value itself is never shown."""
    if FORBIDDEN & set(name + value) or ":" in name or not name:
        raise AmiActionError(f"header {name[:40]!r}: CR, LF and NUL cannot be sent to Asterisk")
    if len(f"{name}: {value}\r\n".encode()) > MAX_LINE_BYTES:
        raise AmiActionError(f"header {name[:40]!r}: longer than a line of {MAX_LINE_BYTES} bytes")


def _check_async(headers: dict[str, str]) -> None:
    """Refuse an Originate that Asterisk would work off before it sends another event or answer."""
    if headers.get("action") == "originate" and headers.get("async") not in ("true", "yes", "1"):
        raise AmiActionError("Originate needs Async: true, or the PBX is mute until it is answered")
