"""Why a line, or a file, cannot be used: a word that programs go by, and a sentence for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What can be wrong. The pages have a text of their own for each."""

    # With one line:
    NO_COMPANY = "no_company"
    EMAIL_OF_NOBODY = "email_of_nobody"
    NO_ADDRESS = "no_address"
    NO_NUMBER = "no_number"
    LONG_CELL = "long_cell"
    CONTROL_CHARACTER = "control_character"
    CONTRADICTION = "contradiction"
    LONG_LINE = "long_line"
    QUOTES = "quotes"
    CELLS = "cells"
    # With the file as a whole:
    NO_FILE = "no_file"
    LARGE_FILE = "large_file"
    MANY_LINES = "many_lines"
    UTF16 = "utf16"
    NOT_UTF8 = "not_utf8"
    HEADER = "header"
    HEADER_UNREADABLE = "header_unreadable"
    # With a header, each beside HEADER:
    UNKNOWN_COLUMN = "unknown_column"
    DOUBLE_COLUMN = "double_column"
    MISSING_COLUMN = "missing_column"


SENTENCES: Final[Mapping[Fault, str]] = {
    Fault.NO_COMPANY: "the company is empty: every row needs one",
    Fault.EMAIL_OF_NOBODY: "an email belongs to a contact, and the row names none",
    Fault.NO_ADDRESS: "email {cell!r} is no address",
    Fault.NO_NUMBER: "{column} {cell!r} is no telephone number of {country}: "
    "write one number, with its country when it is abroad (+44 ...)",
    Fault.LONG_CELL: "{column} has {length} characters, and {most} is the most",
    Fault.CONTROL_CHARACTER: "{column} has a control character in it",
    Fault.CONTRADICTION: "{noun} {name!r} has {column} {before!r} in an earlier row, "
    "and {cell!r} here",
    Fault.LONG_LINE: "the line has {length} characters, and {most} is the most",
    Fault.QUOTES: "the quotes do not match, or a cell has a line break",
    Fault.CELLS: "there are {count} cells, and the header has {columns}",
    Fault.NO_FILE: "{path} cannot be read: {cause}",
    Fault.LARGE_FILE: "the file has more than {most} bytes, which is the most: cut it in pieces",
    Fault.MANY_LINES: "the file has more than {most} lines: cut it in pieces",
    Fault.UTF16: "the file is in UTF-16: save it again as 'CSV UTF-8'",
    Fault.NOT_UTF8: "the file is not in UTF-8 (line {line}, byte {byte}), but probably in Latin-1 "
    "or Windows-1252: save it again as 'CSV UTF-8', or convert it with "
    "'iconv -f WINDOWS-1252 -t UTF-8'",
    Fault.HEADER: "the first line must name the columns, of {columns}",
    Fault.HEADER_UNREADABLE: "the header cannot be read",
    Fault.UNKNOWN_COLUMN: "{column!r} is no column",
    Fault.DOUBLE_COLUMN: "{column!r} is there twice",
    Fault.MISSING_COLUMN: "there is no {column!r}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong, and what there is to say of it."""

    fault: Fault
    data: Mapping[str, str | int]

    def __str__(self) -> str:
        return SENTENCES[self.fault].format(**self.data)


def reason(fault: Fault, **data: str | int) -> Reason:
    """The reason of this fault, with what its sentence names."""
    return Reason(fault, data)
