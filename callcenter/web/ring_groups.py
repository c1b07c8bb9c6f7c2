"""Whose telephones ring for which line, kept in memory for the stream's filter."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agent_interfaces, ring_groups


async def lines_of(connection: AsyncConnection, agent_id: int) -> frozenset[str]:
    """The lines for which one of the agent's telephones rings."""
    query = (
        select(ring_groups.c.line)
        .join(agent_interfaces, agent_interfaces.c.interface == ring_groups.c.interface)
        .where(agent_interfaces.c.agent_id == agent_id)
    )
    return frozenset((await connection.execute(query)).scalars())


class RingGroups:
    """As of the last ``reload``."""

    def __init__(self) -> None:
        self._lines: dict[int, frozenset[str]] = {}

    def lines_of(self, agent_id: int) -> frozenset[str]:
        """The lines for which one of the agent's telephones rings."""
        return self._lines.get(agent_id, frozenset())

    async def reload(self, connection: AsyncConnection) -> None:
        """Read them again."""
        query = select(agent_interfaces.c.agent_id, ring_groups.c.line).join(
            ring_groups, agent_interfaces.c.interface == ring_groups.c.interface
        )
        lines: dict[int, set[str]] = {}
        for agent_id, line in await connection.execute(query):
            lines.setdefault(agent_id, set()).add(line)
        self._lines = {agent_id: frozenset(names) for agent_id, names in lines.items()}
