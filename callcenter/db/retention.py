"""What is removed when it has served its time: journal entries, the webhooks that told them, those
that desks told, what monitoring systems sent, sessions that have ended, and callers
(``ageing.py``)."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from callcenter.db import (
    alert_deliveries,
    customer_sessions,
    deliveries,
    desk_events,
    forgetting,
    journal,
    sessions,
)
from callcenter.db.ageing import Ageing
from callcenter.db.engine import Database

log = structlog.get_logger(__name__)

JOURNAL_KEPT = timedelta(days=7)
"""How far back a listener of the event stream may resume, and webhooks may be sent again: a long
weekend, with days to spare."""

EVENTS_KEPT = timedelta(days=30)
"""How long a webhook of a desk is known that is sent again."""

EVERY_S = 3600.0


async def run(
    database: Database, now: Callable[[], datetime], ageing: Ageing | None = None
) -> None:
    """Remove what is old, now and every hour, until cancelled."""
    while True:
        try:
            await remove_old(database, now())
            if ageing is not None:
                await ageing.remove_callers(database, now())
        except (SQLAlchemyError, OSError):
            log.exception("retention.put_off", pause_s=EVERY_S)  # nothing depends on the hour
        await asyncio.sleep(EVERY_S)


async def remove_old(database: Database, now: datetime) -> None:
    """Remove what is old at this moment."""
    async with database.transaction() as connection:
        entries = await journal.prune(connection, now - JOURNAL_KEPT)
        told = await deliveries.prune(connection, now - JOURNAL_KEPT)
        heard = await desk_events.prune(connection, now - EVENTS_KEPT)
        alerts = await alert_deliveries.prune(connection, now - JOURNAL_KEPT)
        ended = await sessions.prune(connection, now)
        ended += await customer_sessions.prune(connection, now)
    erased = await forgetting.erase(database)
    log.info(
        "retention.removed",
        journal_entries=entries,
        webhooks=told + erased,
        desk_events=heard,
        alerts=alerts,
        sessions=ended,
    )
