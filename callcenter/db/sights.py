"""When a PBX was in sight: until when all that it said was taken in, and the times in between."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import out_of_sight, pbx_sights
from callcenter.db.upsert import upsert

UNWATCHED = "no instance of the service followed it"


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which a PBX was out of sight. ``ended_at`` None: it still is.

    ``closed_at`` None: of the calls in it not all are known yet.
    """

    pbx: str
    began_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    reason: str | None


async def seen(connection: AsyncConnection, pbx: str, at: datetime) -> None:
    """All that the PBX said until then was taken in, and is committed."""
    await upsert(connection, pbx_sights, [{"pbx": pbx, "seen_at": at}], update=("seen_at",))


async def unwatched(connection: AsyncConnection, pbx: str, now: datetime) -> None:
    """Whoever followed the PBX before does no more: it is out of sight since it was last seen."""
    query = select(pbx_sights.c.seen_at).where(pbx_sights.c.pbx == pbx)
    seen_at = (await connection.execute(query)).scalar()
    if not await _is_there(connection, pbx, _IS_NOW):
        await _insert(connection, pbx, min(seen_at or now, now), UNWATCHED)


async def lost(
    connection: AsyncConnection, pbx: str, began_at: datetime, reason: str | None
) -> None:
    """Begin a time out of sight, unless it has begun: told twice it is the same."""
    if not await _is_there(connection, pbx, or_(_IS_NOW, out_of_sight.c.began_at == began_at)):
        await _insert(connection, pbx, began_at, reason)


async def found(connection: AsyncConnection, pbx: str, ended_at: datetime) -> None:
    """End the time out of sight. It is closed later, once all of its calls are known.

    Where our clock was put back meanwhile, it is all that lies between the two.
    """
    ends = update(out_of_sight).where(out_of_sight.c.pbx == pbx, _IS_NOW)
    began_at = out_of_sight.c.began_at
    await connection.execute(
        ends.where(began_at > ended_at).values(began_at=ended_at, ended_at=began_at)
    )
    await connection.execute(ends.values(ended_at=ended_at))
    await seen(connection, pbx, ended_at)


async def close(connection: AsyncConnection, pbx: str, now: datetime) -> None:
    """The calls of every time that has ended are known, and committed."""
    await connection.execute(
        update(out_of_sight)
        .where(
            out_of_sight.c.pbx == pbx,
            out_of_sight.c.ended_at.is_not(None),
            out_of_sight.c.closed_at.is_(None),
        )
        .values(closed_at=now)
    )


async def between(
    connection: AsyncConnection, since: datetime, until: datetime, *, pbx: str | None = None
) -> list[Interval]:
    """The times out of sight that reach into the span from ``since`` to ``until``, oldest first."""
    conditions = [
        out_of_sight.c.began_at < until,
        or_(out_of_sight.c.ended_at.is_(None), out_of_sight.c.ended_at > since),
    ]
    if pbx is not None:
        conditions.append(out_of_sight.c.pbx == pbx)
    return await _intervals(connection, *conditions)


async def now_unseen(connection: AsyncConnection, pbxs: Collection[str]) -> list[Interval]:
    """The PBXs of these that are out of sight now, the longest first."""
    return await _intervals(connection, out_of_sight.c.pbx.in_(pbxs), _IS_NOW)


_IS_NOW = out_of_sight.c.ended_at.is_(None)


async def _is_there(connection: AsyncConnection, pbx: str, which: ColumnElement[bool]) -> bool:
    query = select(out_of_sight.c.id).where(out_of_sight.c.pbx == pbx, which).limit(1)
    return (await connection.execute(query)).scalar() is not None


async def _insert(
    connection: AsyncConnection, pbx: str, began_at: datetime, reason: str | None
) -> None:
    values = {"pbx": pbx, "began_at": began_at, "reason": reason}
    await connection.execute(insert(out_of_sight).values(values))


async def _intervals(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> list[Interval]:
    query = select(out_of_sight).where(*conditions).order_by(out_of_sight.c.began_at)
    return [
        Interval(row.pbx, row.began_at, row.ended_at, row.closed_at, row.reason)
        for row in await connection.execute(query)
    ]
