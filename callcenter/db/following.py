"""What became of a ticket in its desk, and what that means for the debts that it paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import desk_writes, obligations, trail, wrap_ups
from callcenter.db.parts import parts
from callcenter.db.schema import obligations as debts

WHY_GONE = "the desk has it no more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A ticket as its desk has it: under which number by now, and whether it is done."""

    number: str
    url: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a look. ``is_owed``: a debt is open again, and another ticket is to be made."""

    is_changed: bool = False
    is_owed: bool = False


async def ours(connection: AsyncConnection, desk: str, numbers: Collection[str]) -> set[str]:
    """Which of these tickets paid a debt."""
    found: set[str] = set()
    for some in parts(sorted(numbers)):
        query = select(debts.c.ticket_number).where(
            debts.c.desk == desk, debts.c.ticket_number.in_(some)
        )
        found |= set((await connection.execute(query)).scalars())
    return found


async def gone(connection: AsyncConnection, desk: str, number: str, *, now: datetime) -> Outcome:
    """The ticket is there no more: what it paid is owed again."""
    reopened = [
        await obligations.reopened(connection, call_id, number=number, why=WHY_GONE, now=now)
        for call_id in await _paid_by(connection, desk, number)
    ]
    return Outcome(is_changed=any(reopened), is_owed=any(reopened))


async def seen(
    connection: AsyncConnection,
    desk: str,
    number: str,
    found: Found,
    *,
    now: datetime,
    is_written: bool,
) -> Outcome:
    """The ticket is there: follow it to the one that it was merged into, and qualify what it paid
    once it is done. Seen twice, it changes nothing more.

    ``is_written``: what is owed to tickets of this desk will be written.
    """
    is_changed = False
    for call_id in await _paid_by(connection, desk, number):
        if found.number != number:
            is_changed |= await obligations.renumbered(
                connection, call_id, merged=number, number=found.number, url=found.url, now=now
            )
        # What is owed there may open it again: until then it is closed for an exemption, by us.
        is_ours = is_written and await desk_writes.is_waiting(connection, call_id)
        if found.is_closed and not is_ours:
            is_changed |= await _qualify(connection, call_id, found.number, now=now)
    return Outcome(is_changed=is_changed)


async def _qualify(
    connection: AsyncConnection, call_id: str, number: str, *, now: datetime
) -> bool:
    """Whoever closed it there said there what it was about."""
    if not await obligations.qualified(connection, call_id, number=number, now=now):
        return False
    action = trail.Action.OBLIGATION_QUALIFIED
    await trail.note(connection, action, now=now, call_id=call_id, ticket=number)
    left = await wrap_ups.close(connection, call_id, now=now)
    if left is not None and left.text:
        await desk_writes.owe(connection, call_id, now=now)  # what was typed here is not lost
    await obligations.journal_call(connection, call_id, now)
    return True


async def _paid_by(connection: AsyncConnection, desk: str, number: str) -> list[str]:
    """The calls whose debts this ticket paid, locked."""
    query = (
        select(debts.c.call_id)
        .where(debts.c.desk == desk, debts.c.ticket_number == number)
        .order_by(debts.c.call_id)
        .with_for_update()
    )
    return list((await connection.execute(query)).scalars())
