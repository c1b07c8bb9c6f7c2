"""What differs between the directory and what a file wants of it.

The file is the whole truth about the companies, contacts and numbers that it names, as far as it
has the column: an empty cell empties the field, a column that is not there leaves it alone. So a
number that the file gives to somebody leaves everybody else, and a contact keeps only the numbers
of the file. Who is not named stays as is; nobody is removed.
"""

from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeAlias, TypeVar

from callcenter.directory.wanted import CompanyFields, ContactFields, Holding, Subject, Wanted

Status: TypeAlias = Literal["added", "updated", "unchanged"]
Fields = TypeVar("Fields", CompanyFields, ContactFields)

NUMBER_COLUMNS = frozenset({"phone", "mobile"})


@dataclass(frozen=True, slots=True)
class Known:
    """The directory as it is."""

    companies: dict[str, CompanyFields]
    contacts: dict[tuple[str, str], ContactFields]
    holdings: set[Holding]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be written. New entries are among ``companies`` and ``contacts`` too."""

    companies: dict[str, CompanyFields] = field(default_factory=dict)
    contacts: dict[tuple[str, str], ContactFields] = field(default_factory=dict)
    gained: set[Holding] = field(default_factory=set)
    lost: set[Holding] = field(default_factory=set)


def compare(known: Known, wanted: Wanted) -> Changes:
    """What has to change so that the directory agrees with the file."""
    changes = Changes()
    for name, said in wanted.companies.items():
        before = known.companies.get(name)
        after = _after(before or CompanyFields(), said, wanted.columns)
        if after != before:
            changes.companies[name] = after
    for key, said_of_contact in wanted.contacts.items():
        contact = known.contacts.get(key)
        email = _after(contact or ContactFields(), said_of_contact, wanted.columns)
        if email != contact:
            changes.contacts[key] = email
    if wanted.columns & NUMBER_COLUMNS:
        changes.gained.update(wanted.holdings - known.holdings)
        changes.lost.update(_lost(known, wanted))
    return changes


def tally(known: Known, wanted: Wanted, changes: Changes) -> Counter[Status]:
    """How many of the file's good rows added something, updated something or said nothing new."""
    first_row: dict[str, Subject] = {}
    for subject in wanted.subjects:
        first_row.setdefault(subject[0], subject)
    added: set[Subject] = {*(wanted.contacts.keys() - known.contacts.keys())}
    added |= {(name, None) for name in wanted.companies.keys() - known.companies.keys()}
    updated = changes.contacts.keys() | {moved.holder for moved in changes.gained | changes.lost}
    # A company's fields may be said in any of its rows: a change counts for the first.
    updated |= {first_row[name] for name in changes.companies}

    def status(subject: Subject) -> Status:
        if subject in added:
            return "added"
        return "updated" if subject in updated else "unchanged"

    return Counter(map(status, wanted.subjects))


def _after(before: Fields, said: Fields, columns: frozenset[str]) -> Fields:
    said_here = {
        each.name: getattr(said, each.name) for each in fields(said) if each.name in columns
    }
    return replace(before, **said_here)


def _lost(known: Known, wanted: Wanted) -> set[Holding]:
    numbers = {holding.e164 for holding in wanted.holdings}
    holders = set(wanted.subjects)
    return {
        holding
        for holding in known.holdings - wanted.holdings
        if holding.e164 in numbers or holding.holder in holders
    }
