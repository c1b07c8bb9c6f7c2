"""Pauses of the agents' own. Enforcement neither makes nor ends one.

Each is there as long as it lasts; what was is in the changes of the agents' states.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents, trail
from callcenter.db.schema import agent_pauses
from callcenter.db.upsert import upsert

Source: TypeAlias = Literal["page", "pbx"]


@dataclass(frozen=True, slots=True)
class Pause:
    """``reason`` may be empty, of one that began at the PBX."""

    agent_id: int
    reason: str
    since: datetime
    source: Source


async def get(connection: AsyncConnection, agent_id: int) -> Pause | None:
    """The pause that the agent takes now."""
    return (await _pauses(connection, agent_pauses.c.agent_id == agent_id)).get(agent_id)


async def everyone(connection: AsyncConnection) -> dict[int, Pause]:
    """Every pause there is now, by the agent's id."""
    return await _pauses(connection)


async def begin(
    connection: AsyncConnection,
    agent_id: int,
    reason: str,
    *,
    source: Source,
    now: datetime,
    by: str | None = None,
) -> bool:
    """The agent takes a pause, or has another reason for it from now on.

    ``by`` is the login of whoever decided it for them, for the trail. False where they take a pause
    for that reason already.
    """
    known = await get(connection, agent_id)
    if known is not None and known.reason == reason:
        return False
    row = {"agent_id": agent_id, "reason": reason, "since": now, "source": source}
    await upsert(connection, agent_pauses, [row], update=("reason", "since", "source"))
    if by is not None:
        await _note(connection, trail.Action.PAUSE_BEGUN, agent_id, by, now)
    return True


async def end(
    connection: AsyncConnection, agent_id: int, *, now: datetime, by: str | None = None
) -> bool:
    """The agent is back. False where they took no pause."""
    statement = delete(agent_pauses).where(agent_pauses.c.agent_id == agent_id)
    if not (await connection.execute(statement)).rowcount:
        return False
    if by is not None:
        await _note(connection, trail.Action.PAUSE_ENDED, agent_id, by, now)
    return True


async def _note(
    connection: AsyncConnection, action: trail.Action, agent_id: int, by: str, now: datetime
) -> None:
    agent = await agents.by_id(connection, agent_id)
    await trail.note(connection, action, now=now, actor=by, agent=agent.login if agent else None)


async def _pauses(connection: AsyncConnection, *conditions: Any) -> dict[int, Pause]:
    query = select(agent_pauses).where(*conditions)
    return {row.agent_id: _pause(row) for row in await connection.execute(query)}


def _pause(row: Row[Any]) -> Pause:
    return Pause(row.agent_id, row.reason, row.since, row.source)
