"""A directory file: comma or semicolon separated, UTF-8, with a header."""

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from callcenter.directory.row import COLUMNS, FIELD_MAX, BadRowError, Row, read_row
from callcenter.errors import CallcenterError

FILE_MAX_BYTES = 50_000_000
LINES_MAX = 200_000
LINE_MAX = 2 * FIELD_MAX * len(COLUMNS)
"""Characters in a line; twice what its cells may have, for quotes."""

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class DirectoryFileError(CallcenterError):
    """The file as a whole cannot be used; nothing of it was imported."""

    code = "directory_file"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that was left out, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: ``columns`` as the header has them, good rows and bad ones in their order."""

    columns: frozenset[str]
    rows: list[Row] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The text of a file. Raises DirectoryFileError for any encoding but UTF-8."""
    if len(data) > FILE_MAX_BYTES:
        raise DirectoryFileError(
            f"the file has {len(data)} bytes, and {FILE_MAX_BYTES} is the most: cut it in pieces"
        )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DirectoryFileError("the file is in UTF-16: save it again as 'CSV UTF-8'")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DirectoryFileError(
            f"the file is not in UTF-8 (line {line}, byte 0x{data[error.start]:02x}), but probably "
            "in Latin-1 or Windows-1252: save it again as 'CSV UTF-8', or convert it with "
            "'iconv -f WINDOWS-1252 -t UTF-8'"
        ) from None


def read_sheet(text: str, *, country: str) -> Sheet:
    """Read rows; numbers without a country are of ``country``.

    Each line stands for itself: a quote that is never closed spoils its own line alone. Raises
    DirectoryFileError when the header cannot be used.
    """
    lines = _LINE_BREAK.split(text.removeprefix("\ufeff"))
    if len(lines) > LINES_MAX:
        raise DirectoryFileError(f"the file has more than {LINES_MAX} lines: cut it in pieces")
    separator = ";" if lines[0].count(";") > lines[0].count(",") else ","
    header = _header(lines[0], separator)
    sheet = Sheet(columns=frozenset(header))
    for number, line in enumerate(lines[1:], start=2):
        try:
            cells = _cells(line, separator)
            if any(cell.strip() for cell in cells):
                sheet.rows.append(read_row(number, _by_column(header, cells), country=country))
        except BadRowError as error:
            sheet.bad_rows.append(BadRow(number, str(error)))
    return sheet


def _header(line: str, separator: str) -> list[str]:
    try:
        header = [cell.strip().lower() for cell in _cells(line, separator)]
    except BadRowError as error:
        raise DirectoryFileError(f"the header cannot be read: {error}") from None
    mistakes = [f"{name!r} is no column" for name in header if name not in COLUMNS]
    mistakes += [f"{name!r} is there twice" for name in COLUMNS if header.count(name) > 1]
    mistakes += [] if "company" in header else ["there is no 'company'"]
    if mistakes:
        raise DirectoryFileError(
            f"the first line must name the columns, of {', '.join(COLUMNS)}: {'; '.join(mistakes)}"
        )
    return header


def _cells(line: str, separator: str) -> list[str]:
    if len(line) > LINE_MAX:
        raise BadRowError(f"the line has {len(line)} characters, and {LINE_MAX} is the most")
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise BadRowError(f"the quotes do not match, or a cell has a line break: {error}") from None


def _by_column(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise BadRowError(f"there are {len(cells)} cells, and the header has {len(header)}")
    return dict(zip(header, cells, strict=True))
