"""What an audit asks of the database: calls and debts of a span, and what speaks of lost calls."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Call
from callcenter.core.evidence import Debt, Removed
from callcenter.core.obligation import ObligationState
from callcenter.db import recording
from callcenter.db.parts import parts
from callcenter.db.schema import CALL_IS_OURS, calls, journal, obligations, pbx_sights
from webhooks import EventType


async def answered(
    connection: AsyncConnection, since: datetime, until: datetime
) -> dict[str, Call]:
    """The calls answered in the span, by id, without their legs; those that owe nothing are not
    among them."""
    is_theirs = (calls.c.answered_at >= since, calls.c.answered_at < until, CALL_IS_OURS)
    return await _calls(connection, *is_theirs)


async def by_ids(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Call]:
    """Those of these calls that there are, without their legs."""
    found: dict[str, Call] = {}
    for some in parts(sorted(ids)):
        found |= await _calls(connection, calls.c.id.in_(some))
    return found


async def debts(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Debt]:
    """The obligations of these calls, by call."""
    found: dict[str, Debt] = {}
    for some in parts(sorted(ids)):
        query = select(obligations).where(obligations.c.call_id.in_(some))
        for row in await connection.execute(query):
            found[row.call_id] = Debt(
                row.call_id,
                row.desk,
                ObligationState(row.state),
                row.ticket_number,
                row.ticketed_at,
                row.last_error,
            )
    return found


async def removed(connection: AsyncConnection, since: datetime, until: datetime) -> list[Removed]:
    """The calls whose answer in the span is in the journal, and that are no more."""
    query = (
        select(journal.c.call_id, func.min(journal.c.at).label("at"), journal.c.line)
        .outerjoin(calls, calls.c.id == journal.c.call_id)
        .where(
            journal.c.at >= since,
            journal.c.at < until,
            journal.c.type == EventType.CALL_ANSWERED.value,
            journal.c.call_id.is_not(None),
            calls.c.id.is_(None),
        )
        .group_by(journal.c.call_id, journal.c.line)
    )
    return [Removed(row.call_id, row.at, row.line) for row in await connection.execute(query)]


async def first_started_at(connection: AsyncConnection, pbx: str | None = None) -> datetime | None:
    """When the oldest known call began, on this PBX or on any: what was before is not ours, even
    where it was imported."""
    query = select(calls.c.started_at).where(CALL_IS_OURS).order_by(calls.c.started_at).limit(1)
    if pbx is not None:
        query = query.where(calls.c.pbx == pbx)
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def seen_at(connection: AsyncConnection) -> dict[str, datetime]:
    """Until when all that each PBX said was taken in."""
    return {row.pbx: row.seen_at for row in await connection.execute(select(pbx_sights))}


async def _calls(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> dict[str, Call]:
    rows = await connection.execute(select(calls).where(*conditions))
    return {row.id: recording.record(row) for row in rows}
