"""The journal: what happened, in one order that every reader shares.

A reader keeps the number of the last entry it saw and asks for what follows. That only works if
numbers become visible in their order. SQLite has one writer at a time; on PostgreSQL a lock, held
until the transaction ends, makes writers of the journal take turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import journal
from webhooks import EventType

JOURNAL_LOCK = 0x6A6F7572
"""Key of PostgreSQL's advisory lock around writing ("jour")."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be written. ``data`` is JSON, one of the shapes of ``webhooks``.

    ``line`` None is of interest to everybody.
    """

    at: datetime
    type: EventType
    line: str | None
    call_id: str | None
    data: str

    def numbered(self, seq: int) -> "Entry":
        """The entry as it was written under this number."""
        return Entry(seq, self.at, self.type, self.line, self.call_id, self.data)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was written. ``seq`` grows, with gaps."""

    seq: int
    at: datetime
    type: EventType
    line: str | None
    call_id: str | None
    data: str


def numbered(entries: Sequence[NewEntry], seqs: Sequence[int]) -> list[Entry]:
    """The entries as ``append`` wrote them, with the numbers that it gave."""
    return [new.numbered(seq) for new, seq in zip(entries, seqs, strict=True)]


async def append(connection: AsyncConnection, entries: Sequence[NewEntry]) -> list[int]:
    """Write entries in their order, and give their numbers.

    Write last in the transaction: on PostgreSQL every other writer waits from here to its end.
    """
    if not entries:
        return []
    rows = [
        {
            "at": entry.at,
            "type": entry.type.value,
            "line": entry.line,
            "call_id": entry.call_id,
            "data": entry.data,
        }
        for entry in entries
    ]
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(JOURNAL_LOCK)))
        query = insert(journal).returning(journal.c.seq, sort_by_parameter_order=True)
        return list((await connection.execute(query, rows)).scalars())
    # SQLite could return numbers one row at a time only. It has no other writer meanwhile.
    await connection.execute(insert(journal), rows)
    last = await last_seq(connection)
    return list(range(last - len(rows) + 1, last + 1))


async def unwritten(
    connection: AsyncConnection, entries: Sequence[NewEntry], *, behind: int
) -> list[NewEntry]:
    """Those of the entries that the journal does not have behind number ``behind``.

    For whoever cannot know whether a commit was done before its connection broke.
    """
    moments = {entry.at for entry in entries}
    query = select(journal).where(journal.c.seq > behind, journal.c.at.in_(moments))
    found = {(row.at, row.type, row.line, row.call_id) for row in await connection.execute(query)}
    return [
        entry
        for entry in entries
        if (entry.at, entry.type.value, entry.line, entry.call_id) not in found
    ]


async def after(connection: AsyncConnection, seq: int, limit: int) -> list[Entry]:
    """Up to ``limit`` entries that follow number ``seq``, oldest first."""
    query = select(journal).where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    return [_entry(row) for row in await connection.execute(query)]


async def last_seq(connection: AsyncConnection) -> int:
    """The newest entry's number, 0 in an empty journal."""
    return (await connection.execute(select(func.max(journal.c.seq)))).scalar() or 0


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Remove entries older than ``before``, and say how many."""
    return (await connection.execute(delete(journal).where(journal.c.at < before))).rowcount


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        type=EventType(row.type),
        line=row.line,
        call_id=row.call_id,
        data=row.data,
    )
