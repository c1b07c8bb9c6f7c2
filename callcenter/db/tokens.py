"""Bearer tokens of the API. Only their SHA-256 is kept: a lost one is replaced, not looked up."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import api_tokens
from callcenter.errors import CallcenterError

PREFIX = "cct_"
"""Lets a secret scanner, and a person, see what has leaked."""

SECRET_BYTES = 32


class TokenError(CallcenterError):
    """The token cannot be made as asked."""

    code = "token"


@dataclass(frozen=True, slots=True)
class Token:
    """A token by its name; the secret is nowhere."""

    id: int
    name: str
    created_at: datetime


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def create(connection: AsyncConnection, name: str, now: datetime) -> str:
    """Make a token and give its secret, which is shown this once.

    Raises TokenError where the name is taken.
    """
    taken = select(api_tokens.c.id).where(api_tokens.c.name == name)
    if (await connection.execute(taken)).first():
        raise TokenError(f"there is already a token {name!r}: choose another name")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = {"name": name, "token_hash": _hashed(secret), "created_at": now}
    await connection.execute(insert(api_tokens), row)
    return secret


async def find(connection: AsyncConnection, secret: str) -> Token | None:
    """The token with this secret."""
    query = select(api_tokens).where(api_tokens.c.token_hash == _hashed(secret))
    row = (await connection.execute(query)).one_or_none()
    return Token(id=row.id, name=row.name, created_at=row.created_at) if row else None
