"""Removing a destination of webhooks: its secrets are erased at once, its messages bit by bit.

One that was away for a week has hundreds of thousands of them: nobody may wait while they are
erased. What was done to it stays in the trail. What is being sent to it meanwhile may arrive.
"""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.delivery import Why
from callcenter.db import destinations, trail
from callcenter.db.engine import Database
from callcenter.db.entries import GoneError, held
from callcenter.db.schema import webhook_deliveries
from callcenter.db.schema import webhook_destinations as table
from callcenter.db.trail import By
from callcenter.db.versions import StaleError

TOGETHER = 250
"""Messages that are erased in one transaction: a card waits for one no longer than for a call."""


async def remove(connection: AsyncConnection, key: int, *, version: str, by: By) -> None:
    """Tell it nothing more, and show it no more. Raises GoneError, and StaleError for an old
    ``version``."""
    await held(connection, table, key)
    destination = await destinations.get(connection, key)
    if destination is None:
        raise GoneError
    if destinations.version_of(destination) != version:
        raise StaleError
    values = {
        "name": f"\n{key}",  # no name that anybody can type
        "url": "",
        "allowed_host": None,
        "secrets": "[]",
        "disabled_at": by.now,
        "disabled_because": Why.ADMIN.value,
        "removed_at": by.now,
    }
    await connection.execute(update(table).where(table.c.id == key).values(values))
    await trail.note(
        connection,
        trail.Action.WEBHOOK_REMOVED,
        now=by.now,
        actor=by.actor,
        about=f"webhook:{key}",
        webhook=destination.name,
    )


async def erase(database: Database) -> int:
    """Erase what is left of those that are removed, and give how many messages that were."""
    erased = 0
    while True:
        async with database.transaction() as connection:
            query = select(table.c.id).where(table.c.removed_at.is_not(None)).limit(1)
            key = (await connection.execute(query)).scalar()
            if key is None:
                return erased
            its = select(webhook_deliveries.c.id).where(webhook_deliveries.c.destination_id == key)
            ids = list((await connection.execute(its.limit(TOGETHER))).scalars())
            some = webhook_deliveries.c.id.in_(ids)
            await connection.execute(delete(webhook_deliveries).where(some))
            erased += len(ids)
            if len(ids) < TOGETHER:
                await connection.execute(delete(table).where(table.c.id == key))
