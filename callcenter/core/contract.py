"""Whether what was agreed with a company covers a call today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Cover(StrEnum):
    """What an agent wants to know of a company's contracts before saying hello."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"  # there is a contract, and support is no part of it
    NOT_YET = "not_yet"  # it begins on a later day
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Contract:
    """``starts_on`` None: it always was; ``ends_on`` is its last day, None: it has no end."""

    name: str
    covers_support: bool = True
    starts_on: date | None = None
    ends_on: date | None = None

    def cover(self, today: date) -> Cover:
        """What it is worth for a call on that day."""
        if self.ends_on is not None and self.ends_on < today:
            return Cover.ENDED
        if self.starts_on is not None and self.starts_on > today:
            return Cover.NOT_YET
        return Cover.COVERED if self.covers_support else Cover.NOT_COVERED


_BEST_FIRST = tuple(Cover)


def best(contracts: Iterable[Contract], today: date) -> tuple[Contract, Cover] | None:
    """The contract that counts today, and what it is worth; of several alike the first.

    One that covers support beats one that does not; that, one to come; that, one that is over.
    """
    found = [(contract, contract.cover(today)) for contract in contracts]
    return min(found, key=lambda each: _BEST_FIRST.index(each[1]), default=None)
