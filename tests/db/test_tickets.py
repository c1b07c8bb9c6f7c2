"""The built-in desk's tickets: what agents may do to them, and what becomes of the call's debt."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db import obligations, tickets
from callcenter.db.engine import Database
from callcenter.db.schema import tickets as tickets_table
from callcenter.db.tickets import (
    TEXT_MAX,
    TITLE_MAX,
    Cursor,
    NewTicket,
    SummaryMissingError,
    TicketError,
    TicketFilter,
    TicketGoneError,
)
from tests.calls.database import add_agent, debts, entries
from tests.calls.facts import second, started, story
from webhooks import Ticket

URL = "http://callcenter.test"
NUMBER = "T20261123.0001"
MADE_AT = second(5)

Act = Callable[[AsyncConnection], Awaitable[None]]


def new(call_key: str | None = None, **other: Any) -> NewTicket:
    fields: dict[str, Any] = {
        "call_key": call_key,
        "title": "support: 0639981122",
        "company_id": None,
        "contact_id": None,
        "contract_id": None,
        "queue": "support",
        "primary_resource_id": None,
        "account_owner": None,
        "source": "phone" if call_key else "agent",
    }
    return NewTicket(**{**fields, **other})


async def add(
    database: Database, number: str = NUMBER, *, at: datetime = MADE_AT, **fields: Any
) -> None:
    async with database.transaction() as connection:
        await tickets.add(connection, number, new(**fields), now=at, base_url=URL)


async def answered_call(database: Database, *, is_confirmed: bool = True) -> str:
    """A call whose ticket is there; give its id."""
    recorder = Recorder(
        database=database,
        lines={"support": LineRecord("builtin", "FR")},
        committed=lambda _entries: None,
    )
    call = started()
    await recorder.record(story(call, None), {})
    await add(database, call_key=call.id)
    if is_confirmed:
        async with database.transaction() as connection:
            await obligations.ticketed(
                connection, call.id, number=NUMBER, url=f"{URL}/tickets/{NUMBER}", now=second(5)
            )
    return call.id


async def ticket(database: Database, number: str = NUMBER) -> Ticket:
    async with database.reading() as connection:
        found = await tickets.get(connection, number, base_url=URL)
    assert found is not None
    return found


async def do(database: Database, act: Act) -> None:
    async with database.transaction() as connection:
        await act(connection)


def changed(title: str = "Printer is offline", number: str = NUMBER, **fields: Any) -> Act:
    values: dict[str, Any] = {"status": "in_progress", "priority": "high", "now": second(60)}
    return lambda connection: tickets.update(
        connection, number, title=title, base_url=URL, **{**values, **fields}
    )


def noted(words: str, number: str = NUMBER, agent_id: int | None = None) -> Act:
    return lambda connection: tickets.add_note(
        connection, number, agent_id=agent_id, text=words, now=second(61), base_url=URL
    )


def completed(summary: str, number: str = NUMBER) -> Act:
    return lambda connection: tickets.complete(
        connection, number, summary=summary, now=second(62), base_url=URL
    )


async def told(database: Database) -> list[str]:
    return [entry.type.value for entry in await entries(database)]


async def test_a_change_is_kept_told_and_qualifies_the_call(database: Database) -> None:
    call_id = await answered_call(database)
    before = len(await entries(database))
    await do(database, changed("  Printer is offline "))
    found = await ticket(database)
    assert (found.title, found.status, found.priority) == (
        "Printer is offline",
        "in_progress",
        "high",
    )
    (debt,) = await debts(database)
    assert (debt.state, debt.qualified_at) == ("qualified", second(60))
    first, last = (await entries(database))[before:]
    assert (first.type.value, first.call_id) == ("ticket.updated", call_id)
    assert json.loads(first.data)["title"] == "Printer is offline"
    assert (last.type.value, last.call_id) == ("call.updated", call_id)
    assert json.loads(last.data)["ticket"]["state"] == "qualified"


async def test_to_complete_demands_a_summary_note(database: Database) -> None:
    await answered_call(database)
    before = await told(database)
    for summary in ("", " \n", "\0"):
        with pytest.raises(SummaryMissingError) as refused:
            await do(database, completed(summary))
        assert (refused.value.field, refused.value.code) == ("summary", "summary_missing")
    with pytest.raises(SummaryMissingError):
        await do(database, changed(status="complete"))
    assert (await ticket(database)).status == "new"
    assert (await debts(database))[0].state == "ticketed"
    assert await told(database) == before
    await do(database, completed(" Toner replaced. "))
    found = await ticket(database)
    assert (found.status, found.resolution, found.completed_at) == (
        "complete",
        "Toner replaced.",
        second(62),
    )
    assert (await debts(database))[0].state == "qualified"
    assert (await told(database))[-2:] == ["ticket.completed", "call.updated"]


async def test_the_table_too_refuses_to_complete_without_a_summary(database: Database) -> None:
    await add(database)
    with pytest.raises(IntegrityError):
        async with database.transaction() as connection:
            await connection.execute(tickets_table.update().values(status="complete"))


async def test_a_completed_ticket_can_be_opened_again(database: Database) -> None:
    await answered_call(database)
    await do(database, completed("Toner replaced."))
    await do(database, changed())
    found = await ticket(database)
    assert (found.status, found.completed_at) == ("in_progress", None)
    (debt,) = await debts(database)
    assert (debt.state, debt.qualified_at) == ("qualified", second(62))


async def test_notes_are_kept_in_order_with_their_author(database: Database) -> None:
    call_id = await answered_call(database)
    nadia = await add_agent(database, "nadia")
    await do(database, noted(" First,\nof two lines. ", agent_id=nadia))
    await do(database, noted("Second."))
    found = await ticket(database)
    assert [(note.agent, note.text) for note in found.notes] == [
        ("nadia", "First,\nof two lines."),
        (None, "Second."),
    ]
    assert found.notes[0].at == second(61)
    assert (await debts(database))[0].state == "ticketed"  # a note says nothing of the call
    assert [entry.type.value for entry in await entries(database) if entry.call_id == call_id][
        -2:
    ] == ["ticket.updated", "call.updated"]


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (changed(""), "title"),
        (changed(" \0 "), "title"),
        (changed("x" * (TITLE_MAX + 1)), "title"),
        (noted(" "), "note"),
        (noted("\0"), "note"),
        (noted("x" * (TEXT_MAX + 1)), "note"),
        (completed("x" * (TEXT_MAX + 1)), "summary"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    sqlite_database: Database, act: Act, field: str
) -> None:
    await add(sqlite_database)
    before = await told(sqlite_database)
    with pytest.raises(TicketError) as refused:
        await do(sqlite_database, act)
    assert refused.value.field == field
    assert await told(sqlite_database) == before


@pytest.mark.parametrize(
    "act", [changed(number="T0"), noted("Hello.", "T0"), completed("Done.", "T0")]
)
async def test_a_ticket_that_is_not_there_is_gone(database: Database, act: Act) -> None:
    with pytest.raises(TicketGoneError):
        await do(database, act)
    assert await entries(database) == []


async def test_text_that_postgresql_refuses_is_made_fit(database: Database) -> None:
    await add(database)
    await do(database, changed("Printer\0 is offline"))
    await do(database, noted("Paper\0 jam."))
    await do(database, completed("Toner\0 replaced. \N{THUMBS UP SIGN}"))
    found = await ticket(database)
    assert (found.title, found.notes[0].text) == ("Printer is offline", "Paper jam.")
    assert found.resolution == "Toner replaced. \N{THUMBS UP SIGN}"


async def test_the_longest_texts_are_kept_whole(database: Database) -> None:
    await add(database, title="é" * 1_000)
    assert (await ticket(database)).title == "é" * TITLE_MAX
    await do(database, noted("é" * TEXT_MAX))
    await do(database, completed("\N{THUMBS UP SIGN}" * TEXT_MAX))
    found = await ticket(database)
    assert (len(found.notes[0].text), len(found.resolution or "")) == (TEXT_MAX, TEXT_MAX)


async def test_a_ticket_by_hand_qualifies_no_call(database: Database) -> None:
    call_id = await answered_call(database)
    await add(database, "T20261123.0002")
    await do(database, completed("Done.", "T20261123.0002"))
    (debt,) = await debts(database)
    assert (debt.call_id, debt.state) == (call_id, "ticketed")
    assert (await told(database))[-1] == "ticket.completed"


async def test_what_the_agent_says_before_the_ticket_is_confirmed_is_kept(
    database: Database,
) -> None:
    call_id = await answered_call(database, is_confirmed=False)
    await do(database, changed())
    (debt,) = await debts(database)
    assert (debt.state, debt.ticket_number, debt.ticketed_at) == ("qualified", NUMBER, second(60))
    async with database.transaction() as connection:
        await obligations.ticketed(connection, call_id, number="T2", url="", now=second(70))
    (debt,) = await debts(database)
    assert (debt.state, debt.ticket_number) == ("qualified", NUMBER)


async def test_of_a_call_only_the_ticket_that_paid_for_it_qualifies(database: Database) -> None:
    call_id = await answered_call(database, is_confirmed=False)
    async with database.transaction() as connection:
        await obligations.ticketed(connection, call_id, number="A17", url="", now=second(5))
    await do(database, changed())
    assert (await debts(database))[0].state == "ticketed"


async def test_tickets_are_narrowed_by_all_that_is_asked(database: Database) -> None:
    nadia = await add_agent(database, "nadia")
    for place in range(1, 5):
        await add(
            database,
            f"T{place}",
            at=second(place),
            primary_resource_id=nadia if place % 2 else None,
        )
    await do(database, completed("Done.", "T1"))

    async def found(**wanted: Any) -> list[str]:
        async with database.reading() as connection:
            page = await tickets.page(
                connection, TicketFilter(**wanted), after=None, limit=10, base_url=URL
            )
        return [one.number for one in page.tickets]

    assert await found() == ["T4", "T3", "T2", "T1"]
    assert await found(status="new") == ["T4", "T3", "T2"]
    assert await found(agent_id=nadia) == ["T3", "T1"]
    assert await found(agent_id=nadia, status="complete") == ["T1"]
    assert await found(since=second(2), until=second(4)) == ["T3", "T2"]


async def test_pages_are_stable_while_tickets_come(database: Database) -> None:
    for place in range(20):
        await add(database, f"T{place:04}", at=second(place // 3))
    seen: list[str] = []
    cursor: Cursor | None = None
    for turn in range(100):
        async with database.reading() as connection:
            page = await tickets.page(
                connection, TicketFilter(), after=cursor, limit=6, base_url=URL
            )
        seen += [one.number for one in page.tickets]
        cursor = page.next
        if cursor is None:
            break
        await add(database, f"T{100 + turn:04}", at=second(100 + turn))
        await do(database, noted("Still here.", f"T{turn:04}"))
    assert seen == [f"T{place:04}" for place in reversed(range(20))]


async def test_a_company_that_is_removed_leaves_its_tickets(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO companies (id, name) VALUES (7, 'Ardoise')"))
    await add(database, company_id=7)
    assert (await ticket(database)).company == "Ardoise"
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM companies"))
        assert await connection.scalar(select(tickets_table.c.company_id)) is None
    assert (await ticket(database)).company is None
