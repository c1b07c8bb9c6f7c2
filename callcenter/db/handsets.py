"""Every telephone: those that ring for a line, that an agent has, or that a PBX told of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.floor import TelephoneState
from callcenter.db import telephones
from callcenter.db.schema import agent_interfaces, agents, ring_groups


@dataclass(frozen=True, slots=True)
class Handset:
    """One telephone. ``seated_at``: its agent took it for the day; ``state`` None: never told."""

    interface: str
    lines: tuple[str, ...]
    state: TelephoneState | None
    agent_id: int | None
    agent: str | None
    seated_at: datetime | None


async def known(connection: AsyncConnection) -> Sequence[Handset]:
    """All of them, by name."""
    states = await telephones.states(connection)
    lines = defaultdict(list)
    for row in await connection.execute(select(ring_groups).order_by(ring_groups.c.line)):
        lines[row.interface].append(row.line)
    query = select(agent_interfaces, agents.c.name).join(agents)
    held = {row.interface: row for row in await connection.execute(query)}
    return [
        Handset(
            interface=interface,
            lines=tuple(lines.get(interface, ())),
            state=states.get(interface),
            agent_id=holder.agent_id if holder else None,
            agent=holder.name if holder else None,
            seated_at=holder.seated_at if holder else None,
        )
        for interface in sorted({*states, *lines, *held})
        for holder in [held.get(interface)]
    ]
