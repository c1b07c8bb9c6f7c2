"""Erasing somebody: anonymous everywhere, with a line in the audit trail that does not name them.

Each step may be cut off, and done again: what is erased is not found any more. The directory comes
last, so that until then it says who it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from re import Pattern
from typing import Any, Final

from sqlalchemy import Row, Table, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.callback import Closing
from callcenter.core.redaction import finder, without
from callcenter.core.slots import SlotOf
from callcenter.db import anonymous, callbacks, journal, persons, pointers, sweeping, trail
from callcenter.db.ageing import removed_number
from callcenter.db.engine import Database
from callcenter.db.parts import parts
from callcenter.db.persons import Person
from callcenter.db.schema import (
    CALLBACK_IS_OPEN,
    OUTGOING_IS_OPEN,
    call_contacts,
    contacts,
    customer_sessions,
    customers,
    directory_imports,
    outgoing_calls,
    telephone_numbers,
    ticket_notes,
    tickets,
    wrap_ups,
)
from callcenter.db.schema import callbacks as callbacks_table
from callcenter.db.schema import trail as trail_table
from callcenter.db.sweeping import Clean
from callcenter.db.trail import Action, By

BREATH_S: Final = 0.01
"""Between two transactions: calls ring meanwhile."""

FIGURES_AFTER: Final = timedelta(minutes=5)
"""Figures of a day are counted anew so long after they were asked for: ask as if it were past."""


@dataclass(slots=True)
class Erased:
    """How many of each were made anonymous. ``going_on`` are calls that are not over: they are
    left, and to be erased afterwards."""

    calls: int = 0
    missed_calls: int = 0
    calls_made: int = 0
    tickets: int = 0
    texts: int = 0
    logins: int = 0
    going_on: int = 0
    ids: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """By name."""
        names = ("calls", "missed_calls", "calls_made", "tickets", "texts", "logins")
        return {name: getattr(self, name) for name in names}


async def erase(database: Database, person: Person, slot_of: SlotOf, *, by: By) -> Erased:
    """Make somebody anonymous."""
    done = Erased()
    async with database.reading() as connection:
        done.ids = await persons.call_ids(connection, person)
        numbers = await persons.ticket_numbers(connection, person, [])
    for some in parts(done.ids, anonymous.TOGETHER):
        async with database.transaction() as connection:
            done.calls += await anonymous.remove_callers(
                connection, some, slot_of, now=by.now - FIGURES_AFTER, names=person.names
            )
    done.tickets = len(numbers)
    await _numbers(database, person, done, by)
    await _texts(database, person, done, numbers)
    async with database.transaction() as connection:
        await _directory(connection, person, done)
        counts = {name: str(count) for name, count in done.counts.items() if count}
        action = Action.PERSON_ERASED
        await trail.note(
            connection, action, now=by.now, actor=by.actor, about=person.about, **counts
        )
        still = await persons.call_ids(connection, person)
        done.going_on = len(still)
    return done


async def _numbers(database: Database, person: Person, done: Erased, by: By) -> None:
    async with database.transaction() as connection:
        missed = await persons.callback_ids(connection, person)
        its = callbacks_table.c.id.in_(missed)
        closed = {"closed_at": by.now, "closed_because": Closing.NO_NEED, "closed_by": by.actor}
        still_open = update(callbacks_table).where(its, CALLBACK_IS_OPEN)
        await connection.execute(still_open.values(closed))
        values = removed_number(callbacks_table, by.now)
        await connection.execute(update(callbacks_table).where(its).values(values))
        over = (outgoing_calls.c.number.in_(person.numbers), ~OUTGOING_IS_OPEN)
        made = update(outgoing_calls).where(*over)
        result = await connection.execute(made.values(removed_number(outgoing_calls, by.now)))
        done.missed_calls, done.calls_made = len(missed), result.rowcount
        await journal.append(connection, await callbacks.entries(connection, missed))


async def _texts(database: Database, person: Person, done: Erased, own: Sequence[str]) -> None:
    """Numbers out of every text; names out of what was written about them and their company."""
    numbers, all_of_it = finder(person.numbers, ()), finder(person.numbers, person.names)
    contact_id = None if person.contact is None else person.contact.id
    for table in sweeping.TEXTS:
        clean = plain_cleaner(numbers)
        if table in sweeping.SHAPED:
            clean = sweeping.cleaner(all_of_it, contact_id, frozenset(done.ids))
        elif table is directory_imports:
            clean = plain_cleaner(all_of_it)
        done.texts += await sweeping.sweep(database, table, clean, breath_s=BREATH_S)
    if person.contact is not None:
        await _named_texts(database, person.contact, plain_cleaner(all_of_it), done)
    for some in parts(own):
        async with database.transaction() as connection:
            values = {"contact_id": None, "telephone": None}
            own_tickets = update(tickets).where(tickets.c.number.in_(some))
            await connection.execute(own_tickets.values(values))


def plain_cleaner(found: Pattern[str] | None) -> Clean:
    """For texts without a shape."""
    return lambda text, _call: without(text, found)


async def _named_texts(database: Database, contact: Row[Any], clean: Clean, done: Erased) -> None:
    """Of their company alone: elsewhere another may be called so."""
    firm = f"company:{contact.company_id}"
    is_theirs = or_(tickets.c.company_id == contact.company_id, tickets.c.contact_id == contact.id)
    async with database.reading() as connection:
        query = select(tickets.c.number, tickets.c.call_key).where(is_theirs)
        found = (await connection.execute(query)).all()
        about = trail_table.c.about.in_([f"contact:{contact.id}", firm])
        told = (await connection.execute(select(trail_table.c.id).where(about))).scalars().all()
    numbers = [one.number for one in found]
    notes: list[int] = []
    for some in parts(numbers):
        async with database.reading() as connection:
            wanted = select(ticket_notes.c.id).where(ticket_notes.c.ticket_number.in_(some))
            notes += (await connection.execute(wanted)).scalars()
    of_calls = [one.call_key for one in found if one.call_key]
    wanted_of: list[tuple[Table, Sequence[Any]]] = [
        (tickets, numbers),
        (ticket_notes, notes),
        (wrap_ups, of_calls),
        (trail_table, told),
    ]
    for table, keys in wanted_of:
        for some in parts(keys):
            done.texts += await sweeping.sweep(database, table, clean, breath_s=BREATH_S, keys=some)


async def _directory(connection: AsyncConnection, person: Person, done: Erased) -> None:
    """The entry with everything that only says how to reach them, and their logins."""
    theirs = telephone_numbers.c.e164.in_(person.numbers)
    await connection.execute(delete(telephone_numbers).where(theirs))
    if person.contact is None:
        return
    key = person.contact.id
    rows = await persons.logins(connection, person)
    done.logins = len(rows)
    for row in rows:
        signed_in = customer_sessions.c.customer_id == row.id
        await connection.execute(delete(customer_sessions).where(signed_in))
        # No login that anybody can type: what they wrote stays theirs, and they are nobody.
        values = {"login": f"\n{row.id}", "name": "…", "password_hash": "-", "active": False}
        await connection.execute(update(customers).where(customers.c.id == row.id).values(values))
    await connection.execute(delete(call_contacts).where(call_contacts.c.contact_id == key))
    await pointers.let_go(connection, contacts, key)
    await connection.execute(delete(contacts).where(contacts.c.id == key))
