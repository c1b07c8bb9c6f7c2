"""What a desk's own directory has: companies, and their people, contracts and devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from callcenter.core.identity import normalise


class Kind(StrEnum):
    """Each after those that it belongs to: in this order they are read."""

    COMPANY = "company"
    CONTACT = "contact"
    CONTRACT = "contract"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One of them, as its desk has it. ``id`` is the desk's own; what it does not say is None.

    ``company`` is the id of whose it is, None of a company itself; ``user`` that of the contact who
    uses a device. ``numbers`` are as somebody wrote them there. ``owners`` are names of a company's
    account owner, a login first. One that is not active is kept by the desk for what was.
    """

    kind: Kind
    id: str
    name: str
    company: str | None = None
    user: str | None = None
    is_active: bool = True
    email: str | None = None
    numbers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, and where those after them are; None: there are no more."""

    entries: Sequence[Entry]
    after: str | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """``read`` are in E.164; ``unread`` could not be made out."""

    read: frozenset[str] = frozenset()
    unread: int = 0


def numbers(entry: Entry, *, country: str) -> Numbers:
    """The entry's numbers; ``country`` says how to read one without its country.

    What is no public number is nobody's hint: an extension, a word, a digit too few.
    """
    written = [text for text in entry.numbers if text.strip()]
    found = [normalise(text, country=country) for text in written]
    return Numbers(frozenset(one for one in found if one), found.count(None))
