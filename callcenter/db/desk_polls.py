"""How far the changes of each desk were asked for."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import desk_polls
from callcenter.db.upsert import upsert


async def position(connection: AsyncConnection, desk: str) -> datetime | None:
    """The time of the last change that is known, by the desk's clock; None before the first."""
    query = select(desk_polls.c.position).where(desk_polls.c.desk == desk)
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def keep(connection: AsyncConnection, desk: str, position: datetime) -> None:
    """Go on from this time; what changed before it is kept by now."""
    row = {"desk": desk, "position": position}
    await upsert(connection, desk_polls, [row], update=["position"])
