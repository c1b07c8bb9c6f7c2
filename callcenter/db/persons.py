"""Somebody of whom something is kept: a number, or a contact with the numbers that only they have.

What is theirs is found by number and by contact, never by name: others may be called so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import identity
from callcenter.db.parts import parts
from callcenter.db.schema import (
    call_contacts,
    callbacks,
    calls,
    companies,
    contacts,
    customers,
    obligations,
    outgoing_calls,
    telephone_numbers,
    tickets,
)
from callcenter.errors import CallcenterError


class PersonError(CallcenterError):
    """There is no such person, or it is none."""

    code = "person"


@dataclass(frozen=True, slots=True)
class Person:
    """``numbers`` are in E.164. ``contact`` has id, name, email, company_id and company; None: a
    number alone. ``shared`` are numbers of the contact that others have as well."""

    numbers: tuple[str, ...]
    contact: Row[Any] | None = None
    shared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What texts call them."""
        row = self.contact
        return () if row is None else tuple(filter(None, (row.name, row.email)))

    @property
    def about(self) -> str | None:
        """For the trail, in which no number stands."""
        return None if self.contact is None else f"contact:{self.contact.id}"


async def of_number(connection: AsyncConnection, written: str, *, country: str) -> Person:
    """Whoever has this number. Raises PersonError for what is none, and for a company's own."""
    e164 = identity.normalise(written, country=country)
    if e164 is None:
        raise PersonError(
            f"that is no telephone number as people of {country} write it: "
            "write it whole, or with its country as in +33639981122"
        )
    query = (
        select(companies.c.name)
        .join(telephone_numbers, telephone_numbers.c.company_id == companies.c.id)
        .where(telephone_numbers.c.e164 == e164, telephone_numbers.c.contact_id.is_(None))
    )
    company = (await connection.execute(query.limit(1))).scalar()
    if company is not None:
        raise PersonError(
            f"that is the number of a company ({company}), not of a person: take it out of the "
            "directory first, or ask for a contact with --contact"
        )
    return Person((e164,))


async def of_contact(connection: AsyncConnection, contact_id: int) -> Person:
    """A contact of the directory. Raises PersonError."""
    query = (
        select(contacts, companies.c.name.label("company"))
        .join(companies, companies.c.id == contacts.c.company_id)
        .where(contacts.c.id == contact_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise PersonError(
            f"there is no contact {contact_id}: the number is the last part of their page's "
            "address, /admin/contacts/..."
        )
    other = telephone_numbers.alias()
    is_shared = (
        select(func.count())
        .where(other.c.e164 == telephone_numbers.c.e164, other.c.id != telephone_numbers.c.id)
        .scalar_subquery()
    )
    numbers = select(telephone_numbers.c.e164, is_shared.label("others"))
    numbers = numbers.where(telephone_numbers.c.contact_id == contact_id)
    found = (await connection.execute(numbers.order_by(telephone_numbers.c.e164))).all()
    own = tuple(one.e164 for one in found if not one.others)
    return Person(own, row, tuple(one.e164 for one in found if one.others))


async def call_ids(connection: AsyncConnection, person: Person) -> list[str]:
    """Their calls, oldest first: those of their numbers, and those that only they are linked to."""
    query = select(calls.c.id).where(or_(calls.c.caller_e164.in_(person.numbers), _linked(person)))
    query = query.order_by(calls.c.started_at, calls.c.id)
    return list((await connection.execute(query)).scalars())


def _linked(person: Person) -> ColumnElement[bool]:
    if person.contact is None:
        return false()
    own, every = call_contacts.alias(), call_contacts.alias()
    alone = (
        select(func.count())
        .where(every.c.call_id == own.c.call_id)
        .correlate(own)
        .scalar_subquery()
    )
    linked = select(own.c.call_id).where(own.c.contact_id == person.contact.id, alone == 1)
    return calls.c.id.in_(linked)


async def callback_ids(connection: AsyncConnection, person: Person) -> list[int]:
    """The missed calls of their numbers."""
    query = select(callbacks.c.id).where(callbacks.c.caller_e164.in_(person.numbers))
    return list((await connection.execute(query.order_by(callbacks.c.id))).scalars())


async def outgoing_ids(connection: AsyncConnection, person: Person) -> list[str]:
    """The calls that were made to their numbers."""
    query = select(outgoing_calls.c.id).where(outgoing_calls.c.number.in_(person.numbers))
    return list((await connection.execute(query.order_by(outgoing_calls.c.asked_at))).scalars())


async def ticket_numbers(
    connection: AsyncConnection, person: Person, keys: Sequence[str]
) -> list[str]:
    """Tickets of the built-in desk: of these calls, or theirs by contact or number."""
    theirs = [tickets.c.call_key.in_(keys), tickets.c.telephone.in_(person.numbers)]
    if person.contact is not None:
        theirs.append(tickets.c.contact_id == person.contact.id)
    query = select(tickets.c.number).where(or_(*theirs)).order_by(tickets.c.created_at)
    return list((await connection.execute(query)).scalars())


async def logins(connection: AsyncConnection, person: Person) -> list[Row[Any]]:
    """With what they sign in to the portal."""
    if person.contact is None:
        return []
    query = select(customers).where(customers.c.contact_id == person.contact.id)
    return list((await connection.execute(query)).all())


async def spoken(connection: AsyncConnection, person: Person) -> list[Row[Any]]:
    """Their calls as a PBX knows them, to find recordings by: pbx, channel, linkedid, started_at,
    ended_at."""
    columns = (calls.c.pbx, calls.c.channel, calls.c.linkedid, calls.c.started_at, calls.c.ended_at)
    found: list[Any] = []
    for some in parts(await call_ids(connection, person)):
        found += (await connection.execute(select(*columns).where(calls.c.id.in_(some)))).all()
    return found


async def tickets_elsewhere(connection: AsyncConnection, person: Person) -> list[str]:
    """The tickets of their calls that are in other desks than ours: "rt: 1042"."""
    found: dict[str, None] = {}
    for some in parts(await call_ids(connection, person)):
        query = (
            select(obligations.c.desk, obligations.c.ticket_number)
            .outerjoin(tickets, tickets.c.call_key == obligations.c.call_id)
            .where(
                obligations.c.call_id.in_(some),
                obligations.c.ticket_number.is_not(None),
                tickets.c.number.is_(None),
            )
        )
        rows = await connection.execute(query)
        found |= dict.fromkeys(f"{row.desk}: {row.ticket_number}" for row in rows)
    return list(found)
