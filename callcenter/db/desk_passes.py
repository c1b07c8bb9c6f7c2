"""How far the directories of desks were read: one pass after the other, of each kind of entry.

The first is of the whole; then those follow of what changed, and now and then a whole one, which
finds what is gone. A pass keeps its position with what it wrote, so that another process goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.entry import Kind
from callcenter.db.schema import desk_passes
from callcenter.db.upsert import upsert

ERROR_MAX = 500
"""Characters of a desk's own words that are kept."""

COUNTS = ("entries", "added", "changed", "removed", "left_out", "unread")

Counts = Mapping[str, int]
"""What came of the entries of a pass, by COUNTS; ``unread`` are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The pass that goes on, or was last. ``since`` None: it is of the whole.

    ``is_read``: what is left of it is to remove what is gone. ``whole_at`` and ``known_at`` are
    when the last whole one, and the last of any, had begun, of those that ended. ``kept`` entries
    are gone, and so many that nothing is removed before ``may_remove``.
    """

    desk: str
    kind: Kind
    number: int
    since: datetime | None
    position: str | None
    is_read: bool
    began_at: datetime
    ended_at: datetime | None
    whole_at: datetime | None
    known_at: datetime | None
    kept: int
    may_remove: bool
    counts: Counts
    last_error: str | None
    failed_at: datetime | None

    @property
    def is_whole(self) -> bool:
        """Whether it finds what is gone, too."""
        return self.since is None


async def get(connection: AsyncConnection, desk: str, kind: Kind) -> Pass | None:
    """None before the first."""
    row = (await connection.execute(select(desk_passes).where(_is(desk, kind)))).one_or_none()
    return None if row is None else _pass(row)


async def required(connection: AsyncConnection, desk: str, kind: Kind) -> Pass:
    """The pass that was begun."""
    return _pass((await connection.execute(select(desk_passes).where(_is(desk, kind)))).one())


async def listed(connection: AsyncConnection) -> Sequence[Pass]:
    """Of every desk, each kind in the order in which it is read."""
    found = [_pass(row) for row in await connection.execute(select(desk_passes))]
    kinds = list(Kind)
    return sorted(found, key=lambda one: (one.desk, kinds.index(one.kind)))


async def begin(
    connection: AsyncConnection,
    desk: str,
    kind: Kind,
    *,
    number: int,
    since: datetime | None,
    now: datetime,
) -> None:
    """Begin another one; ``since`` None: of the whole."""
    values = {
        "number": number,
        "since": since,
        "position": None,
        "is_read": False,
        "began_at": now,
        "ended_at": None,
        **dict.fromkeys(COUNTS, 0),
    }
    await upsert(connection, desk_passes, [{"desk": desk, "kind": kind, **values}], update=values)


async def advance(
    connection: AsyncConnection, going: Pass, counts: Counts, position: str | None = None
) -> None:
    """Add to the counts; go on from ``position``, where there is one."""
    values: dict[str, Any] = {
        name: desk_passes.c[name] + count for name, count in counts.items() if count
    }
    if position is not None:
        values["position"] = position
    if values:
        await _set(connection, going, values)


async def read(connection: AsyncConnection, going: Pass) -> None:
    """All of it was read."""
    await _set(connection, going, {"is_read": True})


async def end(connection: AsyncConnection, going: Pass, *, kept: int, now: datetime) -> None:
    """It is over, and whatever was wrong with it; ``kept`` are gone, and were not removed."""
    values: dict[str, Any] = {"ended_at": now, "known_at": going.began_at}
    if going.is_whole:
        values |= {"whole_at": going.began_at, "kept": kept, "may_remove": False}
    await _set(connection, going, values | {"last_error": None, "failed_at": None})


async def failed(
    connection: AsyncConnection, desk: str, kind: Kind, *, error: str, now: datetime
) -> None:
    """Say why it does not go on."""
    values = {"last_error": error[:ERROR_MAX], "failed_at": now}
    await connection.execute(update(desk_passes).where(_is(desk, kind)).values(values))


async def again(connection: AsyncConnection, desk: str) -> None:
    """Have all of the desk's directory read anew."""
    of_desk = desk_passes.c.desk == desk
    await connection.execute(update(desk_passes).where(of_desk).values(whole_at=None))


async def allow(connection: AsyncConnection, desk: str) -> None:
    """Have all read anew, and what is gone removed, however much it is."""
    is_kept = (desk_passes.c.desk == desk) & (desk_passes.c.kept > 0)
    values = {"may_remove": True, "whole_at": None}
    await connection.execute(update(desk_passes).where(is_kept).values(values))


def _is(desk: str, kind: Kind) -> ColumnElement[bool]:
    return and_(desk_passes.c.desk == desk, desk_passes.c.kind == kind)


async def _set(connection: AsyncConnection, going: Pass, values: Mapping[str, Any]) -> None:
    query = update(desk_passes).where(_is(going.desk, going.kind))
    await connection.execute(query.values(dict(values)))


def _pass(row: Row[Any]) -> Pass:
    return Pass(
        desk=row.desk,
        kind=Kind(row.kind),
        number=row.number,
        since=row.since,
        position=row.position,
        is_read=row.is_read,
        began_at=row.began_at,
        ended_at=row.ended_at,
        whole_at=row.whole_at,
        known_at=row.known_at,
        kept=row.kept,
        may_remove=row.may_remove,
        counts={name: getattr(row, name) for name in COUNTS},
        last_error=row.last_error,
        failed_at=row.failed_at,
    )
