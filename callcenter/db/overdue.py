"""Debts that wait for long: a supervisor is told, and at last the ticket says that it says nothing.

Each is done once a debt, in the transaction that notes that it was done.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import journal, tickets
from callcenter.db.schema import agents, calls, obligations
from callcenter.db.schema import tickets as table
from callcenter.db.wrap_ups import IS_UNFINISHED
from webhooks import EventType, OverdueObligation

STUB = "Nobody has written what this call was about."
"""The note of a stub. It is no way out: the debt stays, and so does what it brings."""


async def stub(
    connection: AsyncConnection, call_ids: Collection[str], *, now: datetime, base_url: str
) -> int:
    """Let the built-in desk's tickets of these calls say that they say nothing; give how many calls
    that was new of. Where another desk has the ticket nothing is written into it.
    """
    query = (
        select(table.c.number, table.c.call_key)
        .where(table.c.call_key.in_(call_ids), table.c.merged_into.is_(None))
        .order_by(table.c.number)
        .with_for_update()  # tickets before debts, as everywhere
    )
    numbers = {row.call_key: row.number for row in await connection.execute(query)}
    stubbed = await _mark(connection, call_ids, "stubbed_at", now)
    for call_id in stubbed:
        if call_id in numbers:
            await _write(connection, numbers[call_id], now, base_url)
    return len(stubbed)


async def escalate(connection: AsyncConnection, call_ids: Collection[str], *, now: datetime) -> int:
    """Journal that these calls are overdue; give how many that was new of."""
    escalated = await _mark(connection, call_ids, "escalated_at", now)
    query = (
        select(calls.c.id, calls.c.line, obligations.c.answered_at, agents.c.login, agents.c.name)
        .join(obligations, obligations.c.call_id == calls.c.id)
        .outerjoin(agents, agents.c.id == obligations.c.agent_id)
        .where(calls.c.id.in_(escalated))
        .order_by(obligations.c.answered_at, calls.c.id)
    )
    found = await connection.execute(query)
    await journal.append(connection, [_entry(row, now) for row in found])
    return len(escalated)


async def _mark(
    connection: AsyncConnection, call_ids: Collection[str], column: str, now: datetime
) -> list[str]:
    """Note that it is done; give the calls of which it was not."""
    statement = (
        update(obligations)
        .where(obligations.c.call_id.in_(call_ids), obligations.c[column].is_(None), IS_UNFINISHED)
        .values({column: now})
        .returning(obligations.c.call_id)
    )
    return sorted((await connection.execute(statement)).scalars())


async def _write(connection: AsyncConnection, number: str, now: datetime, base_url: str) -> None:
    await tickets.add_note(connection, number, agent_id=None, text=STUB, now=now, base_url=base_url)


def _entry(row: Row[*tuple[Any, ...]], now: datetime) -> journal.NewEntry:
    shape = OverdueObligation(
        call=row.id, line=row.line, agent=row.login, name=row.name, answered_at=row.answered_at
    )
    kind = EventType.OBLIGATION_OVERDUE
    return journal.NewEntry(now, kind, row.line, row.id, shape.model_dump_json())
