"""What each agent does: as it is now, and each change of it.

That calls ring for them is in the calls; it is added for whoever looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState, shown
from callcenter.db.schema import (
    CALL_IS_OPEN,
    agent_state_changes,
    agent_states,
    agents,
    calls,
    legs,
)
from callcenter.db.upsert import upsert

LEG_IS_OPEN: Final[ColumnElement[bool]] = legs.c.ended_at.is_(None) & legs.c.call_id.in_(
    select(calls.c.id).where(CALL_IS_OPEN)
)
"""Of a leg: that it goes on. So written, SQLite does not look at every leg that ever was."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agent with their state; ``since`` None: nothing is known of them yet."""

    agent_id: int
    login: str
    name: str
    state: AgentState
    reason: str | None  # of a pause
    since: datetime | None


async def everyone(connection: AsyncConnection) -> list[Standing]:
    """Every active agent, by name, as they are to be shown."""
    rings = await _ringing(connection)
    return [_shown(one, rings.get(one.agent_id)) for one in await written(connection)]


async def written(connection: AsyncConnection) -> list[Standing]:
    """The same as it is written: without the calls that ring."""
    query = _STANDINGS.where(agents.c.active).order_by(agents.c.name, agents.c.login)
    return [_standing(row) for row in await connection.execute(query)]


async def get(connection: AsyncConnection, agent_id: int) -> Standing | None:
    """One agent, as they are written."""
    row = (await connection.execute(_STANDINGS.where(agents.c.id == agent_id))).one_or_none()
    return _standing(row) if row else None


async def write(connection: AsyncConnection, changed: Sequence[Standing], *, now: datetime) -> None:
    """These agents do something else from now on, each since its own moment."""
    rows = [{**_values(one), "since": one.since or now} for one in changed]
    await upsert(connection, agent_states, rows, update=("state", "reason", "since"))
    if changed:
        await connection.execute(
            insert(agent_state_changes), [{**_values(one), "at": now} for one in changed]
        )


async def changes(
    connection: AsyncConnection, agent_id: int, since: datetime, until: datetime
) -> list[tuple[datetime, AgentState, str | None]]:
    """What an agent did from each moment on, oldest first."""
    at = agent_state_changes.c.at
    query = (
        select(at, agent_state_changes.c.state, agent_state_changes.c.reason)
        .where(agent_state_changes.c.agent_id == agent_id, at >= since, at < until)
        .order_by(at, agent_state_changes.c.id)
    )
    return [(row.at, AgentState(row.state), row.reason) for row in await connection.execute(query)]


_STANDINGS = select(
    agents.c.id,
    agents.c.login,
    agents.c.name,
    agent_states.c.state,
    agent_states.c.reason,
    agent_states.c.since,
).outerjoin(agent_states, agent_states.c.agent_id == agents.c.id)


async def _ringing(connection: AsyncConnection) -> dict[int, datetime]:
    """The agents for whom a call rings, and since when."""
    query = (
        select(legs.c.agent_id, legs.c.offered_at)
        .where(LEG_IS_OPEN, legs.c.answered_at.is_(None))
        .order_by(legs.c.offered_at.desc())
    )
    rows = await connection.execute(query)
    return {row.agent_id: row.offered_at for row in rows if row.agent_id is not None}


def _shown(standing: Standing, rings_since: datetime | None) -> Standing:
    state = shown(standing.state, rings=rings_since is not None)
    if state is standing.state:
        return standing
    return replace(standing, state=state, reason=None, since=rings_since)


def _standing(row: Row[*tuple[Any, ...]]) -> Standing:
    state = AgentState(row.state) if row.state else AgentState.OFFLINE
    return Standing(row.id, row.login, row.name, state, row.reason, row.since)


def _values(standing: Standing) -> dict[str, Any]:
    return {
        "agent_id": standing.agent_id,
        "state": standing.state.value,
        "reason": standing.reason,
    }
