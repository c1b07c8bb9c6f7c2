"""The agents' parts in a call, of what was recorded of its legs and its wrap-up."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.part import Part, with_wrap_up
from callcenter.db import wrap_ups
from callcenter.db.schema import agents, calls, legs


async def of_call(connection: AsyncConnection, call_id: str) -> list[Part] | None:
    """Of each agent who talked, in the order of the offers; None while the call is on."""
    ended = await connection.execute(select(calls.c.ended_at).where(calls.c.id == call_id))
    if ended.scalar() is None:
        return None
    query = (
        select(agents.c.login, legs.c.agent_id, legs.c.answered_at, legs.c.ended_at)
        .join(agents, agents.c.id == legs.c.agent_id)
        .where(legs.c.call_id == call_id)
        .where(legs.c.answered_at.is_not(None), legs.c.ended_at.is_not(None))
        .order_by(legs.c.position)
    )
    rows = (await connection.execute(query)).all()
    said = await wrap_ups.get(connection, call_id)
    parts = {row.agent_id: Part(row.login, row.answered_at, row.ended_at) for row in rows}
    if said and said.finished_at and said.agent_id in parts:
        his = parts[said.agent_id]
        ended_at = with_wrap_up(his.ended_at, said.finished_at)
        parts[said.agent_id] = replace(his, ended_at=ended_at)
    return list(parts.values())
