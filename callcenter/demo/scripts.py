"""Calls recorded from a real Asterisk, as scripts that can be played again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = Path(__file__).parent / "calls"
"""One recording a file, named for what happens in it."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """One event, so many seconds after the call's first."""

    at_s: float
    headers: Headers

    def get(self, name: str) -> str:
        """Give a header's value, empty when it is not there."""
        return dict(self.headers).get(name, "")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what is named in a recording, each to be replaced by somebody of the day."""

    number: str  # the caller's
    name: str
    extension: str
    queue: str
    leads: tuple[str, ...]  # interfaces that speak with the caller, in order
    extras: tuple[str, ...]  # the other interfaces of the queue, which only ring


@dataclass(frozen=True, slots=True)
class Script:
    """One recorded call."""

    name: str
    cast: Cast
    beats: tuple[Beat, ...]


def load(folder: Path = CALLS) -> dict[str, Script]:
    """Read every recording of a folder, by name."""
    return {path.stem: read(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.ami"))}


def read(name: str, recording: bytes) -> Script:
    """Turn the bytes of a recording with Timestamps into a script.

    Raises ValueError where it does not begin with the caller's Newchannel.
    """
    messages = [_headers(each) for each in recording.decode().split("\r\n\r\n") if each]
    if not messages or dict(messages[0]).get("Event") != "Newchannel":
        raise ValueError(f"{name}: a recording begins with the Newchannel of its caller")
    start = float(dict(messages[0])["Timestamp"])
    beats = tuple(Beat(float(dict(each)["Timestamp"]) - start, each) for each in messages)
    return Script(name, _cast(beats), beats)


def _headers(message: str) -> Headers:
    pairs = (line.partition(": ") for line in message.split("\r\n"))
    return tuple((name, value) for name, _, value in pairs)


def _cast(beats: tuple[Beat, ...]) -> Cast:
    first = beats[0]
    queue = next(beat.get("Queue") for beat in beats if beat.get("Event") == "QueueCallerJoin")
    caller = first.get("Uniqueid")
    leads = dict.fromkeys(_interfaces_in_bridges(beats, caller))
    rung = {beat.get("Interface") for beat in beats if beat.get("Event") == "AgentCalled"}
    return Cast(
        number=first.get("CallerIDNum"),
        name=first.get("CallerIDName"),
        extension=first.get("Exten"),
        queue=queue,
        leads=tuple(leads),
        extras=tuple(sorted(rung - set(leads))),
    )


def _interfaces_in_bridges(beats: tuple[Beat, ...], caller: str) -> Iterator[str]:
    """Give the interface of every telephone's channel that enters a bridge."""
    for beat in beats:
        interface = interface_of(beat.get("Channel"))
        entered = beat.get("Event") == "BridgeEnter" and beat.get("Uniqueid") != caller
        if entered and not interface.startswith("Local/"):
            yield interface


def interface_of(channel: str) -> str:
    """Give the interface of a channel's name: ``PJSIP/101`` of ``PJSIP/101-0000000f``."""
    return channel.rpartition("-")[0]
