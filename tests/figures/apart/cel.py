"""Asterisk's CEL, read anew: what befell each channel, to the microsecond.

A row is ``EVENT,EPOCH,CHANNEL,UNIQUEID,LINKEDID,EXTENSION,NUMBER,APPLICATION,EXTRA``, all quoted.
Of EXTRA, which is JSON, these are used: ``bridge_id`` of a bridge, ``hangupsource`` of a hang-up,
``transferee_channel_uniqueid`` of a transfer.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

TRUNK = "PJSIP/trunk-"
LOCAL = "Local/"
RING_GROUPS = ("Queue", "Dial")
COLUMNS = 9


class Row(NamedTuple):
    """One event of one channel."""

    event: str
    at: float  # epoch
    channel: str
    id: str
    linkedid: str
    extension: str
    number: str
    application: str
    extra: str


@dataclass(slots=True)
class Part:
    """A telephone's part in a call: from when it was first connected with the caller until it was
    gone."""

    telephone: str  # "PJSIP/101"
    begun_at: float
    ended_at: float | None = None

    @property
    def lasted_s(self) -> float | None:
        return None if self.ended_at is None else self.ended_at - self.begun_at


@dataclass(slots=True)
class Seen:
    """One call from the trunk. ``applications`` are those of the caller's own channel."""

    linkedid: str
    number: str
    extension: str
    started_at: float
    ended_at: float | None = None
    was_ended_by_caller: bool = False
    asked_at: float | None = None  # the first ring group
    asked_until: float | None = None  # when that was over
    applications: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    transfers: int = 0

    @property
    def answered_at(self) -> float | None:
        """When the caller was first connected with a telephone."""
        return min((part.begun_at for part in self.parts), default=None)


def read(lines: Iterable[str]) -> dict[str, Seen]:
    """The trunk's calls by Linkedid. Raises ValueError for a row that is none."""
    reader = _Reader()
    for row in _rows(lines):
        reader.take(row)
    return reader.calls


def _rows(lines: Iterable[str]) -> Iterator[Row]:
    for cells in csv.reader(lines):
        if len(cells) != COLUMNS:
            raise ValueError(f"CEL: {cells!r} has not {COLUMNS} columns")
        event, at, *rest = cells
        yield Row(event, float(at), *rest)


class _Reader:
    """Who is with whom, event by event."""

    def __init__(self) -> None:
        self.calls: dict[str, Seen] = {}
        self._bridges: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._parts: dict[str, list[Part]] = {}  # by the telephone's channel

    def take(self, row: Row) -> None:
        self._names[row.id] = row.channel
        call = self.calls.get(row.id)
        extra = json.loads(row.extra) if row.extra else {}
        match row.event:
            case "CHAN_START" if row.channel.startswith(TRUNK) and row.id == row.linkedid:
                self.calls[row.id] = Seen(row.id, row.number, row.extension, row.at)
            case "APP_START" if call is not None:
                call.applications.append(row.application)
                if call.asked_at is None and row.application in RING_GROUPS:
                    call.asked_at = row.at
            case "APP_END" if call is not None and row.application in RING_GROUPS:
                call.asked_until = call.asked_until or row.at
            case "BRIDGE_ENTER":
                self._bridges.setdefault(extra["bridge_id"], set()).add(row.id)
                self._connect(row)
            case "BRIDGE_EXIT":
                self._bridges.get(extra["bridge_id"], set()).discard(row.id)
            case "BLINDTRANSFER" | "ATTENDEDTRANSFER":
                handed_on = self.calls.get(extra.get("transferee_channel_uniqueid", row.linkedid))
                if handed_on is not None:
                    handed_on.transfers += 1
            case "HANGUP":
                self._hang_up(row, call, extra.get("hangupsource", ""))

    def _connect(self, row: Row) -> None:
        """Begin the part of each telephone that this has brought together with a caller."""
        together = self._together(row.id)
        callers = [self.calls[one] for one in together if one in self.calls]
        for one in together:
            name = self._names[one]
            if one in self.calls or name.startswith((LOCAL, TRUNK)):
                continue
            for call in callers:
                telephone = name.rpartition("-")[0]
                if not any(part in call.parts for part in self._parts.get(one, ())):
                    part = Part(telephone, row.at)
                    call.parts.append(part)
                    self._parts.setdefault(one, []).append(part)

    def _together(self, id_: str) -> set[str]:
        """The channels that hear each other, through both halves of a Local channel too."""
        found, new = set(), {id_}
        while new:
            found |= new
            new = {one for some in self._bridges.values() if some & found for one in some}
            new |= {other for one in found for other in self._other_half(one)}
            new -= found
        return found

    def _other_half(self, id_: str) -> list[str]:
        name, semicolon, half = self._names[id_].rpartition(";")
        if not semicolon or not name.startswith(LOCAL):
            return []
        other = f"{name};{'2' if half == '1' else '1'}"
        return [one for one, known in self._names.items() if known == other]

    def _hang_up(self, row: Row, call: Seen | None, source: str) -> None:
        for part in self._parts.get(row.id, ()):
            part.ended_at = row.at
        if call is not None:
            call.ended_at = row.at
            call.was_ended_by_caller = source == row.channel
