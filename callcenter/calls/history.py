"""From a PBX's records of years to calls in the database: read, told and written, part by part."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from callcenter.calls.importing import Importer
from callcenter.core.call import Call
from callcenter.records.past import Part, Past, Refused
from callcenter.records.source import Row

REFUSED_SHOWN = 10
"""Lines that are no records, of which each is named; of more there is the number."""

T = TypeVar("T")
Told_contra = TypeVar("Told_contra", contravariant=True)


class Teller(Protocol[Told_contra]):
    """Makes calls of rows."""

    def take(self, rows: Sequence[Told_contra]) -> list[Call]:
        """The calls that are over by the end of these rows, which follow those before."""

    def rest(self) -> list[Call]:
        """Those that no further row would tell more of."""


@dataclass(slots=True)
class Read:
    """What was read: lines, and how many of them are no records, with the first of those."""

    lines: int = 0
    refused: int = 0
    first_refused: list[Refused] = field(default_factory=list)

    def __add__(self, other: "Read") -> "Read":
        first = self.first_refused + other.first_refused
        return Read(self.lines + other.lines, self.refused + other.refused, first[:REFUSED_SHOWN])

    def add(self, part: Part[Row]) -> None:
        """Take in what another part had."""
        self.lines += part.lines
        self.refused += len(part.refused)
        self.first_refused += part.refused[: REFUSED_SHOWN - len(self.first_refused)]


@dataclass(frozen=True, slots=True)
class Reading(Generic[Row]):
    """Records of one kind, of one PBX; ``name`` is the kind's."""

    name: str
    past: Past[Row]
    teller: Teller[Row]

    async def bring_in(self, importer: Importer, came: Callable[[int], None]) -> Read:
        """Read all of it and import its calls; ``came`` is told of each further step.

        The next part is read while the last is written. Raises RecordsError.
        """
        read, done = Read(), 0
        async for part, calls in _ahead(self._told()):
            read.add(part)
            await importer.take(calls)
            came(part.done - done)
            done = part.done
        await importer.take(await asyncio.to_thread(self.teller.rest))
        return read

    async def _told(self) -> AsyncIterator[tuple[Part[Row], list[Call]]]:
        async for part in self.past.parts():
            yield part, await asyncio.to_thread(self.teller.take, part.rows)


async def _ahead(reading: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same, with the next one begun before the last is done with."""
    upcoming = asyncio.ensure_future(anext(reading, None))
    try:
        while (one := await upcoming) is not None:
            upcoming = asyncio.ensure_future(anext(reading, None))
            yield one
    finally:
        upcoming.cancel()
