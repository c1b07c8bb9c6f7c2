"""The one clock that all instances share: their own may differ, or be set while they run."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

SharedClock = Callable[[AsyncConnection], Awaitable[datetime]]
"""The time, asked for within a transaction."""


async def now(connection: AsyncConnection) -> datetime:
    """The database server's time; SQLite has none but that of its only instance."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return found
