"""The same of a table, such as FreePBX's ``cdr`` and ``queuelog``: read in parts, by its times."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from callcenter.records.past import AHEAD_MAX, EARLIEST, PART_LINES, Part, Refused, why
from callcenter.records.source import Row
from callcenter.records.table import RecordsTable


@dataclass(frozen=True, slots=True)
class PastTable(Generic[Row]):
    """All of a table. ``now`` is the present."""

    table: RecordsTable[Row]
    now: datetime

    async def sized(self) -> int:
        """Its rows. Raises RecordsError."""
        return await self.table.count()

    async def parts(self) -> AsyncIterator[Part[Row]]:
        """Its rows, in the order of their times. Raises RecordsError."""
        number = 0
        async for some in self.table.everything(PART_LINES):
            yield self._part(some, number)
            number += len(some)

    def _part(self, some: Sequence[Mapping[str, Any]], number: int) -> Part[Row]:
        rows: list[Row] = []
        refused: list[Refused] = []
        format_, latest = self.table.format, self.now + AHEAD_MAX
        for at, columns in enumerate(some, start=number + 1):
            row = format_.from_columns(columns)
            if row is not None and EARLIEST <= format_.written_at(row) <= latest:
                rows.append(row)
            else:
                what = "it has no time, no id or no event"
                reason = what if row is None else why(format_.written_at(row))
                refused.append(Refused(f"{self.table.table}, row {at} by its times", reason))
        return Part(rows, refused, len(some), number + len(some))
