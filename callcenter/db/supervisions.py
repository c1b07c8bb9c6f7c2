"""Supervisors who listen to calls: asked for by who has a page, and shown there.

As with the calls that we make (outgoing.py), a row is a job until it is claimed by who has the PBX
(supervision_claims.py): no telephone rings twice for one click. Of each supervisor one goes on at a
time. Who listens to whom is in the audit trail in the transaction of the click, before anything can
be heard, and its end in that of the end.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.outgoing import ASKED_MAX
from callcenter.core.supervision import Mode, SupervisionState
from callcenter.db import trail
from callcenter.db.agents import Agent
from callcenter.db.journal import NewEntry, append
from callcenter.db.schema import (
    CALL_IS_OPEN,
    SUPERVISION_IS_OPEN,
    agents,
    calls,
    legs,
    supervisions,
)
from callcenter.errors import CallcenterError
from webhooks import EventType
from webhooks import Supervision as Shape

ASKED: Final = SupervisionState.ASKED.value
ENDED: Final = SupervisionState.ENDED.value


class SupervisionError(CallcenterError):
    """Nobody is listened to; ``reason`` is which of these it is."""

    code = "supervision"

    CALL_OVER = "call_over"
    OWN = "own"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Talk:
    """An agent's part in a call that goes on. ``interface`` is the telephone at which they talk."""

    call_id: str
    pbx: str
    line: str
    agent_id: int
    interface: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How whom is listened to, and at which telephone the supervisor is rung."""

    talk: Talk
    interface: str
    mode: Mode
    is_announced: bool


async def talks(connection: AsyncConnection) -> list[Talk]:
    """Every agent who talks now, the longest first; who talks in a call twice is there once."""
    query = (
        select(
            calls.c.id,
            calls.c.pbx,
            calls.c.line,
            legs.c.agent_id,
            legs.c.interface,
            legs.c.answered_at,
        )
        .join(legs, legs.c.call_id == calls.c.id)
        .where(
            CALL_IS_OPEN,
            legs.c.agent_id.is_not(None),
            legs.c.answered_at.is_not(None),
            legs.c.ended_at.is_(None),
        )
        .order_by(legs.c.answered_at, calls.c.id, legs.c.position)
    )
    found = [Talk(*row) for row in await connection.execute(query)]
    return list({(one.call_id, one.agent_id): one for one in reversed(found)}.values())[::-1]


async def ask(
    connection: AsyncConnection, id_: str, wanted: Wanted, *, by: Agent, now: datetime
) -> None:
    """Want to listen. What this supervisor listens to already is ended first, unless it is the
    same: then nothing happens. Raises SupervisionError.
    """
    # Two clicks at once: the second waits for the first, which it then sees.
    await connection.execute(select(agents.c.id).where(agents.c.id == by.id).with_for_update())
    talk = wanted.talk
    if talk.agent_id == by.id:
        raise SupervisionError(SupervisionError.OWN, "this is a call of your own")
    theirs = (SUPERVISION_IS_OPEN, supervisions.c.agent_id == by.id)
    for row in (await connection.execute(select(supervisions).where(*theirs))).all():
        is_same_call = (row.call_id, row.heard_id) == (talk.call_id, talk.agent_id)
        is_late = row.state == ASKED and row.asked_at <= now - ASKED_MAX
        if is_same_call and row.mode == wanted.mode and row.cancelled_at is None and not is_late:
            return
    wants_no_more = update(supervisions).where(*theirs, supervisions.c.cancelled_at.is_(None))
    await connection.execute(wants_no_more.values(cancelled_at=now))
    row_of = {
        "id": id_,
        "pbx": talk.pbx,
        "agent_id": by.id,
        "interface": wanted.interface,
        "call_id": talk.call_id,
        "heard_id": talk.agent_id,
        "heard_interface": talk.interface,
        "mode": wanted.mode.value,
        "is_announced": wanted.is_announced,
        "state": ASKED,
        "asked_at": now,
    }
    await connection.execute(insert(supervisions).values(row_of))
    (told,) = await shapes(connection, supervisions.c.id == id_)
    await note(connection, trail.Action.SUPERVISION_BEGUN, told, now=now, actor=by.login)
    await append(connection, [entry(told, now)])


async def cancel(connection: AsyncConnection, id_: str, *, agent_id: int, now: datetime) -> None:
    """The supervisor wants theirs no more; who has the PBX hangs it up."""
    await connection.execute(
        update(supervisions)
        .where(supervisions.c.id == id_, supervisions.c.agent_id == agent_id, SUPERVISION_IS_OPEN)
        .values(cancelled_at=now)
    )


async def current(connection: AsyncConnection) -> list[Shape]:
    """All that go on, the latest first; what is ending already is none."""
    return await shapes(connection, SUPERVISION_IS_OPEN, supervisions.c.cancelled_at.is_(None))


async def heard(connection: AsyncConnection, agent_id: int) -> list[Shape]:
    """What an agent is to know of: who hears a call of theirs now."""
    is_heard = supervisions.c.state == SupervisionState.LISTENING.value
    theirs = (supervisions.c.heard_id == agent_id, supervisions.c.is_announced, is_heard)
    return await shapes(connection, SUPERVISION_IS_OPEN, *theirs)


async def last_of(connection: AsyncConnection, agent_id: int) -> Shape | None:
    """The supervisor's own latest, going on or over."""
    found = await shapes(connection, supervisions.c.agent_id == agent_id, limit=1)
    return found[0] if found else None


async def note(
    connection: AsyncConnection,
    action: trail.Action,
    one: Shape,
    *,
    now: datetime,
    actor: str | None = None,
    **data: str | None,
) -> None:
    """Write a line of the trail: who listens to whom, in which call, and how."""
    await trail.note(
        connection,
        action,
        now=now,
        actor=actor,
        call_id=one.call,
        agent=one.agent,
        supervisor=one.supervisor if actor is None else None,
        mode=one.mode,
        **data,
    )


def entry(one: Shape, at: datetime) -> NewEntry:
    """What everybody is told who may know."""
    kind = EventType.SUPERVISION_CHANGED
    return NewEntry(at, kind, None, None, one.model_dump_json())


async def shapes(
    connection: AsyncConnection, *which: ColumnElement[bool], limit: int | None = None
) -> list[Shape]:
    """Those of which this holds, the latest first."""
    agent = agents.alias()
    query = (
        select(
            supervisions,
            calls.c.line,
            agents.c.login.label("supervisor"),
            agents.c.name.label("supervisor_name"),
            agent.c.login.label("agent"),
            agent.c.name.label("agent_name"),
        )
        .join(calls, calls.c.id == supervisions.c.call_id)
        .outerjoin(agents, agents.c.id == supervisions.c.agent_id)
        .outerjoin(agent, agent.c.id == supervisions.c.heard_id)
        .where(*which)
        .order_by(supervisions.c.asked_at.desc(), supervisions.c.id)
        .limit(limit)
    )
    return [
        Shape(call=row.call_id, **{name: getattr(row, name) for name in _SAME})
        for row in await connection.execute(query)
    ]


_SAME: Final[Collection[str]] = set(Shape.model_fields) - {"call"}
"""What the row and the shape call the same."""
