"""The colleagues beside the agent's card: who rings for the same lines, and what they do."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import states
from callcenter.db.agents import Agent
from callcenter.db.states import Standing
from callcenter.web.ring_groups import RingGroups


async def colleagues_of(
    connection: AsyncConnection, agent: Agent, ring_groups: RingGroups
) -> Sequence[Standing]:
    """Those who have a telephone of a line that the agent sees, by name; without the agent."""
    mine = ring_groups.lines_of(agent.id)

    def concerns(other: Standing) -> bool:
        theirs = ring_groups.lines_of(other.agent_id)
        return bool(theirs if agent.sees_all_lines else theirs & mine)

    found = await states.written(connection)  # which telephones ring, calls tell
    return [one for one in found if one.agent_id != agent.id and concerns(one)]
