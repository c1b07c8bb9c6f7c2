"""The one clock that all instances share: their own may differ, or be set while they run."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

SharedClock = Callable[[AsyncConnection], Awaitable[datetime]]
"""The time, asked for within a transaction."""

STEP_S = 20.0
"""What was tried so far in the future was tried before the clock was set back: no wait that was
counted from there on means anything."""


def step_after(now: datetime) -> datetime:
    """What was tried after this was tried before the clock was set back."""
    return now + timedelta(seconds=STEP_S)


async def now(connection: AsyncConnection) -> datetime:
    """The database server's time; SQLite has none but that of its only instance."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return found
