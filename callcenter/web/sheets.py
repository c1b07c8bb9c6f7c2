"""A table as a file: CSV for programs, XLSX for people.

What begins like a formula would be one for a spreadsheet: in CSV such text has an apostrophe before
it, in XLSX it is text by its type.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter

from callcenter.web.tables import CellUnit, Table

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would work out."""

CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SECONDS_A_DAY: Final = 86_400
FIRST_WIDTH: Final = 32
FORMATS: Final = {
    CellUnit.CALLS: "0",
    CellUnit.SHARE: "0.0%",
    CellUnit.SECONDS: "[m]:ss",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says in the reader's language: the headings of its columns, and what each row is
    called."""

    first: str
    headings: Sequence[str]
    labels: Sequence[str]
    rest: str
    total: str


def harmless(text: str) -> str:
    """The text, as no spreadsheet works it out."""
    return f"'{text}" if text.startswith(FORMULA) else text


def rows(table: Table, words: Words) -> list[tuple[str, list[float | None]]]:
    """Each row's first cell and its figures, with the rest and the total."""
    cells = [line.cells(table.columns) for line in table.lines]
    found = list(zip(words.labels, cells, strict=True))
    if table.rest is not None:
        found.append((words.rest, [column.value(table.rest) for column in table.columns]))
    found.append((words.total, [column.value(table.total) for column in table.columns]))
    return found


def to_csv(table: Table, words: Words) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; shares from 0 to 1, seconds as numbers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(each) for each in (words.first, *words.headings)])
    for label, cells in rows(table, words):
        writer.writerow(
            [harmless(label), *("" if cell is None else _plain(cell) for cell in cells)]
        )
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table, words: Words, title: str) -> bytes:
    """A workbook of one sheet, made in memory. A long one takes a while: not for the event loop."""
    data = io.BytesIO()
    options: dict[str, Any] = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(data, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {unit: book.add_format({"num_format": FORMATS[unit]}) for unit in CellUnit}
        book.set_properties({"title": title})
        sheet.set_column(0, 0, FIRST_WIDTH)
        sheet.freeze_panes(1, 1)
        for place, heading in enumerate((words.first, *words.headings)):
            sheet.write_string(0, place, heading, bold)
        for line, (label, cells) in enumerate(rows(table, words), start=1):
            sheet.write_string(line, 0, label)
            for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True), start=1):
                if cell is not None:
                    scale = SECONDS_A_DAY if column.unit is CellUnit.SECONDS else 1
                    sheet.write_number(line, place, cell / scale, formats[column.unit])
    return data.getvalue()


def _plain(cell: float | None) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, int) else f"{cell:.4f}"
