"""A file that another program appends to and rotates, read to its last complete line.

A place in it is kept over restarts as the first bytes of the file, which stay the same when it is
renamed, copied or compressed, and an offset. A file that was cut short, or is nowhere any more, is
read from its beginning with everything beside it: what is read twice does no harm.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import structlog

from callcenter.records.source import RecordsError

log = structlog.get_logger(__name__)

HEAD_MAX = 256
"""Bytes that tell one file from another: the first line has a time and an id of a call."""

LINE_MAX = 65_536
"""Bytes of a line: no record is as long."""

BROKEN = (OSError, EOFError, zlib.error)
"""What reading raises; the last two are of a .gz that was cut short."""

ROTATED = re.compile(r"[.-]\d[\d._-]*(\.gz)?")
"""What logrotate adds to a name: ``.1``, ``.2.gz``, ``-20261124``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line begins: in the file whose first ``length`` bytes have the hash ``head``."""

    head: str
    length: int
    offset: int

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Place":
        """What ``written`` gave; of anything else the beginning of everything."""
        try:
            return cls(str(values["head"]), int(values["length"]), int(values["offset"]))
        except (ValueError, KeyError, TypeError):
            return cls("", 0, 0)

    def written(self) -> Mapping[str, Any]:
        """To be kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A complete line, without its end, and where it begins in the file that begins so."""

    text: str
    head: bytes
    offset: int

    @property
    def place(self) -> Place:
        """To go on from, at this line."""
        # No more than what is behind it: the rest of a short file may not be written yet.
        known = self.head[: self.offset]
        return Place(_hash(known), len(known), self.offset)


class LogFile:
    """The file at ``path``, and what rotation made of its predecessors."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def end(self) -> Place:
        """Behind the last complete line. Raises RecordsError."""
        *_, last = self._lines(self.path, 0)
        return last.place

    def after(self, place: Place) -> tuple[list[PlacedLine], Place]:
        """The lines from ``place`` on, the oldest first, and where the next will begin.

        Raises RecordsError.
        """
        files = self.files()
        newest_first = range(len(files) - 1, -1, -1)
        start = next((at for at in newest_first if self._is_at(files[at], place)), None)
        if start is None and place.length:
            log.warning("records.lost_place", file=str(self.path), hint="all of it is read again")
        lines: list[PlacedLine] = []
        end = place
        for path in files[start or 0 :]:
            offset = place.offset if start is not None and path == files[start] else 0
            *complete, last = self._lines(path, offset)
            lines += complete
            end = last.place
        return lines, end

    def since(self, at: datetime) -> list[PlacedLine]:
        """The lines of every file that was written to since then. Raises RecordsError."""
        lines: list[PlacedLine] = []
        for path in self.files():
            if path.stat().st_mtime >= at.timestamp():
                lines += list(self._lines(path, 0))[:-1]
        return lines

    def files(self) -> list[Path]:
        """The file's predecessors in the order of their last change, then the file itself."""
        if not self.path.is_file():
            raise RecordsError(
                f"{self.path} is not there: look at [pbx.records] in the configuration, and at "
                "where the PBX's files can be read from here"
            )
        name = re.escape(self.path.name)
        beside = re.compile(name + ROTATED.pattern)
        rotated = [one for one in self.path.parent.iterdir() if beside.fullmatch(one.name)]
        return [*sorted(rotated, key=lambda one: (one.stat().st_mtime, one.name)), self.path]

    def _is_at(self, path: Path, place: Place) -> bool:
        if not place.length or (path == self.path and path.stat().st_size < place.offset):
            return False
        try:
            with _opened(path) as file:
                head = file.read(place.length)
        except (RecordsError, *BROKEN):
            return False  # one that is broken must not hide the others; read, it says so
        return len(head) == place.length and _hash(head) == place.head

    def _lines(self, path: Path, offset: int) -> Iterator[PlacedLine]:
        """Each complete line, and at last an empty one where the next will begin."""
        with _opened(path) as file:
            head = file.read(HEAD_MAX)
            file.seek(offset)
            while (line := file.readline(LINE_MAX)).endswith(b"\n") or len(line) == LINE_MAX:
                # What is longer is no record: it comes in pieces that are no rows.
                text = line.decode("utf-8", "replace").rstrip("\r\n").replace("\0", "")
                yield PlacedLine(text, head, offset)
                offset += len(line)
            yield PlacedLine("", head, offset)


def _hash(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()


def _opened(path: Path) -> BinaryIO:
    try:
        return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise RecordsError(
            f"{path} cannot be read ({error.strerror}): let the service's account read it"
        ) from error
