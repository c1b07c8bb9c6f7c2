"""What an import is going to do, said before it does: entry by entry, old and new."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from callcenter.directory.changes import Changes, Known, Status, compare, tally
from callcenter.directory.sheet import BadRow
from callcenter.directory.wanted import CompanyFields, ContactFields, Subject, Wanted


@dataclass(frozen=True, slots=True)
class Item:
    """An entry that is added or changed. ``contact`` None: the company itself.

    ``changes`` has the fields that differ, old and new; numbers are in E.164.
    """

    company: str
    contact: str | None
    is_new: bool
    changes: Mapping[str, tuple[str | None, str | None]]
    gained: Sequence[str] = ()
    lost: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to the directory as it was ``known``. ``counts`` is of the good rows.

    ``fingerprint`` is equal for plans that do the same alone.
    """

    wanted: Wanted
    known: Known = field(repr=False)
    changes: Changes
    counts: Counter[Status]
    fingerprint: str
    added: Sequence[Item] = field(default_factory=tuple)
    changed: Sequence[Item] = field(default_factory=tuple)

    @property
    def refused(self) -> Sequence[BadRow]:
        """The rows that are left out, in the order of the file."""
        return self.wanted.bad_rows


def plan(known: Known, wanted: Wanted) -> Plan:
    """Hold the file against the directory."""
    changes = compare(known, wanted)
    items = _items(known, changes)
    return Plan(
        wanted=wanted,
        known=known,
        changes=changes,
        counts=tally(known, wanted, changes),
        fingerprint=hashlib.sha256(repr(items).encode()).hexdigest()[:32],
        added=[one for one in items if one.is_new],
        changed=[one for one in items if not one.is_new],
    )


def _items(known: Known, changes: Changes) -> list[Item]:
    """Every entry that the changes concern, by its name."""
    gained, lost = defaultdict(list), defaultdict(list)
    for holding in sorted(changes.gained, key=str):
        gained[holding.holder].append(holding.e164)
    for holding in sorted(changes.lost, key=str):
        lost[holding.holder].append(holding.e164)
    subjects: set[Subject] = {*changes.contacts, *gained, *lost}
    subjects |= {(name, None) for name in changes.companies}
    return [
        Item(
            company=company,
            contact=contact,
            is_new=_is_new(known, (company, contact)),
            changes=_fields(known, changes, (company, contact)),
            gained=tuple(gained[company, contact]),
            lost=tuple(lost[company, contact]),
        )
        for company, contact in sorted(subjects, key=lambda one: (one[0], one[1] or ""))
    ]


def _is_new(known: Known, subject: Subject) -> bool:
    company, contact = subject
    return (
        company not in known.companies
        if contact is None
        else (company, contact) not in known.contacts
    )


def _fields(
    known: Known, changes: Changes, subject: Subject
) -> Mapping[str, tuple[str | None, str | None]]:
    company, contact = subject
    before: CompanyFields | ContactFields | None
    after: CompanyFields | ContactFields | None
    if contact is None:
        before, after = known.companies.get(company), changes.companies.get(company)
    else:
        before, after = (
            known.contacts.get((company, contact)),
            changes.contacts.get((company, contact)),
        )
    if after is None:
        return {}
    old = asdict(before) if before else {}
    return {
        name: (old.get(name), value)
        for name, value in asdict(after).items()
        if old.get(name) != value
    }
