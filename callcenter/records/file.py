"""Records in a file on this machine, or one that is shared with the PBX's."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, ParamSpec, TypeVar

import structlog

from callcenter.records.log_file import BROKEN, LogFile, Place, PlacedLine
from callcenter.records.source import (
    OPEN_MAX,
    Format,
    Position,
    Reading,
    RecordsError,
    Row,
    Span,
    answered_between,
    going_on,
    over,
)

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def _told(read: Callable[P, T]) -> Callable[P, T]:
    """Let what is wrong with a file be told as RecordsError."""

    @functools.wraps(read)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except BROKEN as error:
            raise RecordsError(f"the PBX's records cannot be read: {error}") from error

    return told


@dataclass(frozen=True, slots=True)
class RecordsFile(Generic[Row]):
    """A file in some format."""

    path: Path
    format: Format[Row]

    @property
    def name(self) -> str:
        """The format's."""
        return self.format.name

    async def read(self, position: str | None, now: datetime) -> Reading:
        """What is over since then. A call that goes on is read again until it is over."""
        return await asyncio.to_thread(self._read, position, now)

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        """The calls answered in the span, from this file and those that it was rotated to."""
        return await asyncio.to_thread(self._between, since, until, now)

    @_told
    def _read(self, position: str | None, now: datetime) -> Reading:
        file, since = LogFile(self.path), Position.from_text(position)
        if since is None:
            return Reading([], Position(now, file.end().written()).to_text())
        lines, end = file.after(Place.read(since.place))
        rows, places = self._rows(lines)
        found = self.format.calls(rows, now)
        first = min((call.first for call in found if not call.is_over), default=None)
        reached = since.at((end if first is None else places[first]).written())
        return Reading(over(found, since), reached.to_text(), going_on(found, since))

    @_told
    def _between(self, since: datetime, until: datetime, now: datetime) -> Span:
        lines = LogFile(self.path).since(since - OPEN_MAX)
        rows, _ = self._rows(lines)
        oldest = min((self.format.written_at(row) for row in rows), default=None)
        return Span(answered_between(self.format.calls(rows, now), since, until), oldest)

    def _rows(self, lines: Sequence[PlacedLine]) -> tuple[list[Row], list[Place]]:
        parsed = [(self.format.from_text(line.text), line.place) for line in lines if line.text]
        rows = [(row, place) for row, place in parsed if row is not None]
        if len(rows) < len(parsed):
            refused = len(parsed) - len(rows)
            log.warning("records.not_understood", file=str(self.path), lines=refused)
        return [row for row, _ in rows], [place for _, place in rows]
