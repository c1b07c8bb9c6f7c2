"""What customers write: they open tickets, and add to those of their company.

Each is one transaction that holds the customer's row: who is switched off writes nothing from that
moment on, and of a form that is sent twice at once the second finds what the first has made.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import ticket
from callcenter.db import customer_tickets, customers, directory, ticket_notes, tickets
from callcenter.db.customers import Customer
from callcenter.db.schema import companies, contacts
from callcenter.db.schema import ticket_notes as notes_table
from callcenter.db.schema import tickets as tickets_table
from callcenter.db.tickets import NewTicket, TicketError, TicketGoneError
from webhooks import EventType

RESTING = ("waiting", "complete")
"""States of a ticket in which nobody works on it: what its customer writes changes that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A ticket that a customer wants. ``form_key`` is of the form: sent twice, it is made once.

    ``contact_id`` is whom it is about. At ``telephone``, in E.164, they want to be called back.
    """

    form_key: str
    title: str
    description: str
    contact_id: int | None
    telephone: str | None


class Person(NamedTuple):
    """A contact of the company."""

    id: int
    name: str


async def open_ticket(
    connection: AsyncConnection,
    customer: Customer,
    asked: Asked,
    *,
    queue: str,
    timezone: tzinfo,
    now: datetime,
    base_url: str,
) -> str:
    """Make the ticket in that queue, or find the one that this form has made; give its number.

    ``timezone`` is the queue's, for the ticket's day. Raises TicketError and CustomerError.
    """
    await customers.hold(connection, customer)
    key = f"{customer.id}.{asked.form_key}"  # nobody meets another's by guessing
    made = select(tickets_table.c.number).where(tickets_table.c.form_key == key)
    if found := (await connection.execute(made)).scalar():
        return str(found)
    title, text = tickets.checked_title(asked.title), tickets.checked_note(asked.description)
    await _check_contact(connection, customer, asked.contact_id)
    day = ticket.day(now, timezone)
    number = ticket.number(day, await tickets.next_position(connection, day))
    new = NewTicket(
        call_key=None,
        title=title,
        company_id=customer.company_id,
        contact_id=asked.contact_id,
        contract_id=await directory.contract_id(connection, customer.company_id),
        queue=queue,
        primary_resource_id=None,
        account_owner=await _account_owner(connection, customer.company_id),
        source="portal",
        form_key=key,
        telephone=asked.telephone,
    )
    await tickets.write(connection, number, new, now=now)
    await ticket_notes.write(
        connection, number, customer_id=customer.id, text=text, is_public=True, now=now
    )
    await tickets.told(connection, EventType.TICKET_CREATED, number, now, base_url)
    return number


async def contacts_of(connection: AsyncConnection, company_id: int) -> list[Person]:
    """Whom a ticket of the company may be about, by name."""
    query = select(contacts.c.id, contacts.c.name).where(contacts.c.company_id == company_id)
    return [Person(*row) for row in await connection.execute(query.order_by(contacts.c.name))]


async def add_note(
    connection: AsyncConnection,
    customer: Customer,
    number: str,
    text: str,
    *,
    now: datetime,
    base_url: str,
) -> str:
    """Write into a ticket of theirs, or its survivor; give the number of the one it is in.

    A ticket that waited for the customer, or was complete, is work for the agents again. The same
    text twice in a row is one note. Raises TicketError and CustomerError.
    """
    await customers.hold(connection, customer)
    text = tickets.checked_note(text)
    found = await customer_tickets.read_at(connection, customer.company_id, number)
    row = await _held(connection, customer, found) if found else None
    if row is None:
        raise TicketGoneError("number", f"there is no ticket {number}")
    if row.status in RESTING or not await _is_said(connection, customer, row.number, text):
        await _resume(connection, row)
        await ticket_notes.write(
            connection, row.number, customer_id=customer.id, text=text, is_public=True, now=now
        )
        await tickets.told(connection, EventType.TICKET_UPDATED, row.number, now, base_url)
    return str(row.number)


async def _held(
    connection: AsyncConnection, customer: Customer, number: str
) -> Row[tuple[object, ...]] | None:
    """The ticket, which nobody else changes before the end; None if it is theirs no more."""
    query = select(tickets_table).where(
        tickets_table.c.number == number,
        tickets_table.c.merged_into.is_(None),
        customer_tickets.is_seen(customer.company_id),
    )
    return (await connection.execute(query.with_for_update())).one_or_none()


async def _is_said(connection: AsyncConnection, customer: Customer, number: str, text: str) -> bool:
    """Whether it is the last thing in the ticket, and by the same customer: the form came twice."""
    query = (
        select(notes_table.c.customer_id, notes_table.c.text)
        .where(notes_table.c.ticket_number == number)
        .order_by(notes_table.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return row is not None and (row.customer_id, row.text) == (customer.id, text)


async def _resume(connection: AsyncConnection, row: Row[tuple[object, ...]]) -> None:
    if row.status not in RESTING:
        return
    status = "in_progress" if row.primary_resource_id is not None else "new"
    values = {"status": status, "completed_at": None, "solved_on_call": False}
    is_this = tickets_table.c.number == row.number
    await connection.execute(update(tickets_table).where(is_this).values(values))


async def _check_contact(
    connection: AsyncConnection, customer: Customer, contact_id: int | None
) -> None:
    query = select(contacts.c.id).where(
        contacts.c.id == contact_id, contacts.c.company_id == customer.company_id
    )
    if contact_id is not None and (await connection.execute(query)).first() is None:
        raise TicketError("contact", "that contact is not of this company: choose one who is")


async def _account_owner(connection: AsyncConnection, company_id: int) -> str | None:
    query = select(companies.c.account_owner).where(companies.c.id == company_id)
    found: str | None = (await connection.execute(query)).scalar()
    return found
