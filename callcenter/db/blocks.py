"""Blocks: telephones that must not ring for a line until a ticket is written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.enforcement import Block
from callcenter.db import trail
from callcenter.db.obligations import journal_call
from callcenter.db.schema import blocks, obligations
from callcenter.db.upsert import upsert
from callcenter.db.wrap_ups import IS_UNFINISHED


async def everyone(connection: AsyncConnection) -> list[Block]:
    """All there are, by line and telephone."""
    return await _blocks(connection)


async def of_agent(connection: AsyncConnection, agent_id: int) -> list[Block]:
    """Those of one agent's telephones."""
    return await _blocks(connection, blocks.c.agent_id == agent_id)


async def write(
    connection: AsyncConnection, wanted: Iterable[Block], known: Iterable[Block]
) -> None:
    """Let there be the wanted ones instead of those that are known."""
    wanted, known = set(wanted), set(known)
    gone = {_key(one) for one in known} - {_key(one) for one in wanted}
    if gone:
        is_it = [and_(blocks.c.line == line, blocks.c.interface == one) for line, one in gone]
        await connection.execute(delete(blocks).where(or_(*is_it)))
    rows = [
        {
            "line": one.line,
            "interface": one.interface,
            "agent_id": one.agent_id,
            "since": one.since,
        }
        for one in sorted(wanted - known, key=_key)
    ]
    await upsert(connection, blocks, rows, update=("agent_id", "since"))


RELEASE_REASONS = ("many_calls", "written_later", "by_mistake")
"""Why a supervisor may let calls through; the trail keeps it."""


async def release(
    connection: AsyncConnection,
    agent_id: int,
    *,
    by: str,
    now: datetime,
    reason: str | None = None,
) -> list[str]:
    """Let go what an agent owes at this moment: it blocks them no more, and is still to be written;
    their next call blocks them as any does.

    ``by`` is a login, for the trail; ``reason`` is one of RELEASE_REASONS. Gives the calls.
    """
    is_theirs = obligations.c.agent_id == agent_id
    return await _release(connection, is_theirs, by=by, now=now, reason=reason)


async def release_call(
    connection: AsyncConnection, call_id: str, *, by: str, now: datetime
) -> bool:
    """The same of one call, which may be nobody's. False where there is nothing to release."""
    return bool(await _release(connection, obligations.c.call_id == call_id, by=by, now=now))


async def _release(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    *,
    by: str,
    now: datetime,
    reason: str | None = None,
) -> list[str]:
    statement = (
        update(obligations)
        .where(which, IS_UNFINISHED, obligations.c.released_at.is_(None))
        .values(released_at=now, released_by=by)
        .returning(obligations.c.call_id)
    )
    released = sorted((await connection.execute(statement)).scalars())
    action = trail.Action.OBLIGATION_RELEASED
    for call_id in released:
        told = {"reason": reason} if reason else {}
        await trail.note(connection, action, now=now, actor=by, call_id=call_id, **told)
    for call_id in released:
        await journal_call(connection, call_id, now)
    return released


def _key(block: Block) -> tuple[str, str]:
    return block.line, block.interface


async def _blocks(connection: AsyncConnection, *conditions: Any) -> list[Block]:
    query = select(blocks).where(*conditions).order_by(blocks.c.line, blocks.c.interface)
    return [
        Block(row.line, row.interface, row.agent_id, row.since)
        for row in await connection.execute(query)
    ]
