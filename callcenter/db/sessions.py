"""Sessions of the pages. The browser has the token; here is only its SHA-256.

A token is 32 random bytes, so a fast hash is enough: there is nothing to guess.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import agents
from callcenter.db.agents import Agent
from callcenter.db.schema import sessions

TOKEN_BYTES = 32

LIFETIME = timedelta(hours=12)
"""A working day; then one signs in again, whatever happened in between."""

IDLE = timedelta(hours=2)
"""A session that no page was open with for so long is over. An open page counts as use."""

TOUCH_EVERY = timedelta(minutes=1)
"""How exactly use is noted; more often would be a write for every request."""


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


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def create(connection: AsyncConnection, agent: Agent, now: datetime) -> Session:
    """Open a session for an agent who has proved to be themselves."""
    session = Session(
        agent=agent,
        csrf_token=secrets.token_urlsafe(TOKEN_BYTES),
        token=secrets.token_urlsafe(TOKEN_BYTES),
        seen_at=now,
        expires_at=now + LIFETIME,
    )
    row = {
        "token_hash": _hashed(session.token),
        "agent_id": agent.id,
        "csrf_token": session.csrf_token,
        "created_at": now,
        "seen_at": now,
        "expires_at": session.expires_at,
    }
    await connection.execute(insert(sessions), row)
    return session


async def find(connection: AsyncConnection, token: str, now: datetime) -> Session | None:
    """The session of this token, unless it is over or its agent may no longer sign in."""
    query = select(sessions).where(
        sessions.c.token_hash == _hashed(token),
        sessions.c.expires_at > now,
        sessions.c.seen_at > now - IDLE,
    )
    row = (await connection.execute(query)).one_or_none()
    agent = await agents.by_id(connection, row.agent_id) if row else None
    if row is None or agent is None or not agent.active:
        return None
    return Session(
        agent=agent,
        csrf_token=row.csrf_token,
        token=token,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


async def touch(connection: AsyncConnection, token: str, now: datetime) -> None:
    """Note that the session is in use."""
    await connection.execute(
        update(sessions).where(sessions.c.token_hash == _hashed(token)).values(seen_at=now)
    )


async def revoke(connection: AsyncConnection, token: str) -> None:
    """End a session now."""
    await connection.execute(delete(sessions).where(sessions.c.token_hash == _hashed(token)))


async def prune(connection: AsyncConnection, now: datetime) -> int:
    """Remove sessions that are over, and say how many."""
    over = or_(sessions.c.expires_at <= now, sessions.c.seen_at <= now - IDLE)
    return (await connection.execute(delete(sessions).where(over))).rowcount
