"""Callers of long ago: their numbers and names are removed once a day, everything else stays.

Always the oldest first, a few at a time: whatever dies, the next turn goes on from there, and a
call that rings waits for no more than a few of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, Table, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.slots import SlotOf, begins, slot_of
from callcenter.db import anonymous
from callcenter.db.anonymous import TOGETHER
from callcenter.db.engine import Database
from callcenter.db.schema import (
    CALLBACK_CALLER_IS_KEPT,
    CALLER_IS_KEPT,
    OUTGOING_NUMBER_IS_KEPT,
    TICKET_NAMES_SOMEBODY,
    callbacks,
    calls,
    desk_writes,
    obligations,
    outgoing_calls,
    tickets,
)

log = structlog.get_logger(__name__)

ROWS: Final = 200
"""Rows that hold a number and nothing else, changed in one transaction."""

BREATH_S: Final = 0.02
"""Between two transactions: a first turn may have years to go through."""

Step: TypeAlias = Callable[[AsyncConnection, datetime], Awaitable[int]]


@dataclass(kw_only=True)
class Ageing:
    """How long callers are known: ``days`` whole ones of the site, and the one that goes on."""

    days: int
    zone: ZoneInfo
    slot_of: SlotOf
    breath_s: float = BREATH_S
    _done: datetime | None = field(default=None, init=False)

    async def remove_callers(self, database: Database, now: datetime) -> None:
        """Remove those of calls, to-dos and tickets that are older, unless that was done today."""
        before = begins(slot_of(now, self.zone).day - self.days, self.zone)
        if self._done == before:
            return

        async def of_calls(connection: AsyncConnection, until: datetime) -> int:
            ids = await _old_calls(connection, until)
            await anonymous.remove_callers(connection, ids, self.slot_of, now=now)
            return len(ids)

        # Calls first: what figures need of the others' numbers is written down with them.
        counts = {
            "calls": await self._all(database, of_calls, before),
            "calls_made": await self._all(database, _Numbers(outgoing_calls, now), before),
            "missed_calls": await self._all(database, _Numbers(callbacks, now), before),
            "tickets": await self._all(database, _tickets, before),
        }
        self._done = before
        log.info("retention.callers_removed", before=before.isoformat(), **counts)

    async def _all(self, database: Database, step: Step, before: datetime) -> int:
        total = 0
        while True:
            async with database.transaction() as connection:
                count = await step(connection, before)
            if not count:
                return total
            total += count
            await asyncio.sleep(self.breath_s)


async def _old_calls(connection: AsyncConnection, before: datetime) -> list[str]:
    """The next ones. A call whose ticket is to be made, written or closed needs its caller."""
    needed = (
        exists().where(obligations.c.call_id == calls.c.id, obligations.c.state == "open")
        | exists().where(desk_writes.c.call_id == calls.c.id)
        | exists().where(
            obligations.c.call_id == calls.c.id,
            tickets.c.number == obligations.c.ticket_number,
            tickets.c.status != "complete",
        )
    )
    query = (
        select(calls.c.id)
        .where(CALLER_IS_KEPT, calls.c.started_at < before, calls.c.outcome.is_not(None), ~needed)
        .order_by(calls.c.started_at, calls.c.id)
        .limit(TOGETHER)
    )
    return list((await connection.execute(query)).scalars())


@dataclass(frozen=True, slots=True)
class _Numbers:
    """A step through the calls that we made, or those that were missed."""

    table: Table
    now: datetime

    async def __call__(self, connection: AsyncConnection, before: datetime) -> int:
        """Remove the next numbers. A to-do that is open is still to be called back."""
        if self.table is callbacks:
            last, is_over = callbacks.c.last_missed_at, callbacks.c.closed_at.is_not(None)
            return await self._next(connection, CALLBACK_CALLER_IS_KEPT & is_over, last, before)
        asked, is_over = outgoing_calls.c.asked_at, outgoing_calls.c.ended_at.is_not(None)
        return await self._next(connection, OUTGOING_NUMBER_IS_KEPT & is_over, asked, before)

    async def _next(
        self,
        connection: AsyncConnection,
        is_kept: ColumnElement[bool],
        at: ColumnElement[datetime],
        before: datetime,
    ) -> int:
        key = self.table.c.id
        old = select(key).where(is_kept, at < before).order_by(at).limit(ROWS)
        ids = list((await connection.execute(old)).scalars())
        values = removed_number(self.table, self.now)
        await connection.execute(update(self.table).where(key.in_(ids)).values(values))
        return len(ids)


def removed_number(table: Table, now: datetime) -> dict[str, object]:
    """What is left of a to-do's, or of an outgoing call's, number."""
    if table is callbacks:
        return {"caller_e164": None, "caller_raw": "", "caller_removed_at": now}
    return {"number": "", "number_removed_at": now}


async def _tickets(connection: AsyncConnection, before: datetime) -> int:
    """Forget whose the next tickets are, of those that are complete; their company stays."""
    old = (
        select(tickets.c.number)
        .where(TICKET_NAMES_SOMEBODY, tickets.c.completed_at < before)
        .order_by(tickets.c.completed_at)
        .limit(ROWS)
    )
    numbers = list((await connection.execute(old)).scalars())
    some = update(tickets).where(tickets.c.number.in_(numbers))
    await connection.execute(some.values(contact_id=None, telephone=None))
    return len(numbers)
