"""Sessions of the agents' pages."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents
from callcenter.db.agents import Agent
from callcenter.db.schema import sessions
from callcenter.db.session_rows import LIFETIME, TOUCH_EVERY, SessionRow, SessionRows

__all__ = [
    "LIFETIME",
    "Session",
    "create",
    "find",
    "is_there",
    "prune",
    "revoke",
    "signed_in",
    "touch",
]

ROWS = SessionRows(sessions, "agent_id")

touch, revoke, prune, is_there = ROWS.touch, ROWS.revoke, ROWS.prune, ROWS.is_there
signed_in = ROWS.owners


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. ``csrf_token`` must come with everything that changes data."""

    agent: Agent
    csrf_token: str = field(repr=False)
    token: str = field(repr=False)
    seen_at: datetime
    expires_at: datetime

    def needs_touch(self, now: datetime) -> bool:
        """Whether the last noted use is so old that this one should be noted."""
        return now - self.seen_at >= TOUCH_EVERY


async def create(connection: AsyncConnection, agent: Agent, now: datetime) -> Session:
    """Open a session for an agent who has proved to be themselves."""
    return _session(agent, await ROWS.create(connection, agent.id, now))


async def find(connection: AsyncConnection, token: str, now: datetime) -> Session | None:
    """The session of this token, unless it is over or its agent may no longer sign in."""
    row = await ROWS.find(connection, token, now)
    agent = await agents.by_id(connection, row.owner_id) if row else None
    return _session(agent, row) if row and agent and agent.active else None


def _session(agent: Agent, row: SessionRow) -> Session:
    return Session(agent, row.csrf_token, row.token, row.seen_at, row.expires_at)
