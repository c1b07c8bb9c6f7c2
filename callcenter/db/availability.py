"""Reading when agents were available, and when somebody looked."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState
from callcenter.core.availability import Spell, available, common, without
from callcenter.core.tally import EVERY_LINE
from callcenter.db import sights, states
from callcenter.db.schema import agent_state_changes, agents, figure_states, pbx_sights


async def first_change(connection: AsyncConnection) -> datetime | None:
    """When an agent's state was written for the first time."""
    found: datetime | None = (
        await connection.execute(select(func.min(agent_state_changes.c.at)))
    ).scalar()
    return found


async def last_settled(connection: AsyncConnection) -> int | None:
    """The last day whose availability is counted for good."""
    query = select(func.max(figure_states.c.day)).where(
        figure_states.c.line == EVERY_LINE, figure_states.c.is_settled
    )
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def agent_ids(connection: AsyncConnection) -> Sequence[int]:
    """Everybody who ever was an agent."""
    return list((await connection.execute(select(agents.c.id).order_by(agents.c.id))).scalars())


async def of_agent(connection: AsyncConnection, agent_id: int, day: Spell) -> list[Spell]:
    """When the agent was available on that day."""
    query = (
        select(agent_state_changes.c.state)
        .where(agent_state_changes.c.agent_id == agent_id, agent_state_changes.c.at < day.begins)
        .order_by(agent_state_changes.c.at.desc(), agent_state_changes.c.id.desc())
        .limit(1)
    )
    before = (await connection.execute(query)).scalar()
    changes = await states.changes(connection, agent_id, day.begins, day.ends)
    return available(
        AgentState(before) if before else None, [(at, state) for at, state, _ in changes], day
    )


async def unseen(connection: AsyncConnection, day: Spell) -> list[Spell]:
    """When on that day no PBX was in sight.

    Of the time after a PBX was seen for the last time nothing is known yet either: whoever follows
    it next writes down what it was.
    """
    seen = (await connection.execute(select(pbx_sights.c.pbx, pbx_sights.c.seen_at))).all()
    intervals = await sights.between(connection, day.begins, day.ends)
    found = [day]
    for pbx, seen_at in seen:
        holes = [
            Spell(one.began_at, one.ended_at or day.ends) for one in intervals if one.pbx == pbx
        ]
        holes.append(Spell(seen_at, day.ends))
        in_sight = without([day], holes)
        found = common(found, without([day], in_sight))
    return found
