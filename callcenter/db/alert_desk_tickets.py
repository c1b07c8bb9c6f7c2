"""Tickets of alerts that a desk over a network has yet to make, and those that it made.

One instance at a time asks a desk, under its lease: nothing here is claimed. But who was given the
lease must not ask while the one before may still be at it: what was asked for waits.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.desk_events import ERROR_MAX
from callcenter.db.parts import parts
from callcenter.db.schema import (
    ALERT_TICKET_IS_WANTED,
    alert_episodes,
    alert_groups,
    companies,
)
from callcenter.db.schema import alert_desk_tickets as table
from callcenter.db.upsert import inserting


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket to be made. ``asked_before``: it may be there under its key."""

    group_id: int
    key: str
    title: str
    text: str
    line: str
    since: datetime
    company_id: int | None
    company: str | None
    account_owner: str | None
    attempts: int
    asked_before: bool


async def owe(
    connection: AsyncConnection, group_id: int, *, desk: str, title: str, text: str, now: datetime
) -> None:
    """The desk is to make the group's ticket."""
    values = {
        "group_id": group_id,
        "desk": desk,
        "key": str(uuid.uuid4()),
        "title": title,
        "text": text,
        "next_attempt_at": now,
    }
    await connection.execute(inserting(table, connection.dialect.name).values(values))


async def due(connection: AsyncConnection, desk: str, *, now: datetime, limit: int) -> list[Wanted]:
    """What it is time to ask this desk for, the longest due first."""
    since = (
        select(func.min(alert_episodes.c.first_at))
        .where(alert_episodes.c.group_id == table.c.group_id)
        .scalar_subquery()
    )
    query = (
        select(
            table,
            alert_groups.c.line,
            since.label("since"),
            companies.c.id.label("company_id"),
            companies.c.name.label("company"),
            companies.c.account_owner,
        )
        .join(alert_groups, alert_groups.c.id == table.c.group_id)
        .outerjoin(companies, companies.c.id == alert_groups.c.company_id)
        .where(ALERT_TICKET_IS_WANTED, table.c.desk == desk, table.c.next_attempt_at <= now)
        .order_by(table.c.next_attempt_at, table.c.group_id)
    )
    return [
        Wanted(
            group_id=row.group_id,
            key=row.key,
            title=row.title,
            text=row.text,
            line=row.line,
            since=row.since,
            company_id=row.company_id,
            company=row.company,
            account_owner=row.account_owner,
            attempts=row.attempts,
            asked_before=row.asked_at is not None,
        )
        for row in await connection.execute(query.limit(limit))
    ]


async def asked(
    connection: AsyncConnection, group_id: int, *, now: datetime, until: datetime
) -> None:
    """The desk is about to be asked: from now on it may be there. Nobody asks again ``until``."""
    await _set(connection, group_id, asked_at=now, next_attempt_at=until)


async def not_asked(connection: AsyncConnection, group_id: int) -> None:
    """The desk made nothing, for certain."""
    await _set(connection, group_id, asked_at=None)


async def made(connection: AsyncConnection, group_id: int, *, number: str, url: str) -> None:
    """The desk confirmed it."""
    await _set(connection, group_id, number=number, url=url, next_attempt_at=None, last_error=None)


async def put_off(
    connection: AsyncConnection, group_id: int, *, error: str, until: datetime | None
) -> None:
    """It is not made yet; ``until`` None: not before somebody has changed something."""
    await _set(
        connection,
        group_id,
        attempts=table.c.attempts + 1,
        next_attempt_at=until,
        last_error=error[:ERROR_MAX],
    )


async def unstick(connection: AsyncConnection, desk: str, *, now: datetime) -> None:
    """Try once more what this desk refused for good."""
    is_stuck = (table.c.desk == desk, ALERT_TICKET_IS_WANTED, table.c.next_attempt_at.is_(None))
    await connection.execute(update(table).where(*is_stuck).values(attempts=0, next_attempt_at=now))


async def keys(connection: AsyncConnection, among: Collection[str]) -> set[str]:
    """Those of these keys that are of alerts."""
    found: set[str] = set()
    for some in parts(sorted(among)):
        found |= set(
            (await connection.execute(select(table.c.key).where(table.c.key.in_(some)))).scalars()
        )
    return found


async def _set(connection: AsyncConnection, group_id: int, **values: object) -> None:
    await connection.execute(update(table).where(table.c.group_id == group_id).values(values))
