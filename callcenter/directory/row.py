"""One row of a directory file."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.core.identity import normalise
from callcenter.directory.reasons import Fault, reason

COLUMNS = (
    "company",
    "contact",
    "phone",
    "mobile",
    "email",
    "contract",
    "account_owner",
    "backup",
)

FIELD_MAX = 200
"""Longest cell, in characters: a name that fits on no screen is no name."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class BadRowError(Exception):
    """A row that cannot be used, and why, for whoever made the file."""

    def __init__(self, fault: Fault, **data: str | int) -> None:
        self.reason = reason(fault, **data)
        super().__init__(str(self.reason))


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be used. Without ``contact`` its numbers are the company's own.

    ``line`` counts from 1 in the file, the header included.
    """

    line: int
    company: str
    contact: str | None
    numbers: frozenset[str]  # E.164
    email: str | None
    contract: str | None
    account_owner: str | None
    backup: str | None


def read_row(line: int, cells: Mapping[str, str], *, country: str) -> Row:
    """Check the cells of one line, by column. Raises BadRowError."""
    clean = {column: _clean(column, cell) for column, cell in cells.items()}
    company, contact, email = (clean.get(name) for name in ("company", "contact", "email"))
    if not company:
        raise BadRowError(Fault.NO_COMPANY)
    if email and not contact:
        raise BadRowError(Fault.EMAIL_OF_NOBODY)
    if email and not _EMAIL.fullmatch(email):
        raise BadRowError(Fault.NO_ADDRESS, cell=email)
    return Row(
        line=line,
        company=company,
        contact=contact,
        numbers=frozenset(
            _number(column, cell, country)
            for column in ("phone", "mobile")
            if (cell := clean.get(column))
        ),
        email=email,
        contract=clean.get("contract"),
        account_owner=clean.get("account_owner"),
        backup=clean.get("backup"),
    )


def _clean(column: str, cell: str) -> str | None:
    """Bring blanks and accents to one form, so that equal names are equal. Empty is None."""
    if len(cell) > FIELD_MAX:
        raise BadRowError(Fault.LONG_CELL, column=column, length=len(cell), most=FIELD_MAX)
    text = unicodedata.normalize("NFC", " ".join(cell.split()))
    if _CONTROL.search(text):
        raise BadRowError(Fault.CONTROL_CHARACTER, column=column)
    return text or None


def _number(column: str, cell: str, country: str) -> str:
    e164 = normalise(cell, country=country)
    if e164 is None:
        raise BadRowError(Fault.NO_NUMBER, column=column, cell=cell, country=country)
    return e164
