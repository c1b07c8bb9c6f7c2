"""Calls recorded from real Asterisks, cut so that each can be played many times at once."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "tests" / "recordings"
VERSIONS = ("16", "22")

NEW_EACH_CALL = re.compile(
    rb"(?P<uniqueid>(?<![\d.])\d{10}\.\d{1,5}(?!\d))"
    rb"|(?P<bridge>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rb"|(?<=-)(?P<channel>[0-9a-f]{8})(?=[;\r\s,]|$)"
    rb"|(?P<caller>063998\d{4})"
    rb"|(?<=\r\nTimestamp: )(?P<moment>\d{10}\.\d{6})"
)
"""What no two calls share: ids, the end of a channel's name, the caller, the moment."""

EVENT = re.compile(rb"Event: (\w+)\r\n")


class NoRecordingsError(Exception):
    """There is nothing to play."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a call: when, its name, and its bytes in pieces between what is new."""

    at_s: float
    name: str
    pieces: tuple[bytes | int, ...]  # an int is the number of something new in this call


@dataclass(frozen=True, slots=True)
class Recording:
    """A scenario that can be played again: as many times as wanted, never the same twice."""

    name: str
    moments: tuple[Moment, ...]
    kinds: tuple[str, ...]  # of each new thing: uniqueid, bridge, channel, caller or moment
    calls: int = 1  # most scenarios are one call
    answered: int = 0

    @property
    def length_s(self) -> float:
        """How long the call lasted."""
        return self.moments[-1].at_s

    def until(self, name: str) -> "Recording":
        """Give the same call up to its last event of that name: a call that goes on."""
        last = max(
            (index for index, each in enumerate(self.moments) if each.name == name), default=-1
        )
        return replace(self, name=f"{self.name} until {name}", moments=self.moments[: last + 1])

    def only(self, names: Iterable[str]) -> "Recording":
        """Give the same call with no events but these: what a filter lets through."""
        kept = frozenset(names)
        return replace(self, moments=tuple(each for each in self.moments if each.name in kept))


class Again:
    """One more playing of a recording, with ids of its own."""

    def __init__(self, recording: Recording, number: int) -> None:
        """``number`` is the playing's own, from 0 on, whatever the recording."""
        self.recording = recording
        self._new = [_new(kind, number, index) for index, kind in enumerate(recording.kinds)]
        self._moments = [index for index, kind in enumerate(recording.kinds) if kind == "moment"]

    @property
    def linkedid(self) -> str:
        """The id of the call: that of its first channel."""
        first = self.recording.kinds.index("uniqueid")
        return self._new[first].decode()

    def message(self, moment: Moment, now: float | None = None) -> bytes:
        """Give the bytes of one event; ``now`` replaces its recorded time, in seconds of 1970."""
        if now is not None:
            stamp = f"{now:.6f}".encode()
            for index in self._moments:
                self._new[index] = stamp
        return b"".join(
            self._new[piece] if isinstance(piece, int) else piece for piece in moment.pieces
        )


def _new(kind: str, number: int, index: int) -> bytes:
    match kind:
        case "uniqueid":
            return b"%d.%d" % (1_795_435_171 + number, index)
        case "bridge":
            return b"%08x-0000-4000-8000-%012x" % (number, index)
        case "channel":
            return b"%08x" % ((number * 100 + index) % 2**32)
        case "caller":
            return b"063998%04d" % (number % 10_000)
    return b"%d.%06d" % (1_795_435_171 + number, index)


def load(folder: Path = FOLDER) -> list[Recording]:
    """Read every recording. Raises NoRecordingsError."""
    paths = [path for version in VERSIONS for path in sorted((folder / version).glob("*.ami"))]
    if not paths:
        raise NoRecordingsError(f"no recordings in {folder}: run the tests on a real PBX first")
    return [read(path) for path in paths]


def read(path: Path) -> Recording:
    """Cut one recording; the file beside it tells what became of its calls."""
    numbers: dict[bytes, int] = {}
    kinds: list[str] = []
    raw = path.read_bytes()
    messages = [each.strip(b"\r\n") + b"\r\n\r\n" for each in raw.split(b"\r\n\r\n") if each]
    start = _moment(messages[0])
    moments = [
        Moment(_moment(each) - start, _name(each), tuple(_pieces(each, numbers, kinds)))
        for each in messages
    ]
    outcomes = [
        call["outcome"] for call in json.loads(path.with_suffix(".json").read_text())["calls"]
    ]
    return Recording(
        f"{path.parent.name}/{path.stem}",
        tuple(moments),
        tuple(kinds),
        calls=len(outcomes),
        answered=outcomes.count("answered"),
    )


def _pieces(message: bytes, numbers: dict[bytes, int], kinds: list[str]) -> Iterator[bytes | int]:
    at = 0
    for found in NEW_EACH_CALL.finditer(message):
        yield message[at : found.start()]
        if found[0] not in numbers:
            numbers[found[0]] = len(kinds)
            kinds.append(found.lastgroup or "")
        yield numbers[found[0]]
        at = found.end()
    yield message[at:]


def _name(message: bytes) -> str:
    found = EVENT.match(message)
    return found[1].decode() if found else ""


def _moment(message: bytes) -> float:
    found = re.search(rb"\r\nTimestamp: ([\d.]+)\r\n", message)
    return float(found[1]) if found else 0.0


@dataclass(frozen=True, slots=True)
class Stream:
    """Events, name and bytes, in their order; and what becomes of the calls that they tell of."""

    events: Sequence[tuple[str, bytes]]
    calls: int
    answered: int

    @property
    def data(self) -> bytes:
        """As one piece."""
        return b"".join(message for _, message in self.events)


def interleaved(
    recordings: Sequence[Recording], events: int, *, began: float, at_once: int = 20
) -> Stream:
    """Give about so many events, of calls that overlap as on a busy PBX.

    They are stamped as if the first had been sent at ``began``, in seconds of 1970.
    """
    mean_s = sum(each.length_s for each in recordings) / len(recordings)
    timed: list[tuple[float, int, str, bytes]] = []
    order, played = count(), list[Recording]()
    while len(timed) < events:
        recording = recordings[len(played) % len(recordings)]
        again, start = Again(recording, len(played)), began + len(played) * mean_s / at_once
        timed += [
            (start + each.at_s, next(order), each.name, again.message(each, start + each.at_s))
            for each in recording.moments
        ]
        played.append(recording)
    return Stream(
        events=[(name, message) for _, _, name, message in sorted(timed)],
        calls=sum(each.calls for each in played),
        answered=sum(each.answered for each in played),
    )
