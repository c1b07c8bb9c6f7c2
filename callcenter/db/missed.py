"""Missed calls become to-dos, and are closed when their caller is reached: by the recorder, in the
transaction of the call.

Calls are told of in any order, and may be told of again: what counts is when they were. A caller
is reached by a conversation that began after the last call that was missed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, case, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.callback import Closing
from callcenter.db import callbacks
from callcenter.db.journal import NewEntry
from callcenter.db.parts import parts
from callcenter.db.schema import CALLBACK_IS_OPEN, callback_calls, calls, outgoing_calls
from callcenter.db.schema import callbacks as table
from callcenter.db.upsert import inserting
from webhooks import Call


async def write(
    connection: AsyncConnection, missed: Sequence[Call], answered: Sequence[Call]
) -> list[NewEntry]:
    """Open and close to-dos for these calls, as they are written; give what is to be told of it."""
    if not missed and not answered:
        return []
    changed = {id_ for call in missed for id_ in await _add(connection, call)}
    changed |= await _take_back(connection, [call.id for call in answered])
    numbers = {call.caller.e164 for call in (*missed, *answered) if call.caller.e164}
    changed |= await _close_reached(connection, numbers)
    return await callbacks.entries(connection, changed)


async def reached(connection: AsyncConnection, number: str) -> list[NewEntry]:
    """Close what is open of a number that we called and that answered; it is written already."""
    return await callbacks.entries(connection, await _close_reached(connection, {number}))


async def _add(connection: AsyncConnection, call: Call) -> set[int]:
    """Put the call on its caller's to-do. Nothing changes where it is there."""
    query = select(callback_calls.c.call_id).where(callback_calls.c.call_id == call.id)
    if (await connection.execute(query)).first() is not None:
        return set()
    at = call.ended_at or call.started_at
    row = {
        "line": call.line,
        "caller_e164": call.caller.e164,
        "caller_raw": call.caller.raw,
        "company_id": call.company.id if call.company else None,
        "first_missed_at": at,
        "last_missed_at": at,
        "times": 1,
        "longest_wait_s": call.wait_s or 0.0,
    }
    new = inserting(table, connection.dialect.name).values(row)
    said = new.excluded
    opened = new.on_conflict_do_update(
        index_elements=[table.c.line, table.c.caller_e164],
        index_where=CALLBACK_IS_OPEN,
        set_={
            "company_id": said.company_id,
            "first_missed_at": _least(table.c.first_missed_at, said.first_missed_at),
            "last_missed_at": _greatest(table.c.last_missed_at, said.last_missed_at),
            "times": table.c.times + 1,
            "longest_wait_s": _greatest(table.c.longest_wait_s, said.longest_wait_s),
        },
    ).returning(table.c.id)
    id_ = (await connection.execute(opened)).scalar_one()
    await connection.execute(insert(callback_calls).values(call_id=call.id, callback_id=id_))
    return {id_}


async def _take_back(connection: AsyncConnection, answered: Sequence[str]) -> set[int]:
    """Calls that were missed as far as was known, and were answered as their PBX noted."""
    changed: set[int] = set()
    for some in parts(answered):
        gone = delete(callback_calls).where(callback_calls.c.call_id.in_(some))
        found = await connection.execute(
            gone.returning(callback_calls.c.callback_id, callback_calls.c.call_id)
        )
        for id_, call_id in found.all():
            one = (table.c.id == id_, CALLBACK_IS_OPEN)
            await connection.execute(update(table).where(*one).values(times=table.c.times - 1))
            at = select(calls.c.answered_at).where(calls.c.id == call_id).scalar_subquery()
            await connection.execute(
                update(table)
                .where(*one, table.c.times == 0)
                .values(closed_at=at, closed_because=Closing.CALLED_AGAIN, closing_call_id=call_id)
            )
            changed.add(id_)
    return changed


async def _close_reached(connection: AsyncConnection, numbers: Collection[str]) -> set[int]:
    """Close the to-dos of those with whom somebody has talked since."""
    changed: set[int] = set()
    for some in parts(sorted(numbers)):
        query = select(table.c.id, table.c.caller_e164, table.c.last_missed_at)
        query = query.where(CALLBACK_IS_OPEN, table.c.caller_e164.in_(some))
        for row in (await connection.execute(query)).all():
            if await _close(connection, row):
                changed.add(row.id)
    return changed


async def _close(connection: AsyncConnection, row: Row[int, str, datetime]) -> bool:
    since = row.last_missed_at
    called = select(calls.c.answered_at, calls.c.id).where(
        calls.c.caller_e164 == row.caller_e164, calls.c.answered_at > since
    )
    called_back = select(outgoing_calls.c.answered_at, outgoing_calls.c.id).where(
        outgoing_calls.c.number == row.caller_e164, outgoing_calls.c.answered_at > since
    )
    found = []
    for query, why in ((called, Closing.CALLED_AGAIN), (called_back, Closing.CALLED_BACK)):
        first = (await connection.execute(query.order_by("answered_at").limit(1))).first()
        found += [(first.answered_at, first.id, why)] if first else []
    if not found:
        return False
    at, call_id, why = min(found)
    values = {"closed_at": at, "closed_because": why, "closing_call_id": call_id}
    done = await connection.execute(
        update(table).where(table.c.id == row.id, CALLBACK_IS_OPEN).values(values)
    )
    return bool(done.rowcount)


def _least(one: ColumnElement[datetime], other: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return case((other < one, other), else_=one)


def _greatest(one: ColumnElement[object], other: ColumnElement[object]) -> ColumnElement[object]:
    return case((other > one, other), else_=one)
