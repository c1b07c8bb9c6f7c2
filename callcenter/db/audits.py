"""Audits: what was compared when, and what did not agree. One that somebody asked for is its own
job: it is found by whoever does audits, as long as it has no end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.differences import Difference, Kind, Report
from callcenter.db.schema import audit_differences, audits

DETAIL_MAX = 500
"""Characters kept of what a desk or a machine said."""


class Occasion(StrEnum):
    """Why an audit is made. Of the rolling ones the last is kept."""

    ROLLING = "rolling"
    NIGHT = "night"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Audit:
    """One comparison. ``finished_at`` None: it is under way, or waits. ``asked_by`` is a login."""

    id: int
    since: datetime
    until: datetime
    started_at: datetime
    finished_at: datetime | None
    occasion: Occasion
    asked_by: str | None
    counts: Mapping[str, int]
    differences: int


async def ask(
    connection: AsyncConnection,
    since: datetime,
    until: datetime,
    *,
    occasion: Occasion,
    now: datetime,
    asked_by: str | None = None,
) -> int:
    """Note an audit that is to be made, and give its id."""
    values = {
        "since": since,
        "until": until,
        "started_at": now,
        "occasion": occasion.value,
        "asked_by": asked_by,
        "counts": "{}",
    }
    query = insert(audits).values(values).returning(audits.c.id)
    return int((await connection.execute(query)).scalar_one())


async def asked(connection: AsyncConnection) -> Audit | None:
    """The oldest audit that is still to be made."""
    query = _AUDITS.where(audits.c.finished_at.is_(None)).order_by(audits.c.id).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return _audit(row) if row else None


async def finish(connection: AsyncConnection, id_: int, report: Report, *, now: datetime) -> None:
    """Note what an audit found. A rolling one takes the place of those before it."""
    await connection.execute(delete(audit_differences).where(audit_differences.c.audit_id == id_))
    rows = [_row(id_, place, one) for place, one in enumerate(report.differences)]
    if rows:
        await connection.execute(insert(audit_differences), rows)
    await connection.execute(
        update(audits)
        .where(audits.c.id == id_)
        .values(finished_at=now, counts=json.dumps(dict(report.counts)))
    )
    is_rolling = select(audits.c.id).where(
        audits.c.id == id_, audits.c.occasion == Occasion.ROLLING.value
    )
    await connection.execute(
        delete(audits).where(
            audits.c.occasion == Occasion.ROLLING.value, audits.c.id < id_, is_rolling.exists()
        )
    )


async def latest(connection: AsyncConnection, limit: int) -> list[Audit]:
    """The newest audits first."""
    query = _AUDITS.order_by(audits.c.started_at.desc(), audits.c.id.desc()).limit(limit)
    return [_audit(row) for row in await connection.execute(query)]


async def last(connection: AsyncConnection, occasion: Occasion) -> Audit | None:
    """The newest of this occasion that has an end."""
    query = (
        _AUDITS.where(audits.c.occasion == occasion.value, audits.c.finished_at.is_not(None))
        .order_by(audits.c.until.desc(), audits.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return _audit(row) if row else None


async def get(connection: AsyncConnection, id_: int) -> Audit | None:
    """The audit with this id."""
    row = (await connection.execute(_AUDITS.where(audits.c.id == id_))).one_or_none()
    return _audit(row) if row else None


async def differences(connection: AsyncConnection, id_: int, limit: int) -> list[Difference]:
    """What an audit found, in its order."""
    query = (
        select(audit_differences)
        .where(audit_differences.c.audit_id == id_)
        .order_by(audit_differences.c.position)
        .limit(limit)
    )
    return [
        Difference(
            Kind(row.kind),
            row.at,
            row.pbx,
            row.line,
            row.call_id,
            row.ticket_number,
            row.detail,
        )
        for row in await connection.execute(query)
    ]


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Remove audits that were made before then, and say how many."""
    query = delete(audits).where(audits.c.started_at < before)
    return (await connection.execute(query)).rowcount


_FOUND = (
    select(func.count())
    .where(audit_differences.c.audit_id == audits.c.id)
    .correlate(audits)
    .scalar_subquery()
)
_AUDITS = select(audits, _FOUND.label("differences"))


def _audit(row: Row[tuple[object, ...]]) -> Audit:
    return Audit(
        row.id,
        row.since,
        row.until,
        row.started_at,
        row.finished_at,
        Occasion(row.occasion),
        row.asked_by,
        json.loads(row.counts),
        row.differences,
    )


def _row(id_: int, position: int, one: Difference) -> Mapping[str, object]:
    return {
        "audit_id": id_,
        "position": position,
        "kind": one.kind.value,
        "at": one.at,
        "pbx": one.pbx,
        "line": one.line,
        "call_id": one.call_id,
        "ticket_number": one.ticket_number,
        "detail": one.detail[:DETAIL_MAX],
    }
