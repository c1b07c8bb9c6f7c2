"""Records of years, read once, in parts: each row, and each line that is none with its reason."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, cast

from callcenter.records.log_file import BROKEN, LINE_MAX
from callcenter.records.source import Format, RecordsError, Row

PART_LINES = 20_000
"""Read at once, in a thread: some megabytes."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Asterisk's first release was in December 1999: an older time is of a clock that stood still."""

AHEAD_MAX = timedelta(days=1)
"""What is later than now by more than this is of a clock that was wrong."""

FIRST_LINES = 1_000
"""Looked at to tell which of several files is the oldest."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no record. ``where`` is a file's name with the line's number, or a row's."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Some of the rows, in their order. ``lines`` were read for them; ``done`` is how far the
    whole has come by then, in the units of ``sized``."""

    rows: Sequence[Row]
    refused: Sequence[Refused]
    lines: int
    done: int


class Past(Protocol[Row]):
    """Where a format's records of years are."""

    async def sized(self) -> int:
        """How much it is, in units of its own. Raises RecordsError."""

    def parts(self) -> AsyncIterator[Part[Row]]:
        """All of it, the oldest first. Raises RecordsError."""


@dataclass(frozen=True, slots=True)
class PastFiles(Generic[Row]):
    """Files in some format, packed with gzip or not, in any order. ``now`` is the present."""

    paths: Sequence[Path]
    format: Format[Row]
    now: datetime

    async def sized(self) -> int:
        """Their bytes. Raises RecordsError."""
        return sum(map(_size, self.paths))

    async def parts(self) -> AsyncIterator[Part[Row]]:
        """Their rows; a file is behind those that begin earlier. Raises RecordsError."""
        before = 0
        for path in await asyncio.to_thread(self._in_order):
            reading = self._parts(path, before)
            while (part := await asyncio.to_thread(next, reading, None)) is not None:
                yield part
            before += _size(path)

    def _in_order(self) -> list[Path]:
        return [path for _, path in sorted((self._begins(path), path) for path in self.paths)]

    def _begins(self, path: Path) -> datetime:
        with _lines(path) as (lines, _):
            for _, raw in zip(range(FIRST_LINES), lines, strict=False):
                row = self.format.from_text(_text(raw))
                if row is not None:
                    return self.format.written_at(row)
        return self.now

    def _parts(self, path: Path, before: int) -> Iterator[Part[Row]]:
        number, latest = 0, self.now + AHEAD_MAX
        from_text, written_at = self.format.from_text, self.format.written_at
        with _lines(path) as (lines, file):
            while raws := [raw for _, raw in zip(range(PART_LINES), lines, strict=False)]:
                rows: list[Row] = []
                refused: list[Refused] = []
                for at, raw in enumerate(raws, start=number + 1):
                    text = _text(raw)
                    row = from_text(text)
                    if row is not None and EARLIEST <= written_at(row) <= latest:
                        rows.append(row)
                    elif text:
                        reason = self.format.why_not(text) if row is None else why(written_at(row))
                        refused.append(Refused(f"{path}, line {at}", reason))
                number += len(raws)
                yield Part(rows, refused, len(raws), before + file.tell())


def why(at: datetime) -> str:
    """Why a row of that time cannot be of a call that was."""
    when = "when there was no Asterisk" if at < EARLIEST else "which is yet to come"
    return f"its time is {at:%Y-%m-%d %H:%M:%S} UTC, {when}"


@contextmanager
def _lines(path: Path) -> Iterator[tuple[Iterator[bytes], BinaryIO]]:
    """The lines of a file, and the file itself, whose place says how much of it was read.

    What is longer than LINE_MAX comes in pieces, which are no rows.
    """
    try:
        with path.open("rb") as file:
            packed = path.suffix == ".gz"
            content = cast("BinaryIO", gzip.GzipFile(fileobj=file)) if packed else file
            yield iter(partial(content.readline, LINE_MAX), b""), file
    except BROKEN as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise RecordsError(f"{path} cannot be read ({cause}): is it there, and whole?") from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r\n").replace("\0", "")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise RecordsError(f"{path} cannot be read ({error.strerror})") from error
