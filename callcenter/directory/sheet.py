"""A directory file: comma or semicolon separated, UTF-8, with a header."""

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from callcenter.directory.progress import Progress
from callcenter.directory.reasons import Fault, Reason, reason
from callcenter.directory.row import COLUMNS, FIELD_MAX, BadRowError, Row, read_row
from callcenter.errors import CallcenterError

FILE_MAX_BYTES = 50_000_000
LINES_MAX = 200_000
LINE_MAX = 2 * FIELD_MAX * len(COLUMNS)
"""Characters in a line; twice what its cells may have, for quotes."""

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class DirectoryFileError(CallcenterError):
    """The file as a whole cannot be used, and why; nothing of it was imported.

    The first reason is what is wrong; those that follow, if any, say where.
    """

    code = "directory_file"

    def __init__(self, *reasons: Reason) -> None:
        self.reasons = reasons
        first, *rest = map(str, reasons)
        super().__init__(f"{first}: {'; '.join(rest)}" if rest else first)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that was left out, and why."""

    line: int
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        return f"line {self.line}: {'; '.join(map(str, self.reasons))}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: ``columns`` as the header has them, good rows and bad ones in their order."""

    columns: frozenset[str]
    rows: list[Row] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The text of a file. Raises DirectoryFileError for any encoding but UTF-8."""
    if len(data) > FILE_MAX_BYTES:
        raise DirectoryFileError(reason(Fault.LARGE_FILE, most=FILE_MAX_BYTES))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DirectoryFileError(reason(Fault.UTF16))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02x}"
        raise DirectoryFileError(reason(Fault.NOT_UTF8, line=line, byte=byte)) from None


def read_sheet(text: str, *, country: str, progress: Progress | None = None) -> Sheet:
    """Read rows; numbers without a country are of ``country``.

    Each line stands for itself: a quote that is never closed spoils its own line alone. Raises
    DirectoryFileError when the header cannot be used.
    """
    seen = progress or Progress()
    lines = _LINE_BREAK.split(text.removeprefix("\ufeff"))
    if len(lines) > LINES_MAX:
        raise DirectoryFileError(reason(Fault.MANY_LINES, most=LINES_MAX))
    separator, header = check_header(lines[0])
    sheet = Sheet(columns=frozenset(header))
    seen.total = len(lines)
    for number, line in enumerate(lines[1:], start=2):
        seen.step()
        try:
            cells = _cells(line, separator)
            if any(cell.strip() for cell in cells):
                sheet.rows.append(read_row(number, _by_column(header, cells), country=country))
        except BadRowError as error:
            sheet.bad_rows.append(BadRow(number, (error.reason,)))
    return sheet


def check_header(text: str) -> tuple[str, list[str]]:
    """The separator, and the columns that the first line names. Raises DirectoryFileError."""
    line = _LINE_BREAK.split(text.removeprefix("\ufeff"), maxsplit=1)[0]
    separator = ";" if line.count(";") > line.count(",") else ","
    return separator, _header(line, separator)


def _header(line: str, separator: str) -> list[str]:
    try:
        header = [cell.strip().lower() for cell in _cells(line, separator)]
    except BadRowError as error:
        raise DirectoryFileError(reason(Fault.HEADER_UNREADABLE), error.reason) from None
    mistakes = [(Fault.UNKNOWN_COLUMN, name) for name in header if name not in COLUMNS]
    mistakes += [(Fault.DOUBLE_COLUMN, name) for name in COLUMNS if header.count(name) > 1]
    mistakes += [] if "company" in header else [(Fault.MISSING_COLUMN, "company")]
    if mistakes:
        told = [reason(fault, column=name) for fault, name in mistakes]
        raise DirectoryFileError(reason(Fault.HEADER, columns=", ".join(COLUMNS)), *told)
    return header


def _cells(line: str, separator: str) -> list[str]:
    if len(line) > LINE_MAX:
        raise BadRowError(Fault.LONG_LINE, length=len(line), most=LINE_MAX)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        raise BadRowError(Fault.QUOTES) from None


def _by_column(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise BadRowError(Fault.CELLS, count=len(cells), columns=len(header))
    return dict(zip(header, cells, strict=True))
