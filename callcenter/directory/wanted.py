"""What the rows of a file, taken together, say about companies, contacts and numbers.

A company has one account owner, one backup and one contract: a row that contradicts an earlier
one is a bad row. An empty cell contradicts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import NamedTuple, TypeAlias

from callcenter.directory.reasons import Fault, Reason, reason
from callcenter.directory.row import Row
from callcenter.directory.sheet import BadRow, Sheet

Subject: TypeAlias = tuple[str, str | None]
"""What a row is about: a contact by company and name, or the company itself (company, None)."""


class Holding(NamedTuple):
    """A number, and who can be reached at it. ``contact`` None: the company's switchboard."""

    e164: str
    company: str
    contact: str | None

    @property
    def holder(self) -> Subject:
        """Who can be reached."""
        return self.company, self.contact


@dataclass(slots=True)
class CompanyFields:
    """What is kept of a company, beside its name."""

    account_owner: str | None = None
    backup: str | None = None
    contract: str | None = None


@dataclass(slots=True)
class ContactFields:
    """What is kept of a contact, beside its name and company."""

    email: str | None = None


@dataclass(slots=True)
class Wanted:
    """``subjects`` has every good row's, in the order of the file."""

    columns: frozenset[str]
    companies: dict[str, CompanyFields] = field(default_factory=dict)
    contacts: dict[tuple[str, str], ContactFields] = field(default_factory=dict)
    holdings: set[Holding] = field(default_factory=set)
    subjects: list[Subject] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)


def gather(sheet: Sheet) -> Wanted:
    """Put the rows together; what contradicts an earlier row becomes a bad one."""
    wanted = Wanted(columns=sheet.columns, bad_rows=list(sheet.bad_rows))
    for row in sheet.rows:
        contradictions = _contradictions(wanted, row)
        if contradictions:
            wanted.bad_rows.append(BadRow(row.line, tuple(contradictions)))
        else:
            _take(wanted, row)
    wanted.bad_rows.sort(key=lambda bad: bad.line)
    return wanted


def _said(row: Row) -> tuple[Mapping[str, str | None], Mapping[str, str | None]]:
    """What a row says of its company, and of its contact."""
    company = {each.name: getattr(row, each.name) for each in fields(CompanyFields)}
    return company, {"email": row.email}


def _contradictions(wanted: Wanted, row: Row) -> list[Reason]:
    of_company, of_contact = _said(row)
    company = wanted.companies.get(row.company)
    found = _differences("company", row.company, company, of_company)
    if row.contact is not None:
        contact = wanted.contacts.get((row.company, row.contact))
        found += _differences("contact", row.contact, contact, of_contact)
    return found


def _differences(
    noun: str,
    whose: str,
    known: CompanyFields | ContactFields | None,
    said: Mapping[str, str | None],
) -> list[Reason]:
    return [
        reason(Fault.CONTRADICTION, noun=noun, name=whose, column=name, before=before, cell=value)
        for name, value in said.items()
        if value is not None and (before := getattr(known, name, None)) not in (None, value)
    ]


def _take(wanted: Wanted, row: Row) -> None:
    of_company, of_contact = _said(row)
    _fill(wanted.companies.setdefault(row.company, CompanyFields()), of_company)
    if row.contact is not None:
        key = (row.company, row.contact)
        _fill(wanted.contacts.setdefault(key, ContactFields()), of_contact)
    wanted.holdings |= {Holding(e164, row.company, row.contact) for e164 in row.numbers}
    wanted.subjects.append((row.company, row.contact))


def _fill(kept: CompanyFields | ContactFields, said: Mapping[str, str | None]) -> None:
    for name, value in said.items():
        if value is not None:
            setattr(kept, name, value)
