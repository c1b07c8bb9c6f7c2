"""How far a job read the journal, which may be another instance's the next time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import journal_readers
from callcenter.db.upsert import upsert


@dataclass(frozen=True, slots=True)
class Reading:
    """The last entry that was read, and when that was."""

    seq: int
    read_at: datetime


async def get(connection: AsyncConnection, name: str) -> Reading | None:
    """How far it came; None: it never read."""
    query = select(journal_readers).where(journal_readers.c.name == name)
    row = (await connection.execute(query)).one_or_none()
    return Reading(row.seq, row.read_at) if row else None


async def keep(connection: AsyncConnection, name: str, seq: int, *, now: datetime) -> None:
    """It read to this entry: in the transaction of what it made of that."""
    row = {"name": name, "seq": seq, "read_at": now}
    await upsert(connection, journal_readers, [row], update=("seq", "read_at"))
