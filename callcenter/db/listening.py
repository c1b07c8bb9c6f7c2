"""Who listened to the recording of which call: in the audit trail, before a byte of it is sent."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import trail
from callcenter.db.schema import trail as table
from callcenter.db.trail import Action, By

LISTENING: Final = timedelta(minutes=15)
"""A browser asks for a recording part by part, and again for each place that is sought: within so
long it is one listening."""


async def note(connection: AsyncConnection, call_id: str, file: str, *, by: By) -> None:
    """Write down that somebody listens, unless it says so already."""
    if await _is_noted(connection, call_id, file, by.actor, since=by.now - LISTENING):
        return
    action = Action.RECORDING_HEARD
    await trail.note(
        connection, action, now=by.now, actor=by.actor, call_id=call_id, recording=file
    )


async def _is_noted(
    connection: AsyncConnection, call_id: str, file: str, actor: str | None, *, since: datetime
) -> bool:
    query = select(table.c.id).where(
        table.c.call_id == call_id,
        table.c.action == Action.RECORDING_HEARD.value,
        table.c.actor == actor,
        table.c.at > since,
        table.c.data.contains(f'"recording": "{file}"', autoescape=True),
    )
    return (await connection.execute(query.limit(1))).first() is not None
