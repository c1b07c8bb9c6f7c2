"""What customers see of the tickets: those of their company, and what was written for them to read.

A ticket is a company's while it is written in the ticket. One that was opened in the portal is so
only for the company whose customer opened it: title and all are their words. A note is a company's
whose ticket it was when the note was written. Titles that the service made hold callers' numbers,
and summaries are the agents' own: nobody is shown either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agents, contacts, customers, ticket_notes, tickets
from webhooks.ticket import TicketStatus


@dataclass(frozen=True, slots=True)
class SeenNote:
    """``is_ours``: of the company's own people. ``author`` is a name; None: of nobody any more."""

    at: datetime
    author: str | None
    is_ours: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTicket:
    """``title`` None: nobody said yet what it is about. Notes are given with a single ticket."""

    number: str
    title: str | None
    status: TicketStatus
    contact: str | None
    is_call: bool
    created_at: datetime
    completed_at: datetime | None
    notes: Sequence[SeenNote] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which tickets; None does not narrow. ``text`` is looked for in numbers and titles."""

    status: TicketStatus | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last ticket of a page: the next page begins behind it."""

    is_complete: bool
    created_at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class SeenPage:
    """Open ones first, then the newest. ``next`` is None on the last page."""

    tickets: Sequence[SeenTicket]
    next: Cursor | None


async def page(
    connection: AsyncConnection,
    company_id: int,
    wanted: Wanted,
    *,
    after: Cursor | None,
    limit: int,
) -> SeenPage:
    """A page of at most ``limit`` tickets of the company; those that went into others are not."""
    query = _narrow(_TICKETS.where(is_seen(company_id), tickets.c.merged_into.is_(None)), wanted)
    if after is not None:
        query = query.where(_is_behind(after))
    newest = (_complete, tickets.c.created_at.desc(), tickets.c.number.desc())
    rows = (await connection.execute(query.order_by(*newest).limit(limit + 1))).all()
    shown = [_ticket(row) for row in rows[:limit]]
    return SeenPage(shown, _cursor(shown[-1]) if len(rows) > limit else None)


async def get(connection: AsyncConnection, company_id: int, number: str) -> SeenTicket | None:
    """The ticket of the company with this number, and what it may read in it."""
    query = _TICKETS.where(tickets.c.number == number, is_seen(company_id))
    row = (await connection.execute(query)).one_or_none()
    return _ticket(row, await _notes(connection, company_id, number)) if row else None


async def read_at(connection: AsyncConnection, company_id: int, number: str) -> str | None:
    """The number under which a ticket of the company is read: its own, or its survivor's.

    None where there is no such ticket of theirs, or the survivor is another company's.
    """
    seen = select(tickets.c.number, tickets.c.merged_into).where(is_seen(company_id))
    row = (await connection.execute(seen.where(tickets.c.number == number))).one_or_none()
    if row is None or row.merged_into is None:
        return row.number if row else None
    survivor = (await connection.execute(seen.where(tickets.c.number == row.merged_into))).first()
    return survivor.number if survivor else None


def is_seen(company_id: int) -> ColumnElement[bool]:
    """Whether a ticket is this company's to see."""
    opened_it = exists().where(
        ticket_notes.c.ticket_number == tickets.c.number,
        ticket_notes.c.company_id == company_id,
        ticket_notes.c.customer_id.is_not(None),
    )
    return and_(tickets.c.company_id == company_id, or_(tickets.c.source != "portal", opened_it))


_complete = case((tickets.c.status == "complete", 1), else_=0)

_Query: TypeAlias = Select[Any]

_TICKETS: _Query = select(tickets, contacts.c.name.label("contact")).outerjoin(
    contacts,
    # A ticket that was given to another company may still name somebody of the first.
    and_(contacts.c.id == tickets.c.contact_id, contacts.c.company_id == tickets.c.company_id),
)


def _narrow(query: _Query, wanted: Wanted) -> _Query:
    if wanted.status is not None:
        query = query.where(tickets.c.status == wanted.status)
    if wanted.text is not None:
        is_titled = and_(
            tickets.c.title_is_made.is_(False),
            tickets.c.title.icontains(wanted.text, autoescape=True),
        )
        is_numbered = tickets.c.number.icontains(wanted.text, autoescape=True)
        query = query.where(or_(is_titled, is_numbered))
    return query


def _is_behind(cursor: Cursor) -> ColumnElement[bool]:
    is_complete = int(cursor.is_complete)
    is_older = tuple_(tickets.c.created_at, tickets.c.number) < (cursor.created_at, cursor.number)
    return or_(_complete > is_complete, and_(_complete == is_complete, is_older))


def _cursor(last: SeenTicket) -> Cursor:
    return Cursor(last.status == "complete", last.created_at, last.number)


def _ticket(row: Row[Any], notes: Sequence[SeenNote] = ()) -> SeenTicket:
    return SeenTicket(
        number=row.number,
        title=None if row.title_is_made else row.title,
        status=row.status,
        contact=row.contact,
        is_call=row.call_key is not None,
        created_at=row.created_at,
        completed_at=row.completed_at,
        notes=notes,
    )


async def _notes(connection: AsyncConnection, company_id: int, number: str) -> list[SeenNote]:
    query = (
        select(ticket_notes, agents.c.name.label("agent"), customers.c.name.label("customer"))
        .outerjoin(agents, agents.c.id == ticket_notes.c.agent_id)
        .outerjoin(customers, customers.c.id == ticket_notes.c.customer_id)
        .where(
            ticket_notes.c.ticket_number == number,
            ticket_notes.c.company_id == company_id,
            ticket_notes.c.is_public,
        )
        .order_by(ticket_notes.c.id)
    )
    return [
        SeenNote(row.at, row.customer or row.agent, row.customer_id is not None, row.text)
        for row in await connection.execute(query)
    ]
