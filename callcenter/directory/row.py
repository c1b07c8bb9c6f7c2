"""One row of a directory file."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.core.identity import normalise

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
    """A row that cannot be used; the message says why, for whoever made the file."""


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
        raise BadRowError("the company is empty: every row needs one")
    if email and not contact:
        raise BadRowError("an email belongs to a contact, and the row names none")
    if email and not _EMAIL.fullmatch(email):
        raise BadRowError(f"email {email!r} is no address")
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
        raise BadRowError(f"{column} has {len(cell)} characters, and {FIELD_MAX} is the most")
    text = unicodedata.normalize("NFC", " ".join(cell.split()))
    if _CONTROL.search(text):
        raise BadRowError(f"{column} has a control character in it")
    return text or None


def _number(column: str, cell: str, country: str) -> str:
    e164 = normalise(cell, country=country)
    if e164 is None:
        raise BadRowError(
            f"{column} {cell!r} is no telephone number of {country}: "
            "write one number, with its country when it is abroad (+44 ...)"
        )
    return e164
