"""What a source of records is: a format, such as queue_log, kept somewhere, such as in a file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from callcenter.core.noted import Noted
from callcenter.errors import CallcenterError

OPEN_MAX = timedelta(hours=6)
"""A call whose end is not recorded after so long has none: Asterisk died, or it was handed on."""

Row = TypeVar("Row")


"""What one line of a file, or one row of a table, says."""


class RecordsError(CallcenterError):
    """A PBX's records cannot be read; the message says where they were looked for."""

    code = "records"


@dataclass(frozen=True, slots=True)
class Found:
    """A line's call among some rows. ``note`` is None where nobody answered it.

    ``first`` is the place of its first row. ``is_over``: nothing more will be written of it.
    """

    note: Noted | None
    first: int
    is_over: bool


class Format(Protocol[Row]):
    """How rows are written, and what they mean together."""

    @property
    def name(self) -> str:
        """What it is called in the configuration and in the table of cursors."""

    @property
    def time_columns(self) -> Sequence[str]:
        """What the column of a table is called by which rows are in order: one of these."""

    def from_text(self, line: str) -> Row | None:
        """The row in a line of a file; None where it is none."""

    def why_not(self, line: str) -> str:
        """Why a line of a file is none, in words."""

    def from_columns(self, columns: Mapping[str, Any]) -> Row | None:
        """The row in a table's columns, whose names are in small letters; None where it is none."""

    def written_at(self, row: Row) -> datetime:
        """When the row was written, by its own words."""

    def calls(self, rows: Sequence[Row], now: datetime) -> list[Found]:
        """The calls of lines in these rows, which are in the order of their writing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was answered and is over, and the position from which to go on.

    ``going_on`` was answered too, and is not over, or only just: it is told later.
    """

    notes: Sequence[Noted]
    position: str
    going_on: Sequence[Noted] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The calls answered in a span, over or not. ``since`` is when the oldest row is from: of what
    was before, these records tell nothing. None where there is no row at all.
    """

    notes: Sequence[Noted]
    since: datetime | None


class Source(Protocol):
    """One kind of records of one PBX."""

    @property
    def name(self) -> str:
        """The format's."""

    async def read(self, position: str | None, now: datetime) -> Reading:
        """What is over since ``position``, which an earlier reading gave. Raises RecordsError.

        Without a position nothing is given: what was before the first look is not ours.
        """

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        """The calls answered from ``since`` until before ``until``. Raises RecordsError."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far records were read. ``began_at`` is the first look: what was answered before is not
    ours. ``place`` is the source's own.
    """

    began_at: datetime
    place: Mapping[str, Any]

    @classmethod
    def from_text(cls, text: str | None) -> "Position | None":
        """What ``to_text`` made; None where it is nothing of the kind."""
        try:
            values = json.loads(text or "")
            began_at = datetime.fromisoformat(values["began_at"])
            return cls(began_at, values["place"]) if began_at.tzinfo is not None else None
        except (ValueError, KeyError, TypeError):
            return None

    def to_text(self) -> str:
        """To be kept."""
        return json.dumps({"began_at": self.began_at.isoformat(), "place": self.place})

    def at(self, place: Mapping[str, Any]) -> "Position":
        """The same, further on."""
        return replace(self, place=place)


def over(found: Iterable[Found], position: Position) -> list[Noted]:
    """The notes of those of these calls that are over, and were answered since the first look."""
    return _ours((call.note for call in found if call.is_over), position)


def going_on(found: Iterable[Found], position: Position) -> list[Noted]:
    """The same of those that are not over."""
    return _ours((call.note for call in found if not call.is_over), position)


def _ours(notes: Iterable[Noted | None], position: Position) -> list[Noted]:
    return [note for note in notes if note is not None and note.answered_at >= position.began_at]


def answered_between(found: Sequence[Found], since: datetime, until: datetime) -> list[Noted]:
    """The notes of these calls that were answered in the span."""
    notes = (call.note for call in found if call.note is not None)
    return [note for note in notes if since <= note.answered_at < until]
