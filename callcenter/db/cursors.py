"""How far a PBX's own records were read: kept once the calls before are committed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import record_cursors
from callcenter.db.upsert import upsert


async def get(connection: AsyncConnection, pbx: str, source: str) -> str | None:
    """The position in a source's records; None before the first look."""
    query = select(record_cursors.c.position).where(
        record_cursors.c.pbx == pbx, record_cursors.c.source == source
    )
    return (await connection.execute(query)).scalar()


async def keep(
    connection: AsyncConnection, pbx: str, source: str, position: str, *, now: datetime
) -> None:
    """Go on from this position the next time."""
    row = {"pbx": pbx, "source": source, "position": position, "read_at": now}
    await upsert(connection, record_cursors, [row], update=("position", "read_at"))
