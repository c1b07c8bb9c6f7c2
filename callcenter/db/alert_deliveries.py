"""What monitoring systems sent, kept before anything comes of it, and worked off in its order.

Who sends has no id for what it sends. The same bytes soon after are the same delivery: its answer
was lost, and it was sent again. Later they are a repeat, which counts.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import case, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import ALERTS_ARE_WAITING
from callcenter.db.schema import alert_deliveries as table
from callcenter.db.upsert import inserting

AGAIN_WITHIN = timedelta(seconds=60)
"""Senders try again within seconds, and repeat themselves after minutes."""


class State(StrEnum):
    """What came of a delivery."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # of at least one of its alerts nothing came: it is kept


@dataclass(frozen=True, slots=True)
class Delivery:
    """One that waits. ``written`` of its alerts are done; it came ``times`` since it last was."""

    id: int
    source: str
    body: bytes = field(repr=False)
    received_at: datetime
    times: int
    written: int
    error: str | None


async def store(connection: AsyncConnection, source: str, body: bytes, now: datetime) -> bool:
    """Keep it, to be worked off; False where it is here already."""
    waits = table.c.state == State.WAITING.value
    statement = (
        inserting(table, connection.dialect.name)
        .values(
            source=source,
            digest=hashlib.sha256(body).hexdigest(),
            body=body,
            received_at=now,
            state=State.WAITING.value,
        )
        .on_conflict_do_update(
            index_elements=[table.c.source, table.c.digest],
            set_={
                "received_at": now,
                "times": case((waits, table.c.times + 1), else_=1),
                "written": case((waits, table.c.written), else_=0),
                "state": State.WAITING.value,
            },
            where=table.c.received_at <= now - AGAIN_WITHIN,
        )
    )
    return (await connection.execute(statement)).rowcount > 0


async def is_any(connection: AsyncConnection, sources: Collection[str]) -> bool:
    """Whether any of these sources waits."""
    query = select(exists().where(ALERTS_ARE_WAITING, table.c.source.in_(sources)))
    return bool((await connection.execute(query)).scalar())


async def waiting(
    connection: AsyncConnection, sources: Collection[str], *, limit: int
) -> list[Delivery]:
    """The first of them, of these sources."""
    query = (
        select(table).where(ALERTS_ARE_WAITING, table.c.source.in_(sources)).order_by(table.c.id)
    )
    return [
        Delivery(row.id, row.source, row.body, row.received_at, row.times, row.written, row.error)
        for row in await connection.execute(query.limit(limit).with_for_update())
    ]


async def progress(
    connection: AsyncConnection,
    delivery: Delivery,
    *,
    written: int,
    is_last: bool,
    error: str | None = None,
) -> None:
    """So many of its alerts are written by now. ``error``: of the last of them nothing came."""
    error = error or delivery.error
    done = State.FAILED if error else State.DONE
    state = done if is_last else State.WAITING
    values = {"written": written, "state": state.value, "error": error}
    await connection.execute(update(table).where(table.c.id == delivery.id).values(values))


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Remove those that were done before then, and say how many."""
    is_old = (table.c.received_at < before) & (table.c.state == State.DONE.value)
    return (await connection.execute(delete(table).where(is_old))).rowcount
