"""The built-in desk's tickets.

Agents change a ticket here and nowhere else; each change is journalled in its own transaction,
and what the agent says about a call's ticket qualifies the call's obligation, once it says enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, false, func, insert, select, tuple_
from sqlalchemy import update as update_rows
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import calls, journal, qualifying, ticket_notes
from callcenter.db.agents import Agent
from callcenter.db.categories import NOTHING, Chosen
from callcenter.db.schema import (
    TICKET_IS_UNTAKEN,
    agents,
    categories,
    companies,
    contacts,
    contracts,
    ticket_days,
    tickets,
)
from callcenter.errors import CallcenterError
from webhooks import EventType, Ticket
from webhooks.ticket import Priority, TicketStatus

TITLE_MAX = 255
TEXT_MAX = 8_000
"""Longest note or summary. Every desk that we know takes at least as much."""


class TicketError(CallcenterError):
    """The ticket cannot be changed like this; ``field`` is what to mend."""

    code = "ticket"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SummaryMissingError(TicketError):
    """A ticket is complete only with a summary note."""

    code = "summary_missing"


class NotSaidError(TicketError):
    """What the call was about has to be said first; ``field`` is where."""

    code = "not_said"


class TicketGoneError(TicketError):
    """There is no ticket with this number."""

    code = "ticket_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets; None does not narrow. ``agent_id`` is the primary resource.

    ``is_merged`` False leaves out those that went into another. ``is_untaken``: open ones that
    nobody has.
    """

    status: str | None = None
    agent_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_merged: bool | None = None
    source: str | None = None
    is_untaken: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last ticket of a page: the next page begins behind it."""

    created_at: datetime
    number: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """Newest first. ``next`` is None on the last page."""

    tickets: list[Ticket]
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket to be written; ``call_key``, or ``form_key``, makes writing it twice harmless.

    ``title_is_made``: nobody chose the title. At ``telephone``, in E.164, its customer wants to be
    called back.
    """

    call_key: str | None
    title: str
    company_id: int | None
    contact_id: int | None
    contract_id: int | None
    queue: str
    primary_resource_id: int | None
    account_owner: str | None
    source: str
    priority: str = "medium"
    title_is_made: bool = False
    form_key: str | None = None
    telephone: str | None = None


async def next_position(connection: AsyncConnection, day: str) -> int:
    """The next number of that day, given to nobody else: the row stays locked until the end."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(ticket_days)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": ticket_days.c.last + 1})
        .returning(ticket_days.c.last)
    )
    return int((await connection.execute(statement)).scalar_one())


async def add(
    connection: AsyncConnection, number: str, new: NewTicket, *, now: datetime, base_url: str
) -> None:
    """Write a new ticket under its number, and journal it."""
    await write(connection, number, new, now=now)
    await told(connection, EventType.TICKET_CREATED, number, now, base_url)


async def write(connection: AsyncConnection, number: str, new: NewTicket, *, now: datetime) -> None:
    """Write a new ticket that is journalled once all of it is there: see ``told``."""
    values = {
        "number": number,
        "call_key": new.call_key,
        "title": new.title[:TITLE_MAX],
        "title_is_made": new.title_is_made,
        "company_id": new.company_id,
        "contact_id": new.contact_id,
        "contract_id": new.contract_id,
        "queue": new.queue,
        "primary_resource_id": new.primary_resource_id,
        "account_owner": new.account_owner,
        "source": new.source,
        "status": "new",
        "priority": new.priority,
        "created_at": now,
        "form_key": new.form_key,
        "telephone": new.telephone,
    }
    await connection.execute(insert(tickets).values(values))


async def page(
    connection: AsyncConnection,
    wanted: TicketFilter,
    *,
    after: Cursor | None,
    limit: int,
    base_url: str,
) -> TicketPage:
    """A page of at most ``limit`` tickets, without their notes' texts being cut."""
    query = _narrow(_TICKETS, wanted).order_by(tickets.c.created_at.desc(), tickets.c.number.desc())
    if after is not None:
        key = tuple_(tickets.c.created_at, tickets.c.number)
        query = query.where(key < (after.created_at, after.number))
    rows = (await connection.execute(query.limit(limit + 1))).all()
    shown = rows[:limit]
    more = Cursor(shown[-1].created_at, shown[-1].number) if len(rows) > limit else None
    return TicketPage(await _shapes(connection, shown, base_url), more)


async def get(connection: AsyncConnection, number: str, *, base_url: str) -> Ticket | None:
    """The ticket with this number."""
    rows = (await connection.execute(_TICKETS.where(tickets.c.number == number))).all()
    found = await _shapes(connection, rows, base_url)
    return found[0] if found else None


async def category_of(connection: AsyncConnection, number: str) -> int | None:
    """The sub-category of the ticket, or else its category."""
    lowest = func.coalesce(tickets.c.subcategory_id, tickets.c.category_id)
    query = select(lowest).where(tickets.c.number == number)
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def survivor_of(connection: AsyncConnection, number: str) -> str:
    """The number of the ticket that this one was merged into, or its own."""
    query = select(tickets.c.merged_into).where(tickets.c.number == number)
    found: str | None = (await connection.execute(query)).scalar()
    return found or number


async def contact_of(connection: AsyncConnection, number: str) -> int | None:
    """The id of the contact whose ticket it is."""
    query = select(tickets.c.contact_id).where(tickets.c.number == number)
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def update(
    connection: AsyncConnection,
    number: str,
    *,
    title: str,
    status: TicketStatus,
    priority: Priority,
    now: datetime,
    base_url: str,
    category: Chosen = NOTHING,
    keeps_title: bool = False,
    by: Agent | None = None,
) -> None:
    """Say what the ticket is about. Raises TicketError; ``complete`` is the way to complete one.

    ``keeps_title``: the title that the service wrote is the right one. ``by`` None is the service.
    """
    title = checked_title(title)
    if status == "complete":
        raise SummaryMissingError("summary", "to complete a ticket, write the summary note")
    is_still_made = tickets.c.title_is_made & (tickets.c.title == title)
    await _set(
        connection,
        number,
        {
            "title": title,
            "title_is_made": false() if keeps_title else is_still_made,
            "status": status,
            "priority": priority,
            "category_id": category.category_id,
            "subcategory_id": category.subcategory_id,
            "completed_at": None,
            "solved_on_call": False,
        },
    )
    await qualifying.qualify(connection, number, by=by, now=now, url=ticket_url(base_url, number))
    await told(connection, EventType.TICKET_UPDATED, number, now, base_url)


async def add_note(
    connection: AsyncConnection,
    number: str,
    *,
    agent_id: int | None,
    text: str,
    now: datetime,
    base_url: str,
    is_public: bool = False,
) -> None:
    """Write into the ticket; ``is_public``: for its customer to read. Raises TicketError."""
    text = checked_note(text)
    await _set(connection, number, {"number": number})
    await ticket_notes.write(
        connection, number, agent_id=agent_id, text=text, is_public=is_public, now=now
    )
    await told(connection, EventType.TICKET_UPDATED, number, now, base_url)


async def complete(
    connection: AsyncConnection,
    number: str,
    *,
    summary: str,
    now: datetime,
    base_url: str,
    by: Agent | None = None,
) -> None:
    """Complete the ticket with its summary note. Raises SummaryMissingError, TicketError.

    Who owes what the ticket's call was about says that first: NotSaidError.
    """
    summary = storable(summary)
    if not summary:
        raise SummaryMissingError("summary", "to complete a ticket, write the summary note")
    check_text("summary", summary)
    values = {"status": "complete", "resolution": summary, "completed_at": now}
    await _set(connection, number, values)
    debt = await qualifying.owed(connection, number)
    if by and debt and debt.is_for(by) and (lacks := await qualifying.lacks(connection, number)):
        raise NotSaidError(lacks[0], "say first what the call was about")
    await qualifying.qualify(connection, number, by=by, now=now, url=ticket_url(base_url, number))
    await told(connection, EventType.TICKET_COMPLETED, number, now, base_url)


async def open_again(
    connection: AsyncConnection, number: str, *, now: datetime, base_url: str
) -> None:
    """Take back that it is complete, with its summary: nobody said what the call was about."""
    values = {"status": "in_progress", "resolution": None, "completed_at": None}
    await _set(connection, number, {**values, "solved_on_call": False})
    await told(connection, EventType.TICKET_UPDATED, number, now, base_url)


def storable(text: str) -> str:
    """Without blanks around it, and without NUL, which PostgreSQL takes in no text."""
    return text.replace("\0", "").strip()


def checked_note(text: str) -> str:
    """A note's text as it is kept. Raises TicketError."""
    text = storable(text)
    if not text:
        raise TicketError("note", "a note needs a text")
    check_text("note", text)
    return text


def check_text(field: str, text: str) -> None:
    """Raise TicketError for a text that is longer than any desk takes."""
    if len(text) > TEXT_MAX:
        raise TicketError(field, f"at most {TEXT_MAX} characters; this has {len(text)}")


def checked_title(title: str) -> str:
    """The title as it is kept. Raises TicketError."""
    title = storable(title)
    if not title:
        raise TicketError("title", "a ticket needs a title")
    if len(title) > TITLE_MAX:
        raise TicketError("title", f"a title has at most {TITLE_MAX} characters")
    return title


async def _set(connection: AsyncConnection, number: str, values: dict[str, object]) -> None:
    # One that was merged is changed no more: what is written goes where it can be found.
    is_this = (tickets.c.number == number) & tickets.c.merged_into.is_(None)
    statement = update_rows(tickets).where(is_this).values(values)
    if (await connection.execute(statement)).rowcount == 0:
        raise TicketGoneError("number", f"there is no ticket {number}")


async def told(
    connection: AsyncConnection, kind: EventType, number: str, now: datetime, base_url: str
) -> None:
    """Journal the ticket as it is now, and its call, whose ticket it shows. The last thing that a
    transaction does."""
    ticket = await get(connection, number, base_url=base_url)
    if ticket is None:
        raise TicketGoneError("number", f"there is no ticket {number}")
    entries = [journal.NewEntry(now, kind, ticket.queue, ticket.call, ticket.model_dump_json())]
    is_new = kind is EventType.TICKET_CREATED  # the call has it once the job confirms it
    call = await calls.get(connection, ticket.call) if ticket.call and not is_new else None
    if call is not None:
        body = call.model_dump_json()
        entries.append(journal.NewEntry(now, EventType.CALL_UPDATED, call.line, call.id, body))
    await journal.append(connection, entries)


_below = categories.alias()

_TICKETS = (
    select(
        tickets,
        companies.c.name.label("company"),
        contacts.c.name.label("contact"),
        contracts.c.name.label("contract"),
        agents.c.login.label("primary_resource"),
        categories.c.name.label("category"),
        _below.c.name.label("subcategory"),
    )
    .outerjoin(companies, companies.c.id == tickets.c.company_id)
    .outerjoin(contacts, contacts.c.id == tickets.c.contact_id)
    .outerjoin(contracts, contracts.c.id == tickets.c.contract_id)
    .outerjoin(agents, agents.c.id == tickets.c.primary_resource_id)
    .outerjoin(categories, categories.c.id == tickets.c.category_id)
    .outerjoin(_below, _below.c.id == tickets.c.subcategory_id)
)


def _narrow(query: Select[Any], wanted: TicketFilter) -> Select[Any]:
    if wanted.status is not None:
        query = query.where(tickets.c.status == wanted.status)
    if wanted.agent_id is not None:
        query = query.where(tickets.c.primary_resource_id == wanted.agent_id)
    if wanted.since is not None:
        query = query.where(tickets.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(tickets.c.created_at < wanted.until)
    if wanted.is_merged is False:
        query = query.where(tickets.c.merged_into.is_(None))
    if wanted.source is not None:
        query = query.where(tickets.c.source == wanted.source)
    if wanted.is_untaken:
        query = query.where(TICKET_IS_UNTAKEN)
    return query


async def _shapes(
    connection: AsyncConnection, rows: Sequence[Row[Any]], base_url: str
) -> list[Ticket]:
    notes = await ticket_notes.of_tickets(connection, [row.number for row in rows]) if rows else {}
    return [
        Ticket(
            number=row.number,
            url=ticket_url(base_url, row.number),
            title=row.title,
            call=row.call_key,
            company=row.company,
            contact=row.contact,
            contract=row.contract,
            queue=row.queue,
            primary_resource=row.primary_resource,
            account_owner=row.account_owner,
            source=row.source,
            status=row.status,
            priority=row.priority,
            category=row.category,
            subcategory=row.subcategory,
            solved_on_call=row.solved_on_call,
            created_at=row.created_at,
            completed_at=row.completed_at,
            resolution=row.resolution,
            merged_into=row.merged_into,
            telephone=row.telephone,
            notes=notes.get(row.number, []),
        )
        for row in rows
    ]


def ticket_url(base_url: str, number: str) -> str:
    """Where people read a ticket of the built-in desk."""
    return f"{base_url}/tickets/{number}"
