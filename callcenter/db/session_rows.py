"""Rows of a table of sessions: whose browser has which token.

The browser has the token; here is only its SHA-256. A token is 32 random bytes, so a fast hash is
enough: there is nothing to guess.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

TOKEN_BYTES = 32

LIFETIME = timedelta(hours=12)
"""A working day; then one signs in again, whatever happened in between."""

IDLE = timedelta(hours=2)
"""A session that no page was open with for so long is over. An open page counts as use."""

TOUCH_EVERY = timedelta(minutes=1)
"""How exactly use is noted; more often would be a write for every request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """``owner_id`` is who signed in; ``csrf_token`` comes with everything that changes data."""

    owner_id: int
    csrf_token: str = field(repr=False)
    token: str = field(repr=False)
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRows:
    """One table of them. ``owner`` is the column that says whose each is."""

    table: Table
    owner: str

    async def create(self, connection: AsyncConnection, owner_id: int, now: datetime) -> SessionRow:
        """Open a session for somebody who has proved to be themselves."""
        row = SessionRow(
            owner_id=owner_id,
            csrf_token=secrets.token_urlsafe(TOKEN_BYTES),
            token=secrets.token_urlsafe(TOKEN_BYTES),
            seen_at=now,
            expires_at=now + LIFETIME,
        )
        values = {
            "token_hash": _hashed(row.token),
            self.owner: owner_id,
            "csrf_token": row.csrf_token,
            "created_at": now,
            "seen_at": now,
            "expires_at": row.expires_at,
        }
        await connection.execute(insert(self.table), values)
        return row

    async def find(
        self, connection: AsyncConnection, token: str, now: datetime
    ) -> SessionRow | None:
        """The session of this token, unless it is over."""
        query = select(self.table).where(
            self.table.c.token_hash == _hashed(token), *self._is_open(now)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return SessionRow(
            owner_id=getattr(row, self.owner),
            csrf_token=row.csrf_token,
            token=token,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )

    async def is_there(self, connection: AsyncConnection, owner_id: int, now: datetime) -> bool:
        """Whether they have a session anywhere that is not over."""
        is_theirs = getattr(self.table.c, self.owner) == owner_id
        query = select(self.table.c.token_hash).where(is_theirs, *self._is_open(now)).limit(1)
        return (await connection.execute(query)).first() is not None

    async def owners(self, connection: AsyncConnection, now: datetime) -> frozenset[int]:
        """Everybody who has a session that is not over."""
        query = select(self.table.c[self.owner]).where(*self._is_open(now)).distinct()
        return frozenset((await connection.execute(query)).scalars())

    async def touch(self, connection: AsyncConnection, token: str, now: datetime) -> None:
        """Note that the session is in use."""
        is_it = self.table.c.token_hash == _hashed(token)
        await connection.execute(update(self.table).where(is_it).values(seen_at=now))

    async def revoke(self, connection: AsyncConnection, token: str) -> None:
        """End a session now."""
        is_it = self.table.c.token_hash == _hashed(token)
        await connection.execute(delete(self.table).where(is_it))

    async def prune(self, connection: AsyncConnection, now: datetime) -> int:
        """Remove sessions that are over, and say how many."""
        over = or_(self.table.c.expires_at <= now, self.table.c.seen_at <= now - IDLE)
        return (await connection.execute(delete(self.table).where(over))).rowcount

    def _is_open(self, now: datetime) -> tuple[ColumnElement[bool], ...]:
        return self.table.c.expires_at > now, self.table.c.seen_at > now - IDLE


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
