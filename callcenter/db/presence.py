"""Where an agent stands: what they do, where they sit, and what they have yet to write."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState
from callcenter.core.owing import Owed
from callcenter.db import blocks, pauses, seats, states
from callcenter.db.agents import Agent
from callcenter.db.pauses import Pause
from callcenter.db.schema import OBLIGATION_HAS_CALL, calls, legs, obligations
from callcenter.db.states import Standing
from callcenter.db.wrap_ups import IS_UNFINISHED

NOT_CALLED = frozenset({AgentState.AVAILABLE, AgentState.WRAP_UP})
"""States that a pause of one's own comes before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """``owed`` has the oldest first; ``blocked_on`` the lines that do not ring for the agent."""

    standing: Standing
    pause: Pause | None
    interfaces: tuple[str, ...]
    owed: tuple[Owed, ...]
    blocked_on: tuple[str, ...]

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

    @property
    def is_overdue(self) -> bool:
        """Whether a supervisor was told of something that they owe, and did not let it go."""
        return any(one.is_overdue for one in self.owed)


async def get(connection: AsyncConnection, agent: Agent) -> Presence:
    """Where this agent stands now."""
    standing = await states.get(connection, agent.id)
    unknown = Standing(agent.id, agent.login, agent.name, AgentState.OFFLINE, None, None)
    blocked = await blocks.of_agent(connection, agent.id)
    owed = await _owed(connection, obligations.c.agent_id == agent.id)
    return Presence(
        standing=standing or unknown,
        pause=await pauses.get(connection, agent.id),
        interfaces=agent.interfaces,
        owed=owed.get(agent.id, ()),
        blocked_on=tuple(sorted({block.line for block in blocked})),
    )


async def everyone(connection: AsyncConnection) -> Sequence[Presence]:
    """Where every active agent stands now, by name."""
    taken = await pauses.everyone(connection)
    owed = await _owed(connection)
    lines, interfaces = defaultdict(set), defaultdict(list)
    for block in await blocks.everyone(connection):
        lines[block.agent_id].add(block.line)
    for seat in await seats.everyone(connection):
        interfaces[seat.agent_id].append(seat.interface)
    return [
        Presence(
            standing=one,
            pause=taken.get(one.agent_id),
            interfaces=tuple(interfaces[one.agent_id]),
            owed=owed.get(one.agent_id, ()),
            blocked_on=tuple(sorted(lines[one.agent_id])),
        )
        for one in await states.everyone(connection)
    ]


async def nobodys(connection: AsyncConnection) -> Sequence[Owed]:
    """What was answered at telephones that nobody has, the oldest first."""
    return (await _owed(connection, obligations.c.agent_id.is_(None))).get(None, ())


async def count_overdue(connection: AsyncConnection) -> int:
    """How many debts supervisors were told of that are still there."""
    query = select(func.count()).where(
        IS_UNFINISHED,
        OBLIGATION_HAS_CALL,
        obligations.c.escalated_at.is_not(None),
        obligations.c.released_at.is_(None),
    )
    return int((await connection.execute(query)).scalar_one())


async def _owed(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> Mapping[int | None, tuple[Owed, ...]]:
    """What is to be written, by whose it is; of each the oldest first."""
    is_part = (
        (legs.c.call_id == obligations.c.call_id)
        & legs.c.agent_id.is_not_distinct_from(obligations.c.agent_id)
        & legs.c.answered_at.is_not(None)
    )
    query = (
        select(
            obligations.c.call_id,
            obligations.c.agent_id,
            obligations.c.answered_at,
            obligations.c.released_at,
            obligations.c.escalated_at,
            calls.c.line,
            func.coalesce(legs.c.ended_at, calls.c.ended_at).label("ended_at"),
        )
        .join(calls, calls.c.id == obligations.c.call_id)
        .outerjoin(legs, is_part)
        .where(IS_UNFINISHED, *conditions)
    )
    found: defaultdict[int | None, list[Owed]] = defaultdict(list)
    # Put in order here: SQLite would rather go through all answered calls in theirs.
    rows = sorted(await connection.execute(query), key=lambda row: (row.answered_at, row.call_id))
    for _, parts in groupby(rows, key=lambda row: row.call_id):
        agent_id, owed = _one(list(parts))
        found[agent_id].append(owed)
    return {agent_id: tuple(debts) for agent_id, debts in found.items()}


def _one(parts: Sequence[Any]) -> tuple[int | None, Owed]:
    """A debt with whose it is, from a row for each part that they had in the call."""
    ends, first = [part.ended_at for part in parts], parts[0]
    return first.agent_id, Owed(
        call_id=first.call_id,
        line=first.line,
        answered_at=first.answered_at,
        ended_at=None if None in ends else max(ends),
        is_released=first.released_at is not None,
        is_escalated=first.escalated_at is not None,
    )
