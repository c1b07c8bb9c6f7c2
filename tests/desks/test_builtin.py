"""The built-in desk: numbers by the day of the line, each given once, one ticket a call."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from callcenter.db import tickets
from callcenter.db.engine import Database
from callcenter.db.schema import tickets as tickets_table
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Draft
from tests.calls.database import add_agent, debts, entries
from tests.calls.facts import second, started
from tests.desks.conftest import Office

URL = "http://callcenter.test"
PARIS = ZoneInfo("Europe/Paris")

DRAFT = Draft(
    key="",
    line="support",
    title="support: 0639981122",
    answered_at=second(4),
    company_id=None,
    contact_id=None,
    contract_id=None,
    agent_id=None,
    account_owner=None,
)


def desk_on(database: Database, **zones: tzinfo) -> BuiltinDesk:
    return BuiltinDesk(
        name="builtin",
        database=database,
        base_url=URL,
        zones=zones or {"support": PARIS},
        now=lambda: second(5),
    )


def draft(key: object, at: datetime = DRAFT.answered_at, line: str = "support") -> Draft:
    return replace(DRAFT, key=str(key), answered_at=at, line=line)


async def numbers(database: Database) -> list[str]:
    async with database.reading() as connection:
        query = select(tickets_table.c.number).order_by(tickets_table.c.number)
        return list((await connection.execute(query)).scalars())


async def test_a_ticket_is_what_the_draft_says(database: Database) -> None:
    nadia = await add_agent(database, "nadia")
    desk = desk_on(database)
    ref = await desk.create(replace(draft("one"), agent_id=nadia, account_owner="karim"))
    assert (ref.number, ref.url) == ("T20261123.0001", f"{URL}/tickets/T20261123.0001")
    assert await desk.find("one") == ref
    assert await desk.find("two") is None
    async with database.reading() as connection:
        ticket = await tickets.get(connection, ref.number, base_url=URL)
    assert ticket is not None
    assert (ticket.call, ticket.queue, ticket.source) == ("one", "support", "phone")
    assert (ticket.status, ticket.priority) == ("new", "medium")
    assert (ticket.primary_resource, ticket.account_owner) == ("nadia", "karim")
    assert ticket.created_at == second(5)
    (entry,) = await entries(database)
    assert (entry.type.value, entry.line, entry.call_id) == ("ticket.created", "support", "one")


async def test_the_same_key_gives_the_same_ticket(database: Database) -> None:
    desk = desk_on(database)
    refs = [await desk.create(draft("one")) for _ in range(3)]
    assert len(set(refs)) == 1
    assert len(await entries(database)) == 1
    assert (await desk.create(draft("two"))).number == "T20261123.0002"


@pytest.mark.parametrize(
    ("at", "number"),
    [
        # 23:59:59.999999 and 00:00 in Paris, in winter, in summer, and around both changes.
        (datetime(2026, 11, 23, 22, 59, 59, 999_999, UTC), "T20261123.0001"),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), "T20261124.0001"),
        (datetime(2026, 7, 14, 21, 59, 59, tzinfo=UTC), "T20260714.0001"),
        (datetime(2026, 7, 14, 22, 0, tzinfo=UTC), "T20260715.0001"),
        (datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), "T20260328.0001"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "T20260329.0001"),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), "T20260329.0001"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "T20260330.0001"),
        (datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC), "T20261025.0001"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "T20261026.0001"),
    ],
)
async def test_the_day_is_that_of_the_answer_where_the_line_is(
    sqlite_database: Database, at: datetime, number: str
) -> None:
    assert (await desk_on(sqlite_database).create(draft("one", at))).number == number


async def test_numbers_begin_anew_each_day_and_lines_share_them(sqlite_database: Database) -> None:
    zones = {"support": PARIS, "montreal": ZoneInfo("America/Montreal")}
    desk = desk_on(sqlite_database, **zones)
    before, after = (datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (22, 23))
    made = [
        (await desk.create(draft(key, at, line))).number
        for key, (at, line) in enumerate(
            [
                (before, "support"),
                (after, "support"),
                (after, "montreal"),
                (after, "support"),
                (before, "montreal"),
            ]
        )
    ]
    assert made == [
        "T20261123.0001",
        "T20261124.0001",
        "T20261123.0002",
        "T20261124.0002",
        "T20261123.0003",
    ]


async def test_a_line_that_is_gone_has_the_day_of_utc(sqlite_database: Database) -> None:
    at = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    ref = await desk_on(sqlite_database).create(draft("one", at, "closed down"))
    assert ref.number == "T20261123.0001"


async def test_a_day_may_have_more_than_9999(sqlite_database: Database) -> None:
    desk = desk_on(sqlite_database)
    async with sqlite_database.transaction() as connection:
        await tickets.next_position(connection, "20261123")
        await connection.exec_driver_sql("UPDATE ticket_days SET last = 9998")
    made = [(await desk.create(draft(key))).number for key in range(2)]
    assert made == ["T20261123.9999", "T20261123.10000"]


async def test_no_number_is_given_twice_to_many_at_once(database: Database) -> None:
    desks = [desk_on(database) for _ in range(20)]
    refs = await asyncio.gather(
        *(
            desk.create(draft(f"{place}-{round_}"))
            for round_ in range(3)
            for place, desk in enumerate(desks)
        )
    )
    assert sorted(ref.number for ref in refs) == [f"T20261123.{n:04}" for n in range(1, 61)]
    assert await numbers(database) == sorted(ref.number for ref in refs)


async def test_many_who_make_the_ticket_of_one_call_get_the_same(database: Database) -> None:
    desks = [desk_on(database) for _ in range(20)]
    refs = await asyncio.gather(*(desk.create(draft("one")) for desk in desks))
    assert len(set(refs)) == 1
    assert await numbers(database) == ["T20261123.0001"]
    assert len(await entries(database)) == 1


async def test_a_ticket_that_cannot_be_written_costs_no_number(database: Database) -> None:
    desk = desk_on(database)
    with pytest.raises(IntegrityError):
        await desk.create(replace(draft("one"), agent_id=4711))
    assert (await desk.create(draft("two"))).number == "T20261123.0001"


async def test_the_job_and_the_desk_make_one_ticket_a_call(office: Office) -> None:
    await office.answer(*range(1, 31))
    desk = desk_on(office.database, builtin=PARIS)
    workers = [office.worker(desk) for _ in range(2)]
    while sum(await asyncio.gather(*(worker.pay_due("builtin") for worker in workers))):
        pass
    found = await debts(office.database)
    assert {debt.state for debt in found} == {"ticketed"}
    assert sorted(debt.ticket_number for debt in found) == await numbers(office.database)
    assert len(found) == 30


async def test_the_ticket_and_the_payment_are_one_transaction(office: Office) -> None:
    await office.answer(1)
    desk = desk_on(office.database, builtin=PARIS)
    office.database.plan("before commit")
    with pytest.raises(OperationalError):
        await desk.create(draft(started(1).id, line="builtin"))
    assert await numbers(office.database) == []
    assert [debt.state for debt in await debts(office.database)] == ["open"]
    ref = await desk.create(draft(started(1).id, line="builtin"))
    (debt,) = await debts(office.database)
    assert (debt.state, debt.ticket_number, debt.ticket_url) == ("ticketed", ref.number, ref.url)
    told = [entry.type.value for entry in await entries(office.database)][-2:]
    assert told == ["ticket.created", "call.updated"]


async def test_the_job_tells_of_a_ticket_once(office: Office) -> None:
    await office.answer(1)
    worker = office.worker(desk_on(office.database, builtin=PARIS))
    await worker.pay_due("builtin")
    told = [entry.type.value for entry in await entries(office.database)]
    assert told[-3:] == ["call.ended", "ticket.created", "call.updated"]
    assert office.counts.tickets == [("builtin", 1.0)]
    assert office.counts.commits == 1


async def test_an_agent_who_is_faster_than_the_job_is_heard(office: Office) -> None:
    await office.answer(1)
    desk = desk_on(office.database, builtin=PARIS)
    worker = office.worker(desk)
    ref = await desk.create(draft(started(1).id, line="builtin"))
    async with office.database.transaction() as connection:
        about = {"title": "Printer is offline", "status": "in_progress", "priority": "low"}
        await tickets.update(connection, ref.number, **about, now=second(6), base_url=URL)
    assert await worker.pay_due("builtin") == 0
    (debt,) = await debts(office.database)
    assert (debt.state, debt.ticket_number, debt.qualified_at) == (
        "qualified",
        ref.number,
        second(6),
    )
    assert debt.ticket_url == ref.url


async def merge(database: Database, *path: str) -> None:
    """Each of these tickets is merged into the next."""
    async with database.transaction() as connection:
        for number, into in pairwise(path):
            query = update(tickets_table).where(tickets_table.c.number == number)
            await connection.execute(query.values(merged_into=into))


async def test_what_it_holds_is_told_by_keys(database: Database) -> None:
    desk = desk_on(database)
    one, two = await desk.create(draft("one")), await desk.create(draft("two"))
    assert await desk.held(["one", "two", "three"]) == {"one": [one], "two": [two]}
    assert await desk.held([]) == {}
    assert await desk.carried(second(5), second(6)) == {"one": one, "two": two}
    assert await desk.carried(second(6), second(9)) == {}


async def test_a_merged_ticket_is_followed_to_its_survivor(database: Database) -> None:
    desk = desk_on(database)
    refs = [await desk.create(draft(key)) for key in ("one", "two", "three")]
    await merge(database, *(ref.number for ref in refs))
    assert await desk.held(["one", "two"]) == {"one": [refs[2]], "two": [refs[2]]}
    assert await desk.find("one") == refs[2]
    assert await desk.create(draft("one")) == refs[2]
    assert await desk.carried(second(5), second(6)) == dict(
        zip(("one", "two", "three"), refs, strict=True)
    )


async def test_merges_that_lead_nowhere_or_round_leave_a_ticket(database: Database) -> None:
    desk = desk_on(database)
    refs = [await desk.create(draft(key)) for key in ("one", "two")]
    await merge(database, refs[0].number, "T20000101.0001")
    assert await desk.find("one") == refs[0]
    await merge(database, refs[0].number, refs[1].number, refs[0].number)
    assert await desk.find("one") in refs
