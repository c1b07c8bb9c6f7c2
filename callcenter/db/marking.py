"""From the journal to marks: which days and quarters of an hour are to be counted anew.

Whatever changes what a call comes to is journalled in the transaction of the change. The place in
the journal is moved in the transaction that writes the marks: nothing that was committed is missed,
whatever dies.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.slots import Slot, SlotOf
from callcenter.db import figure_marks, journal, journal_readers
from callcenter.db.figure_marks import WHOLE
from callcenter.db.journal import Entry
from callcenter.db.parts import parts
from callcenter.db.retention import JOURNAL_KEPT
from callcenter.db.schema import callback_calls, calls
from webhooks import EventType

NAME: Final = "figures"

READ_LIMIT: Final = 500
"""Entries of the journal that are looked at in one transaction."""

TRUSTED_FOR: Final = JOURNAL_KEPT - timedelta(days=1)
"""After a longer pause entries may have been removed unread, and everything is counted anew."""

OF_CALLS: Final = frozenset(
    {
        EventType.CALL_ENDED,
        EventType.CALL_UPDATED,
        EventType.CALL_MISSED,
        EventType.CALL_ANSWERED,
        EventType.TICKET_CREATED,
        EventType.TICKET_UPDATED,
        EventType.TICKET_COMPLETED,
    }
)
"""What may change what a call comes to; the others are told beside one of these."""


async def is_current(connection: AsyncConnection, *, now: datetime) -> bool:
    """Whether everything since the last reading is in the journal still."""
    last = await journal_readers.get(connection, NAME)
    return last is not None and now - last.read_at <= TRUSTED_FOR


async def begin(connection: AsyncConnection, *, now: datetime) -> None:
    """Read from here on: whoever calls this marks everything before."""
    await journal_readers.keep(connection, NAME, await journal.last_seq(connection), now=now)


async def follow(connection: AsyncConnection, slot_of: SlotOf, *, now: datetime) -> bool:
    """Mark what the next entries changed; tell whether there may be more of them."""
    last = await journal_readers.get(connection, NAME)
    entries = await journal.after(connection, last.seq if last else 0, READ_LIMIT)
    if not entries:
        return False
    ids = {entry.call_id for entry in entries if entry.type in OF_CALLS and entry.call_id}
    ids |= await _missed_calls(connection, entries)
    changed: defaultdict[str, set[Slot]] = defaultdict(set)
    for line, started_at in await _ended(connection, sorted(ids)):
        slot = slot_of(line, started_at)
        changed[line] |= {slot, Slot(slot.day, WHOLE)}
    for line, slots in sorted(changed.items()):
        await figure_marks.mark(connection, line, slots, now=now)
    await journal_readers.keep(connection, NAME, entries[-1].seq, now=now)
    return len(entries) == READ_LIMIT


async def _missed_calls(connection: AsyncConnection, entries: Sequence[Entry]) -> set[str]:
    """The calls of the to-dos that changed: their caller may have been reached."""
    kind = EventType.CALLBACK_CHANGED
    todos = {int(json.loads(entry.data)["id"]) for entry in entries if entry.type is kind}
    found: set[str] = set()
    for some in parts(sorted(todos)):
        query = select(callback_calls.c.call_id).where(callback_calls.c.callback_id.in_(some))
        found |= set((await connection.execute(query)).scalars())
    return found


async def _ended(connection: AsyncConnection, ids: Collection[str]) -> list[tuple[str, datetime]]:
    """Line and beginning of those of the calls that are over."""
    found: list[tuple[str, datetime]] = []
    for some in parts(list(ids)):
        query = select(calls.c.line, calls.c.started_at).where(
            calls.c.id.in_(some), calls.c.outcome.is_not(None)
        )
        found += [(line, at) for line, at in await connection.execute(query)]
    return found
