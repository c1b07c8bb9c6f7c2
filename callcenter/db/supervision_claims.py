"""What supervisors asked to hear, as a job of whoever has the PBX.

Each is claimed in a transaction of its own before the PBX is told; one whose claimer died is
settled by what the PBX says of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.outgoing import ASKED_MAX
from callcenter.core.supervision import Mode, Supervision, SupervisionResult, SupervisionState
from callcenter.db import trail
from callcenter.db.journal import NewEntry, append
from callcenter.db.schema import SUPERVISION_IS_OPEN, agents, calls, supervisions
from callcenter.db.supervisions import ASKED, entry, note, shapes


@dataclass(frozen=True, slots=True)
class Claimed:
    """One of which the PBX is to be told now, by who claimed it."""

    id: str
    interface: str
    mode: Mode
    linkedid: str
    heard_interface: str
    heard_name: str


async def is_work(connection: AsyncConnection, pbx: str) -> bool:
    """Whether one is asked for, or one that goes on is wanted no more."""
    is_wanted = or_(supervisions.c.state == ASKED, supervisions.c.cancelled_at.is_not(None))
    query = select(supervisions.c.id).where(
        supervisions.c.pbx == pbx, SUPERVISION_IS_OPEN, is_wanted
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def claim(connection: AsyncConnection, pbx: str, *, now: datetime) -> list[Claimed]:
    """Take what is asked for: nobody else is given it, now or ever.

    One waits for as long as another of the same supervisor goes on: its telephone is in use.
    """
    other = supervisions.alias()
    is_before = exists().where(
        other.c.agent_id == supervisions.c.agent_id,
        other.c.ended_at.is_(None),
        other.c.state != ASKED,
    )
    query = (
        update(supervisions)
        .where(*_asked(pbx), supervisions.c.asked_at > now - ASKED_MAX, ~is_before)
        .values(state=SupervisionState.SENT.value)
        .returning(supervisions.c.id)
    )
    ids = (await connection.execute(query)).scalars().all()
    found = (
        select(supervisions, calls.c.linkedid, agents.c.name)
        .join(calls, calls.c.id == supervisions.c.call_id)
        .outerjoin(agents, agents.c.id == supervisions.c.heard_id)
        .where(supervisions.c.id.in_(ids))
        .order_by(supervisions.c.asked_at, supervisions.c.id)
    )
    return [
        Claimed(
            row.id, row.interface, Mode(row.mode), row.linkedid, row.heard_interface, row.name or ""
        )
        for row in await connection.execute(found)
    ]


async def expire(connection: AsyncConnection, pbx: str, *, now: datetime) -> None:
    """Give up what nobody took to the PBX in time, and what was cancelled before that."""
    query = select(supervisions.c.id, supervisions.c.cancelled_at).where(
        *_asked(pbx),
        or_(supervisions.c.cancelled_at.is_not(None), supervisions.c.asked_at <= now - ASKED_MAX),
    )
    over = [
        Supervision(
            row.id,
            SupervisionState.ENDED,
            SupervisionResult.CANCELLED if row.cancelled_at else SupervisionResult.EXPIRED,
            ended_at=now,
        )
        for row in await connection.execute(query)
    ]
    await append(connection, await write(connection, over))


async def cancelled(connection: AsyncConnection, pbx: str) -> list[str]:
    """The ids of those that the PBX was told of, and that are wanted no more."""
    query = select(supervisions.c.id).where(
        supervisions.c.pbx == pbx,
        SUPERVISION_IS_OPEN,
        supervisions.c.state != ASKED,
        supervisions.c.cancelled_at.is_not(None),
    )
    return list((await connection.execute(query)).scalars())


async def going_on(connection: AsyncConnection, pbx: str) -> list[tuple[Supervision, str]]:
    """Those whose end is not known, each with the Linkedid of its call: what the service knew when
    it stopped.
    """
    query = (
        select(supervisions, calls.c.linkedid)
        .join(calls, calls.c.id == supervisions.c.call_id)
        .where(supervisions.c.pbx == pbx, SUPERVISION_IS_OPEN, supervisions.c.state != ASKED)
    )
    return [(_record(row), row.linkedid) for row in await connection.execute(query)]


async def write(connection: AsyncConnection, changes: Sequence[Supervision]) -> list[NewEntry]:
    """Write them as they are now, and the end of each in the trail; give what is to be told.

    Of several about one the last counts; one that is over stays as it is.
    """
    told: list[NewEntry] = []
    for one in {change.id: change for change in changes}.values():
        is_it = (supervisions.c.id == one.id, SUPERVISION_IS_OPEN)
        query = select(supervisions).where(*is_it).with_for_update()
        row = (await connection.execute(query)).one_or_none()
        if row is None or _record(row) == one:
            continue
        values = {
            "state": one.state.value,
            "result": one.result.value if one.result else None,
            "began_at": one.began_at,
            "ended_at": one.ended_at,
        }
        await connection.execute(update(supervisions).where(*is_it).values(values))
        (shape,) = await shapes(connection, supervisions.c.id == one.id)
        at = one.ended_at or one.began_at or row.asked_at
        if one.ended_at is not None:
            action = trail.Action.SUPERVISION_ENDED
            await note(connection, action, shape, now=at, result=shape.result)
        told.append(entry(shape, at))
    return told


def _asked(pbx: str) -> tuple[ColumnElement[bool], ...]:
    return supervisions.c.pbx == pbx, SUPERVISION_IS_OPEN, supervisions.c.state == ASKED


def _record(row: Row[Any]) -> Supervision:
    return Supervision(
        row.id,
        SupervisionState(row.state),
        SupervisionResult(row.result) if row.result else None,
        row.began_at,
        row.ended_at,
    )
