"""What destinations of webhooks wait for, when the clock was set back: not for hours that were."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import clock
from callcenter.db.schema import DELIVERY_IS_WAITING, webhook_attempts, webhook_deliveries
from callcenter.db.schema import webhook_destinations as whom


def are_void(destination: Row[Any], now: datetime) -> bool:
    """Whether it was told something so far in the future that the clock was set back since."""
    return destination.tried_at is not None and destination.tried_at > clock.step_after(now)


async def begin_anew(
    connection: AsyncConnection, destination: Row[Any], *, now: datetime, until: datetime
) -> None:
    """Waits that were counted from the future are over, and claims last anew, ``until``.

    That it wanted to be left alone is forgotten: it says so again.
    """
    table, tried = webhook_deliveries, webhook_attempts
    is_void = (
        select(tried.c.id)
        .where(tried.c.delivery_id == table.c.id, tried.c.at > clock.step_after(now))
        .exists()
    )
    await connection.execute(
        update(table)
        .where(
            table.c.destination_id == destination.id,
            DELIVERY_IS_WAITING,
            table.c.next_attempt_at > now,
            table.c.claimed_by.is_not(None) | is_void,
        )
        .values(next_attempt_at=case((table.c.claimed_by.is_(None), now), else_=until))
    )
    since = destination.failing_since
    await connection.execute(
        update(whom)
        .where(whom.c.id == destination.id)
        .values(held_until=None, failing_since=since and min(since, now), tried_at=now)
    )
