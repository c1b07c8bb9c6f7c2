"""Whom a call concerns, and what became of its ticket, as figures are cut by it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, update

from callcenter.core.tally import NOBODY, Told
from callcenter.db import facts
from callcenter.db.engine import Database
from callcenter.db.schema import (
    call_contacts,
    companies,
    contacts,
    obligations,
    tickets,
    wrap_ups,
)
from tests.calls.database import add_agent
from tests.calls.history import History
from tests.core.calls_by_hand import FACTS, NINE

ANSWERED = next(fact for fact in FACTS if fact.has_ticket and fact.is_new_problem)


async def add(database: Database, table: Table, **row: Any) -> int:
    """A row, and its id."""
    async with database.transaction() as connection:
        query = insert(table).values(row).returning(table.c.id)
        return int((await connection.execute(query)).scalar_one())


@pytest.fixture
async def people(database: Database) -> list[int]:
    """Two contacts of a company."""
    firm = await add(database, companies, name="Garage Vidal")
    names = ("Ana Vidal", "Marc Vidal")
    return [await add(database, contacts, company_id=firm, name=name) for name in names]


@pytest.fixture
async def call(database: Database) -> str:
    """The id of an answered call whose agent said high and waiting."""
    agent = await add_agent(database, "zoe-answers")
    book = History()
    async with database.transaction() as connection:
        id_ = book.tell(ANSWERED, agent=agent)
        await book.write(connection)
        said = update(wrap_ups).where(wrap_ups.c.call_id == id_)
        await connection.execute(said.values(priority="high", status="waiting"))
    return id_


async def told(database: Database, call_id: str) -> Told:
    """The call as a fact."""
    async with database.reading() as connection:
        (found,) = await facts.of(connection, [call_id])
    return found


async def called_from_the_number_of(database: Database, call_id: str, ids: list[int]) -> None:
    """These contacts have the number."""
    async with database.transaction() as connection:
        rows = [{"call_id": call_id, "contact_id": id_} for id_ in ids]
        await connection.execute(insert(call_contacts), rows)


async def test_a_number_is_a_contact_s_where_it_is_nobody_else_s(
    database: Database, call: str, people: list[int]
) -> None:
    assert (await told(database, call)).contact == NOBODY
    await called_from_the_number_of(database, call, people[:1])
    assert (await told(database, call)).contact == str(people[0])
    await called_from_the_number_of(database, call, people[1:])
    assert (await told(database, call)).contact == NOBODY


async def test_of_another_desk_is_known_what_the_agent_said(database: Database, call: str) -> None:
    found = await told(database, call)
    assert (found.priority, found.status) == ("high", "waiting")
    assert found.technician == found.answered_by != NOBODY


async def test_a_ticket_knows_better(database: Database, call: str, people: list[int]) -> None:
    owner = await add_agent(database, "nadia-owns")
    async with database.transaction() as connection:
        row = {
            "number": "T20261123.0815",
            "call_key": call,
            "title": "Printer",
            "queue": "support",
            "contact_id": people[1],
            "primary_resource_id": owner,
            "source": "phone",
            "status": "in_progress",
            "priority": "critical",
            "created_at": NINE + timedelta(minutes=1),
        }
        await connection.execute(insert(tickets).values(row))
        owed = update(obligations).where(obligations.c.call_id == call)
        await connection.execute(owed.values(ticket_number=row["number"]))
    await called_from_the_number_of(database, call, people)
    found = await told(database, call)
    assert (found.priority, found.status) == ("critical", "in_progress")
    assert (found.technician, found.contact) == (str(owner), str(people[1]))
