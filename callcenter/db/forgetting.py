"""Removing a destination of webhooks: its secrets and its messages are erased with it, at once.

What was done to it stays in the trail. What is being sent to it meanwhile may arrive, and is noted
nowhere.
"""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import destinations, trail
from callcenter.db.entries import GoneError, held
from callcenter.db.schema import webhook_deliveries
from callcenter.db.schema import webhook_destinations as table
from callcenter.db.trail import By
from callcenter.db.versions import StaleError


async def remove(connection: AsyncConnection, key: int, *, version: str, by: By) -> None:
    """Tell it nothing more, and forget it. Raises GoneError, and StaleError for an old
    ``version``."""
    await held(connection, table, key)
    destination = await destinations.get(connection, key)
    if destination is None:
        raise GoneError
    if destinations.version_of(destination) != version:
        raise StaleError
    its = webhook_deliveries.c.destination_id == key
    erased = (await connection.execute(delete(webhook_deliveries).where(its))).rowcount
    await connection.execute(delete(table).where(table.c.id == key))
    await trail.note(
        connection,
        trail.Action.WEBHOOK_REMOVED,
        now=by.now,
        actor=by.actor,
        about=f"webhook:{key}",
        webhook=destination.name,
        count=str(erased),
    )
