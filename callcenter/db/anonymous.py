"""Making calls anonymous: whoever called is removed, and every figure stays as it is.

Of a call, figures need the number only to tell whether its caller called before, called again, or
was reached. That is written down in the call first, in the same transaction, also for what is left
of the same caller's calls: a day that is counted anew comes to the same as before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from re import Pattern
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.redaction import finder, without
from callcenter.core.slots import Slot, SlotOf
from callcenter.db import facts, figure_marks
from callcenter.db.figure_marks import WHOLE
from callcenter.db.parts import parts
from callcenter.db.schema import (
    CALLER_IS_KEPT,
    call_contacts,
    calls,
    contacts,
    obligations,
    ticket_notes,
    tickets,
    wrap_ups,
)

TOGETHER: Final = 10
"""Calls that are made anonymous in one transaction: a call that rings may wait for it."""

NOW: Final = timedelta()

TEXTS: Final[Mapping[Table, Sequence[str]]] = {
    tickets: ("title", "resolution"),
    ticket_notes: ("text",),
    wrap_ups: ("title", "note", "summary"),
    obligations: ("last_error",),
}
"""Where texts about a call are that may name its caller."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A call whose caller is to be removed, and what its texts may call them."""

    row: Row[Any]
    names: Collection[str]

    @property
    def numbers(self) -> Collection[str]:
        """The number in every form that is kept."""
        return {one for one in (self.row.caller_e164, self.row.caller_raw) if one}


Finders: TypeAlias = Mapping[str, Pattern[str] | None]


async def remove_callers(
    connection: AsyncConnection,
    ids: Collection[str],
    slot_of: SlotOf,
    *,
    now: datetime,
    names: Collection[str] = (),
) -> int:
    """Remove the callers of these calls, TOGETHER at most; give of how many.

    Calls that are not over are left out. ``names`` are looked for in their texts, too.
    """
    subjects = await _subjects(connection, ids, names)
    if not subjects:
        return 0
    await _keep_facts(connection, [one.row for one in subjects])
    finders = {one.row.id: finder(one.numbers, one.names) for one in subjects}
    await _clean_texts(connection, finders)
    gone = list(finders)
    await connection.execute(delete(call_contacts).where(call_contacts.c.call_id.in_(gone)))
    own = tickets.c.call_key.in_(gone)
    await connection.execute(update(tickets).where(own).values(contact_id=None))
    nobody = {"caller_raw": "", "caller_e164": None, "caller_name": None, "attestation": None}
    removed = update(calls).where(calls.c.id.in_(gone))
    await connection.execute(removed.values(**nobody, caller_removed_at=now))
    changed: defaultdict[str, set[Slot]] = defaultdict(set)
    for one in subjects:
        day = slot_of(one.row.line, one.row.started_at).day
        changed[one.row.line].add(Slot(day, WHOLE))
    for line, slots in sorted(changed.items()):
        await figure_marks.mark(connection, line, slots, now=now)
    return len(gone)


async def _subjects(
    connection: AsyncConnection, ids: Collection[str], names: Collection[str]
) -> list[Subject]:
    is_over = calls.c.outcome.is_not(None)
    query = select(calls).where(calls.c.id.in_(ids), CALLER_IS_KEPT, is_over)
    rows = (await connection.execute(query.order_by(calls.c.started_at, calls.c.id))).all()
    people = (
        select(call_contacts.c.call_id, contacts.c.name)
        .join(contacts, contacts.c.id == call_contacts.c.contact_id)
        .where(call_contacts.c.call_id.in_([row.id for row in rows]))
    )
    named: defaultdict[str, set[str]] = defaultdict(set)
    for row in await connection.execute(people):
        named[row.call_id].add(row.name)
    return [Subject(row, named[row.id] | _own_name(row) | set(names)) for row in rows]


def _own_name(row: Row[Any]) -> set[str]:
    """What the operator says a caller is called. One word may be any: "Paris", "Printer"."""
    name = row.caller_name or ""
    return {name} if len(name.split()) > 1 else set()


# -- figures -----------------------------------------------------------------------------------


async def _keep_facts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
    """Write down what figures need of the numbers of these calls, and of those around them."""
    before, after = await _around(connection, rows)
    known = [row.id for row in rows] + sorted(before)
    for some in parts(known):
        told = await facts.of(connection, some)
        values = [
            {
                "call": one.fact.id,
                "before": one.fact.called_before,
                "again": one.fact.calls_again,
                "recovered": one.fact.is_recovered,
            }
            for one in told
        ]
        await connection.execute(_KEEP, values)
    for some in parts(sorted(after)):
        later = update(calls).where(calls.c.id.in_(some))
        await connection.execute(later.values(called_before=True))


_KEEP = (
    update(calls)
    .where(calls.c.id == bindparam("call"))
    .values(
        called_before=bindparam("before"),
        calls_again=bindparam("again"),
        is_recovered=bindparam("recovered"),
    )
)


async def _around(
    connection: AsyncConnection, rows: Sequence[Row[Any]]
) -> tuple[set[str], set[str]]:
    """Of the same callers, the other calls within a week before and after one of these."""
    own = {row.id for row in rows}
    moments: defaultdict[str, list[datetime]] = defaultdict(list)
    for row in rows:
        if row.caller_e164:
            moments[row.caller_e164].append(row.started_at)
    before: set[str] = set()
    after: set[str] = set()
    if not moments:
        return before, after
    every = [at for started in moments.values() for at in started]
    query = select(calls.c.id, calls.c.caller_e164, calls.c.started_at).where(
        calls.c.caller_e164.in_(moments),
        calls.c.started_at >= min(every) - facts.REPEAT,
        calls.c.started_at <= max(every) + facts.REPEAT,
    )
    for other in await connection.execute(query):
        distances = [other.started_at - at for at in moments[other.caller_e164]]
        near = [one for one in distances if abs(one) <= facts.REPEAT]
        if other.id not in own and near:
            before |= {other.id} if min(near) < NOW else set()
            after |= {other.id} if max(near) > NOW else set()
    return before, after


# -- texts -------------------------------------------------------------------------------------


async def _clean_texts(connection: AsyncConnection, finders: Finders) -> None:
    """Take them out of what was written about their calls, in the built-in desk and here."""
    owners = await _tickets_of(connection, list(finders))
    ids = list(finders)
    for table, column, keys in (
        (tickets, tickets.c.number, list(owners)),
        (ticket_notes, ticket_notes.c.ticket_number, list(owners)),
        (wrap_ups, wrap_ups.c.call_id, ids),
        (obligations, obligations.c.call_id, ids),
    ):
        for some in parts(keys):
            rows = await connection.execute(select(table).where(column.in_(some)))
            for row in rows.mappings().all():
                key = row[column.name]
                found = [finders[call] for call in owners.get(key, {key})]
                await _clean(connection, table, row, found)


async def _tickets_of(connection: AsyncConnection, ids: Sequence[str]) -> Mapping[str, set[str]]:
    """The tickets of the built-in desk that are about these calls, with those of each."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    query = (
        select(tickets.c.number, tickets.c.call_key, obligations.c.call_id)
        .select_from(tickets)
        .outerjoin(
            obligations,
            (obligations.c.ticket_number == tickets.c.number) & obligations.c.call_id.in_(ids),
        )
    )
    numbers = select(obligations.c.ticket_number).where(obligations.c.call_id.in_(ids))
    is_theirs = or_(tickets.c.call_key.in_(ids), tickets.c.number.in_(numbers))
    for row in await connection.execute(query.where(is_theirs)):
        found[row.number] |= {row.call_key, row.call_id} & set(ids)
    return found


async def _clean(
    connection: AsyncConnection,
    table: Table,
    row: Any,
    found: Sequence[Pattern[str] | None],
) -> None:
    changed: dict[str, str] = {}
    for name in TEXTS[table]:
        text = row[name] or ""
        for one in found:
            text = without(text, one)
        if text != (row[name] or ""):
            changed[name] = text
    if changed:
        is_it: list[ColumnElement[bool]] = [key == row[key.name] for key in table.primary_key]
        await connection.execute(update(table).where(*is_it).values(changed))
