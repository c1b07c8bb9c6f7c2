"""Leases: a name that one instance holds, until it lets go of it or is not heard of any more.

The clock is the database's own. Each taking gives a greater token, and who writes for the lease
locks its row under that token in the transaction of the write: an instance that was asleep while
another took the lease finds no such row, and writes nothing. It is the token that counts, not the
time: who was late to renew, and was not replaced meanwhile, still holds.

The locks are chosen so that a holder never waits for itself: what is written under a lease locks
FOR KEY SHARE, which the renewal's UPDATE does not wait for. Taking locks FOR UPDATE, and so waits
until nothing is being written under the lease any more.

For PostgreSQL alone: SQLite has one service (``callcenter.db.sole``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Interval, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.engine import application_name
from callcenter.db.schema import leases
from callcenter.errors import CallcenterError

RELEASED_AT = datetime(1970, 1, 1, tzinfo=UTC)
"""When a lease ran out that its holder let go of: no late renewal is to be waited for."""


class LeaseLostError(CallcenterError):
    """Another instance holds the lease now: what was to be written is for that one to find out."""

    code = "lease_lost"

    def __init__(self, name: str) -> None:
        super().__init__(f"another instance has taken {name} over: nothing is written from here")


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held, at least until somebody takes it with a greater token."""

    name: str
    token: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A lease as it was seen. ``is_over``: it had run out, by the database's clock."""

    holder: str
    token: int
    expires_at: datetime
    is_over: bool

    @property
    def is_released(self) -> bool:
        """Whether its holder let go of it."""
        return self.expires_at == RELEASED_AT


_IS_IT = (leases.c.name == bindparam("name_"), leases.c.token == bindparam("token_"))
_LOCKED = select(leases.c.token).where(*_IS_IT).with_for_update(read=True, key_share=True)

_CUT_OFF = text(
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = :name AND usename = current_user AND pid <> pg_backend_pid()"
)


async def look(connection: AsyncConnection, name: str) -> Sighting | None:
    """The lease as it is now; None where nobody ever held it."""
    is_over = (leases.c.expires_at < func.clock_timestamp()).label("is_over")
    query = select(leases, is_over).where(leases.c.name == name)
    row = (await connection.execute(query)).one_or_none()
    return Sighting(row.holder, row.token, row.expires_at, row.is_over) if row else None


async def take(
    connection: AsyncConnection, name: str, seen: Sighting | None, *, holder: str, ttl: timedelta
) -> Lease | None:
    """Take the lease if it still is as it was seen; None if somebody was quicker.

    Waits for whatever is being written under it. Whether it may be taken is for the caller to
    judge.
    """
    values = {"holder": holder, "expires_at": _from_now(ttl)}
    if seen is None:
        first = insert(leases).values(name=name, token=1, **values).on_conflict_do_nothing()
        token = await connection.scalar(first.returning(leases.c.token))
        return None if token is None else Lease(name, token)
    unchanged = (
        select(leases.c.token)
        .where(
            leases.c.name == name,
            leases.c.token == seen.token,
            leases.c.expires_at == seen.expires_at,
        )
        .with_for_update()
    )
    if await connection.scalar(unchanged) is None:
        return None
    mine = Lease(name, seen.token + 1)
    query = update(leases).where(leases.c.name == name)
    await connection.execute(query.values(token=mine.token, **values))
    return mine


async def cut_off(connection: AsyncConnection, seen: Sighting) -> int:
    """End every session of the lease's holder, and give how many there were.

    For who is about to take it from a holder that is not heard of: one that was stopped in the
    middle of a long statement holds its locks until it is woken, whatever the time limits are.
    """
    values = {"name": application_name(seen.holder)}
    return await connection.scalar(_CUT_OFF, values) or 0


async def renew(connection: AsyncConnection, lease: Lease, *, ttl: timedelta) -> None:
    """Hold the lease for so long from now. Raises LeaseLostError."""
    await _set_expiry(connection, lease, _from_now(ttl))


async def release(connection: AsyncConnection, lease: Lease) -> None:
    """Let go of the lease: another may take it at once. Raises LeaseLostError."""
    await _set_expiry(connection, lease, RELEASED_AT)


async def lock(connection: AsyncConnection, lease: Lease) -> None:
    """Let nobody take the lease before the end of this transaction. Raises LeaseLostError."""
    values = {"name_": lease.name, "token_": lease.token}
    if await connection.scalar(_LOCKED, values) is None:
        raise LeaseLostError(lease.name)


async def _set_expiry(connection: AsyncConnection, lease: Lease, expires_at: object) -> None:
    query = update(leases).where(leases.c.name == lease.name, leases.c.token == lease.token)
    if (await connection.execute(query.values(expires_at=expires_at))).rowcount == 0:
        raise LeaseLostError(lease.name)


def _from_now(ttl: timedelta) -> object:
    return func.clock_timestamp() + bindparam("ttl", ttl, Interval())
