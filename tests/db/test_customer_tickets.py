"""What customers see of the tickets and write into them: their own company's, and no other's."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update

from callcenter.db import agents, customer_tickets, customer_writing, customers, taking, tickets
from callcenter.db.customer_tickets import SeenPage, SeenTicket, Wanted
from callcenter.db.customer_writing import Asked
from callcenter.db.customers import Customer, CustomerOutError
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts, contracts, journal
from callcenter.db.schema import tickets as tickets_table
from callcenter.db.taking import TakenError
from callcenter.db.tickets import NewTicket, TicketError, TicketFilter, TicketGoneError
from webhooks import Ticket

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # past midnight where the line is
URL = "http://callcenter.test"

ASKED = Asked(
    form_key="k" * 43,
    title="The oven does not heat",
    description="Since this morning.",
    contact_id=1,
    telephone="+33639981122",
)


@dataclass
class House:
    """Two companies, each with a customer of the same id, and an agent."""

    database: Database
    ours: Customer
    theirs: Customer
    agent_id: int

    async def open(self, customer: Customer | None = None, **different: Any) -> str:
        async with self.database.transaction() as connection:
            return await customer_writing.open_ticket(
                connection,
                customer or self.ours,
                replace(ASKED, **different),
                queue="support",
                timezone=ZoneInfo("Europe/Paris"),
                now=NOW,
                base_url=URL,
            )

    async def write(self, number: str, text: str, customer: Customer | None = None) -> str:
        async with self.database.transaction() as connection:
            return await customer_writing.add_note(
                connection, customer or self.ours, number, text, now=NOW, base_url=URL
            )

    async def answer(self, number: str, text: str, *, is_public: bool) -> None:
        async with self.database.transaction() as connection:
            await tickets.add_note(
                connection,
                number,
                agent_id=self.agent_id,
                text=text,
                is_public=is_public,
                now=NOW,
                base_url=URL,
            )

    async def call(self, number: str, company_id: int = 1, **different: Any) -> str:
        """The ticket of a call."""
        fields: dict[str, Any] = {
            "call_key": number,
            "title": "support: +33639981199",
            "company_id": company_id,
            "contact_id": None,
            "contract_id": None,
            "queue": "support",
            "primary_resource_id": self.agent_id,
            "account_owner": None,
            "source": "phone",
            "title_is_made": True,
        }
        async with self.database.transaction() as connection:
            new = NewTicket(**(fields | different))
            await tickets.add(connection, number, new, now=NOW, base_url=URL)
        return number

    async def set(self, number: str, **values: object) -> None:
        async with self.database.transaction() as connection:
            is_it = tickets_table.c.number == number
            await connection.execute(update(tickets_table).where(is_it).values(values))

    async def seen(self, number: str, customer: Customer | None = None) -> SeenTicket | None:
        whose = (customer or self.ours).company_id
        async with self.database.reading() as connection:
            return await customer_tickets.get(connection, whose, number)

    async def texts(self, number: str, customer: Customer | None = None) -> list[str]:
        seen = await self.seen(number, customer)
        assert seen is not None
        return [note.text for note in seen.notes]

    async def page(self, customer: Customer | None = None, **asked: Any) -> SeenPage:
        wanted = {"after": None, "limit": 50, "wanted": Wanted()} | asked
        async with self.database.reading() as connection:
            return await customer_tickets.page(
                connection, (customer or self.ours).company_id, **wanted
            )

    async def numbers(self, customer: Customer | None = None, **asked: Any) -> list[str]:
        return [one.number for one in (await self.page(customer, **asked)).tickets]

    async def ticket(self, number: str) -> Ticket:
        async with self.database.reading() as connection:
            found = await tickets.get(connection, number, base_url=URL)
        assert found is not None
        return found


@pytest.fixture
async def house(database: Database) -> House:
    async with database.transaction() as connection:
        found = []
        for id_, name in ((1, "Acme"), (2, "Other")):
            firm = {"id": id_, "name": name, "account_owner": f"Owner of {name}"}
            await connection.execute(insert(companies).values(firm))
            person = {"id": id_, "company_id": id_, "name": f"Somebody of {name}"}
            await connection.execute(insert(contacts).values(person))
            await connection.execute(insert(contracts).values(company_id=id_, name=f"{name} Gold"))
            found.append(
                await customers.add(
                    connection,
                    login=name,
                    name=f"Customer of {name}",
                    company_id=id_,
                    contact_id=id_,
                    password_hash="hash",
                    now=NOW,
                )
            )
        agent = await agents.add(
            connection,
            login="zoe",
            name="Zoé Martin",
            role="agent",
            interfaces=(),
            password_hash="hash",
            now=NOW,
        )
    return House(database, *found, agent_id=agent.id)


async def test_a_ticket_is_opened_with_what_the_directory_tells(house: House) -> None:
    number = await house.open()
    assert number == "T20261124.0001"
    made = await house.ticket(number)
    assert (made.source, made.queue, made.status) == ("portal", "support", "new")
    assert (made.company, made.contact) == ("Acme", "Somebody of Acme")
    assert (made.contract, made.account_owner) == ("Acme Gold", "Owner of Acme")
    assert (made.primary_resource, made.telephone) == (None, "+33639981122")
    (note,) = made.notes
    assert (note.customer, note.agent, note.public) == ("Customer of Acme", None, True)
    async with house.database.reading() as connection:
        rows = (await connection.execute(select(journal))).all()
    assert [row.type for row in rows] == ["ticket.created"]
    assert "Since this morning." in rows[0].data


async def test_a_form_that_is_sent_twice_makes_one_ticket(house: House) -> None:
    """Race: both are on their way before the first one is there."""
    numbers = await asyncio.gather(*(house.open() for _ in range(4)))
    assert len(set(numbers)) == 1
    assert await house.numbers() == numbers[:1]


async def test_the_same_key_of_another_customer_is_another_form(house: House) -> None:
    first, second = await house.open(), await house.open(house.theirs, contact_id=2)
    assert first != second
    assert await house.numbers(house.theirs) == [second]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"description": "\0 "}, "note"),
        ({"contact_id": 2}, "contact"),
    ],
)
async def test_what_cannot_be_opened_is_said(
    house: House, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(TicketError) as told:
        await house.open(**wrong)
    assert told.value.field == field
    assert await house.numbers() == []


async def test_nothing_of_another_company_is_seen(house: House) -> None:
    number = await house.open()
    call = await house.call("T20261123.0001")
    for each in (number, call):
        assert await house.seen(each, house.theirs) is None
        async with house.database.reading() as connection:
            assert await customer_tickets.read_at(connection, 2, each) is None
        with pytest.raises(TicketGoneError):
            await house.write(each, "Hello", house.theirs)
    assert await house.numbers(house.theirs) == []
    assert await house.numbers() == [number, call]


async def test_only_what_is_for_customers_is_read(house: House) -> None:
    number = await house.open()
    await house.answer(number, "They never pay.", is_public=False)
    await house.answer(number, "We come at noon.", is_public=True)
    await house.write(number, "Thank you.")
    seen = await house.seen(number)
    assert seen is not None
    assert [(note.author, note.is_ours, note.text) for note in seen.notes] == [
        ("Customer of Acme", True, "Since this morning."),
        ("Zoé Martin", False, "We come at noon."),
        ("Customer of Acme", True, "Thank you."),
    ]


async def test_what_was_said_to_another_company_stays_theirs(house: House) -> None:
    """A call's ticket goes from one company to the other, and back."""
    number = await house.call("T20261123.0001", title="Oven", title_is_made=False, contact_id=1)
    await house.answer(number, "To Acme", is_public=True)
    await house.write(number, "From Acme")
    await house.set(number, company_id=2)
    assert await house.texts(number, house.theirs) == []
    given = await house.seen(number, house.theirs)
    assert given is not None
    assert given.contact is None
    assert await house.seen(number) is None
    await house.answer(number, "To Other", is_public=True)
    assert await house.texts(number, house.theirs) == ["To Other"]
    await house.set(number, company_id=1)
    assert await house.texts(number) == ["To Acme", "From Acme"]


async def test_a_ticket_of_the_portal_is_not_shown_to_whom_it_is_given(house: House) -> None:
    """Its very title is their words."""
    number = await house.open()
    await house.set(number, company_id=2)
    assert await house.numbers(house.theirs) == []
    assert await house.seen(number, house.theirs) is None


async def test_a_title_that_the_service_made_is_neither_seen_nor_found(house: House) -> None:
    number = await house.call("T20261123.0001")
    seen = await house.seen(number)
    assert seen is not None
    assert (seen.title, seen.is_call) == (None, True)
    assert await house.numbers(wanted=Wanted(text="9981199")) == []
    assert await house.numbers(wanted=Wanted(text="t20261123")) == [number]


async def test_a_merged_ticket_is_read_in_its_survivor_if_that_is_theirs(house: House) -> None:
    first, second = await house.call("T20261123.0001"), await house.call("T20261123.0002")
    await house.set(first, merged_into=second, status="complete", resolution="Merged")
    assert await house.numbers() == [second]
    assert await house.write(first, "More") == second
    async with house.database.reading() as connection:
        assert await customer_tickets.read_at(connection, 1, first) == second
        assert await customer_tickets.read_at(connection, 2, first) is None
    await house.set(second, company_id=2)
    async with house.database.reading() as connection:
        assert await customer_tickets.read_at(connection, 1, first) is None
        assert await customer_tickets.read_at(connection, 2, first) is None
    with pytest.raises(TicketGoneError):
        await house.write(first, "More")


@pytest.mark.parametrize(
    ("before", "is_taken", "after"),
    [
        ("new", False, "new"),
        ("in_progress", True, "in_progress"),
        ("waiting", True, "in_progress"),
        ("waiting", False, "new"),
        ("complete", True, "in_progress"),
    ],
)
async def test_what_a_customer_writes_makes_a_resting_ticket_work_again(
    house: House, before: str, is_taken: bool, after: str
) -> None:
    number = await house.open()
    taker = house.agent_id if is_taken else None
    await house.set(
        number, status=before, primary_resource_id=taker, resolution="Done", completed_at=NOW
    )
    await house.write(number, "It is still cold.")
    changed = await house.ticket(number)
    assert changed.status == after
    assert (changed.completed_at is None) == (before in customer_writing.RESTING)


async def test_a_note_that_is_sent_twice_is_written_once(house: House) -> None:
    number = await house.open()
    await asyncio.gather(*(house.write(number, "Any news?") for _ in range(3)))
    assert await house.texts(number) == ["Since this morning.", "Any news?"]
    await house.answer(number, "Not yet.", is_public=False)
    await house.write(number, "Any news?")
    await house.set(number, status="complete", resolution="Done")
    await house.write(number, "Any news?")
    assert await house.texts(number) == ["Since this morning.", *["Any news?"] * 3]
    assert (await house.ticket(number)).status == "new"


@pytest.mark.parametrize("what", ["switch", "password"])
async def test_who_is_signed_out_meanwhile_writes_nothing(house: House, what: str) -> None:
    number = await house.open()
    async with house.database.transaction() as connection:
        if what == "switch":
            await customers.set_active(connection, house.ours.id, active=False, now=NOW)
        else:
            await customers.set_password(connection, house.ours.id, "other", now=NOW)
    with pytest.raises(CustomerOutError):
        await house.open(form_key="x" * 43)
    with pytest.raises(CustomerOutError):
        await house.write(number, "Late")


async def test_pages_have_open_ones_first_and_each_once(house: House) -> None:
    expected = []
    for n in range(7):
        number = await house.call(f"T20261123.000{n}")
        is_complete = n % 3 == 0
        status = {"status": "complete", "resolution": "Done"} if is_complete else {}
        await house.set(number, created_at=NOW + timedelta(minutes=n // 2), **status)
        expected.append((is_complete, -(n // 2), -n, number))
    found, after = [], None
    for _ in range(4):
        page = await house.page(after=after, limit=2)
        found += [one.number for one in page.tickets]
        after = page.next
    assert after is None
    assert found == [number for *_, number in sorted(expected)]


async def test_tickets_are_found_by_title_number_and_state(house: House) -> None:
    oven, till = await house.open(), await house.open(form_key="x" * 43, title="50 % of the till")
    assert await house.numbers(wanted=Wanted(text="OVEN")) == [oven]
    assert await house.numbers(wanted=Wanted(text="0 %")) == [till]
    assert await house.numbers(wanted=Wanted(text="_")) == []
    assert await house.numbers(wanted=Wanted(text=till[-4:])) == [till]
    await house.set(oven, status="waiting")
    assert await house.numbers(wanted=Wanted(status="waiting")) == [oven]
    assert await house.numbers(wanted=Wanted(status="new", text="oven")) == []


async def test_a_ticket_is_taken_by_one_agent(house: House) -> None:
    number = await house.open()

    async def take(agent_id: int) -> None:
        async with house.database.transaction() as connection:
            await taking.take(connection, number, agent_id=agent_id, now=NOW, base_url=URL)

    async def untaken() -> tuple[int, int]:
        wanted = TicketFilter(source="portal", is_untaken=True, is_merged=False)
        async with house.database.reading() as connection:
            page = await tickets.page(connection, wanted, after=None, limit=9, base_url=URL)
            return await taking.count_untaken(connection, "portal"), len(page.tickets)

    assert await untaken() == (1, 1)
    for _ in range(2):  # sent twice, done once
        await take(house.agent_id)
    taken = await house.ticket(number)
    assert (taken.primary_resource, taken.status) == ("zoe", "in_progress")
    assert await untaken() == (0, 0)
    with pytest.raises(TakenError):
        await take(99)
    with pytest.raises(TicketGoneError):
        number = "T20261123.9999"
        await take(house.agent_id)
    async with house.database.reading() as connection:
        count = await connection.scalar(select(func.count()).select_from(journal))
    assert count == 2
