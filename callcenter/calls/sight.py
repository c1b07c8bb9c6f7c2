"""Closes the times out of sight of a PBX once all that tells of them was read, and committed."""

from collections.abc import Collection
from dataclasses import dataclass, field

from callcenter.calls.writer import Writer
from callcenter.db import sights

LEDGER = "ledger"
"""The source that every PBX has; others are called as their format."""


@dataclass(kw_only=True)
class Sight:
    """``sources`` are what tells of calls that nobody saw: the ledger, and the PBX's records where
    they are configured. ``mark`` grows each time the PBX comes into sight.

    To know that a reading covers all that was missed, keep the mark from before it began.
    """

    writer: Writer
    sources: Collection[str]
    mark: int = field(default=0, init=False)
    _taken: set[str] = field(default_factory=set, init=False)
    _silent: set[str] = field(default_factory=set, init=False)
    _is_closed: bool = field(default=False, init=False)

    def begins(self) -> None:
        """The PBX is in sight again, and nothing was read yet of what was missed."""
        self.mark += 1
        self._taken.clear()
        self._silent.clear()
        self._is_closed = False

    async def taken(self, source: str, mark: int) -> None:
        """All that this source has was taken, by a reading that began at this mark."""
        self._silent.discard(source)
        if mark == self.mark:
            self._taken.add(source)
            await self._close()

    async def silent(self, source: str, mark: int) -> None:
        """This source could not be read: the others have to do, if there are any."""
        if mark == self.mark:
            self._silent.add(source)
            await self._close()

    async def _close(self) -> None:
        is_all = bool(self._taken) and (self._taken | self._silent).issuperset(self.sources)
        if is_all and not self._is_closed:
            await self.writer.patiently(self._write)
            self._is_closed = True

    async def _write(self) -> None:
        async with self.writer.database.transaction() as connection:
            await sights.close(connection, self.writer.pbx, self.writer.now())
