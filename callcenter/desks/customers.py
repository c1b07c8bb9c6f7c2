"""What desks have in common whose companies and people can be read into our directory."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callcenter.core.entry import Entry, EntryPage, Kind

KINDS = (Kind.COMPANY, Kind.CONTACT)


class Directory(Protocol):
    """Of one desk: see ``HasDirectory`` and ``Confirms``."""

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of its entries."""

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """One of them."""


class Customers:
    """A desk that has companies and people, in a ``directory``."""

    __slots__ = ()

    @property
    @abstractmethod
    def directory(self) -> Directory:
        """Where they are."""

    @property
    def kinds(self) -> Sequence[Kind]:
        """Companies, and then their people."""
        return KINDS

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of its entries, those that are not active too. Raises DeskError."""
        return await self.directory.entries(kind, since, after)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The entry with this id; None: it is gone. Raises DeskError."""
        return await self.directory.entry(kind, entry_id)


def given(*texts: str | None) -> tuple[str, ...]:
    """Those that say something."""
    return tuple(text for text in texts if text)


def id_of(number: int | None) -> str | None:
    """An id of the desk's, as an entry has it."""
    return None if number is None else str(number)
