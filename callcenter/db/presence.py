"""Where an agent stands: what they do, where they sit, and what they have yet to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState
from callcenter.core.owing import Owed
from callcenter.db import blocks, pauses, states
from callcenter.db.agents import Agent
from callcenter.db.pauses import Pause
from callcenter.db.schema import calls, legs, obligations
from callcenter.db.states import Standing
from callcenter.db.wrap_ups import IS_UNFINISHED

NOT_CALLED = frozenset({AgentState.AVAILABLE, AgentState.WRAP_UP})
"""States that a pause of one's own comes before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """``owed`` has the oldest first; ``blocked_on`` the lines that do not ring for the agent."""

    standing: Standing
    pause: Pause | None
    interfaces: Sequence[str]
    owed: Sequence[Owed]
    blocked_on: Sequence[str]

    @property
    def state(self) -> AgentState:
        """What they do; a pause that was just begun counts, though nobody decided it yet."""
        if self.pause is not None and self.standing.state in NOT_CALLED:
            return AgentState.PAUSED
        return self.standing.state

    @property
    def since(self) -> datetime | None:
        """From when they do that; None where it is not known."""
        if self.pause is not None and self.standing.state in NOT_CALLED:
            return self.pause.since
        return self.standing.since


async def get(connection: AsyncConnection, agent: Agent) -> Presence:
    """Where this agent stands now."""
    standing = await states.get(connection, agent.id)
    unknown = Standing(agent.id, agent.login, agent.name, AgentState.OFFLINE, None, None)
    blocked = await blocks.of_agent(connection, agent.id)
    return Presence(
        standing=standing or unknown,
        pause=await pauses.get(connection, agent.id),
        interfaces=agent.interfaces,
        owed=await _owed(connection, agent.id),
        blocked_on=sorted({block.line for block in blocked}),
    )


async def _owed(connection: AsyncConnection, agent_id: int) -> list[Owed]:
    is_part = (
        (legs.c.call_id == obligations.c.call_id)
        & (legs.c.agent_id == agent_id)
        & legs.c.answered_at.is_not(None)
    )
    query = (
        select(
            obligations.c.call_id,
            obligations.c.answered_at,
            obligations.c.released_at,
            calls.c.line,
            func.coalesce(legs.c.ended_at, calls.c.ended_at).label("ended_at"),
        )
        .join(calls, calls.c.id == obligations.c.call_id)
        .outerjoin(legs, is_part)
        .where(obligations.c.agent_id == agent_id, IS_UNFINISHED)
        .order_by(obligations.c.answered_at, obligations.c.call_id, legs.c.position)
    )
    rows = await connection.execute(query)
    return [_one(list(parts)) for _, parts in groupby(rows, key=lambda row: row.call_id)]


def _one(parts: Sequence[Any]) -> Owed:
    """A debt, from a row for each part that its agent had in the call."""
    ends = [part.ended_at for part in parts]
    return Owed(
        call_id=parts[0].call_id,
        line=parts[0].line,
        answered_at=parts[0].answered_at,
        ended_at=None if None in ends else max(ends),
        is_released=parts[0].released_at is not None,
    )
