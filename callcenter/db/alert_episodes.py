"""Troubles that monitoring systems tell of, each from its first alert until it is over.

Only whoever holds the lease of this work writes here, so what is read stays true until it is
written.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.alert import Alert, Phase
from callcenter.db.alert_devices import Found
from callcenter.db.schema import ALERT_GOES_ON
from callcenter.db.schema import alert_episodes as table


@dataclass(frozen=True, slots=True)
class Episode:
    """One that is known. ``group_id`` None: only its end was heard of."""

    id: int
    group_id: int | None
    severity: str
    over_at: datetime | None
    said_over_at: datetime | None


async def find(connection: AsyncConnection, source: str, alert: Alert) -> Episode | None:
    """The trouble that the alert speaks of, if it was heard of before."""
    if alert.episode is None:
        last = await _one(connection, source, alert.key)
        return last if last and _is_of(alert, last) else None
    is_it = table.c.episode == alert.episode
    return await _one(connection, source, alert.key, is_it)


async def begin(
    connection: AsyncConnection,
    source: str,
    alert: Alert,
    *,
    found: Found,
    group_id: int | None,
    at: datetime,
    times: int,
) -> int:
    """Write down one that was not heard of before, and give its id."""
    last = await _one(connection, source, alert.key) if alert.episode is None else None
    is_over = alert.phase is Phase.OVER
    values = {
        "source": source,
        "key": alert.key,
        "episode": f"after {last.id if last else 0}" if alert.episode is None else alert.episode,
        "group_id": group_id,
        **_said(alert, found),
        "first_at": at,
        "last_at": at,
        "over_at": at if is_over else None,
        "said_over_at": alert.at if is_over else None,
        "times": times,
    }
    statement = insert(table).values(values).returning(table.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def begin_late(
    connection: AsyncConnection, id_: int, alert: Alert, *, found: Found, group_id: int, times: int
) -> None:
    """What is said of it, where its end was heard of before its beginning."""
    values = {"group_id": group_id, "times": times, **_said(alert, found)}
    await connection.execute(update(table).where(table.c.id == id_).values(values))


async def repeat(
    connection: AsyncConnection, id_: int, alert: Alert, *, at: datetime, times: int
) -> None:
    """It was said again, and may be worse by now."""
    values = {
        "times": table.c.times + times,
        "last_at": at,
        "severity": alert.severity,
        "text": alert.text,
    }
    await connection.execute(update(table).where(table.c.id == id_).values(values))


async def end(connection: AsyncConnection, id_: int, alert: Alert, at: datetime) -> None:
    """It is over."""
    values = {"over_at": at, "said_over_at": alert.at}
    await connection.execute(update(table).where(table.c.id == id_).values(values))


async def goes_on(connection: AsyncConnection, group_id: int) -> bool:
    """Whether any trouble of the group does."""
    query = select(exists().where(table.c.group_id == group_id, ALERT_GOES_ON))
    return bool((await connection.execute(query)).scalar())


def _is_of(alert: Alert, last: Episode) -> bool:
    """Whether the alert speaks of the last trouble of its key, rather than of another.

    One that is over may still be spoken of by what was sent before, and came late.
    """
    if last.over_at is None:
        return True
    if alert.at is None or last.said_over_at is None:
        return alert.phase is Phase.OVER
    return alert.at <= last.said_over_at


def _said(alert: Alert, found: Found) -> dict[str, Any]:
    return {
        "company_id": found.company_id,
        "device_id": found.device_id,
        "site": alert.site,
        "device": alert.device,
        "severity": alert.severity,
        "text": alert.text,
        "url": alert.url,
    }


async def _one(
    connection: AsyncConnection, source: str, key: str, *is_it: ColumnElement[bool]
) -> Episode | None:
    query = select(table).where(table.c.source == source, table.c.key == key, *is_it)
    row = (await connection.execute(query.order_by(table.c.id.desc()).limit(1))).one_or_none()
    return _episode(row) if row else None


def _episode(row: Row[Any]) -> Episode:
    return Episode(row.id, row.group_id, row.severity, row.over_at, row.said_over_at)
