"""Whatever figures are cut by: the list behind a figure has the calls that it counts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Table, insert, update

from callcenter.calls.counting import DAY_AFTER, Counting
from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.db import calls
from callcenter.db.calls import Cursor
from callcenter.db.engine import Database
from callcenter.db.figures import Rules
from callcenter.db.schema import (
    call_contacts,
    categories,
    companies,
    contacts,
    contracts,
    obligations,
    tickets,
    wrap_ups,
)
from callcenter.db.schema import calls as calls_table
from callcenter.web import history, narrowing
from callcenter.web.context import WebContext
from callcenter.web.history import Asked, By
from callcenter.web.live import Hub
from callcenter.web.period import Period
from callcenter.web.wanted import call_filter
from tests.calls.database import add_agent
from tests.calls.history import History

PARIS = ZoneInfo("Europe/Paris")
LATER = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAYS = Period(date(2026, 10, 24), date(2026, 10, 26))
"""Clocks go back in the night to the 25th: what the wall shows from two to three comes twice."""

MANY = 500


def fact(
    day: int, time: str, outcome: Outcome = Outcome.ANSWERED, line: str = "support", **more: Any
) -> Fact:
    """A call that began at this time, in UTC."""
    at = datetime.fromisoformat(f"2026-10-{day}T{time}Z")
    waited = {} if outcome is Outcome.CLOSED else {"wait_s": 5.0}
    talked = {"talk_s": 60.0} if outcome is Outcome.ANSWERED else {}
    return Fact(id="", line=line, outcome=outcome, started_at=at, **waited, **talked, **more)


class Told:
    """A book of calls, and what becomes of them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.book = History()

    async def add(self, table: Table, **row: Any) -> int:
        """A row; its id."""
        async with self.database.transaction() as connection:
            query = insert(table).values(row).returning(*table.primary_key.columns)
            return (await connection.execute(query)).one()[0]  # type: ignore[no-any-return]

    async def ticket(self, number: str, **row: Any) -> None:
        """A ticket of the desk that is built in."""
        said = {"title": "Printer", "queue": "support", "source": "phone", "created_at": LATER}
        values = {"status": "new", "priority": "medium", **said, **row}
        await self.add(tickets, number=number, **values)

    async def change(self, table: Table, call_id: str, **values: Any) -> None:
        """Of a call that is written."""
        key = table.c.id if table is calls_table else table.c.call_id
        async with self.database.transaction() as connection:
            await connection.execute(update(table).where(key == call_id).values(values))


@pytest.fixture
async def context(database: Database) -> WebContext:
    """A site whose calls of three days are counted, no two of them alike."""
    told = Told(database)
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    ali = await add_agent(database, "ali", "PJSIP/102")
    garage = await told.add(companies, name="Garage Vidal", account_owner="Nora Klein")
    bakery = await told.add(companies, name="Boulangerie Durand", account_owner="Nora Klein")
    school = await told.add(companies, name="École Nord", account_owner="")
    await told.add(companies, name="Never calls", account_owner="Jean Petit")
    for firm in (garage, school):
        await told.add(contracts, company_id=firm, name="Gold")
    await told.add(contracts, company_id=bakery, name="Gold", covers_support=False)
    ana = await told.add(contacts, company_id=garage, name="Ana Vidal")
    marc = await told.add(contacts, company_id=garage, name="Marc Vidal")
    printers = await told.add(categories, name="Printers", position=1)
    network = await told.add(categories, name="Network", position=2)

    tell, twice = told.book.tell, "01:30"
    drafted = tell(fact(24, "09:00"), agent=zoe, company=garage)
    silent = tell(fact(24, "09:10"), agent=zoe, company=bakery)
    own = tell(fact(24, "22:30", has_ticket=True, is_new_problem=True), agent=zoe, company=garage)
    merged = tell(fact(25, "00:30", has_ticket=True), agent=ali, company=school)
    nobodys = tell(fact(25, twice, line="sales"), agent=None)
    imported = tell(fact(25, "02:30"), agent=ali, company=garage)
    removed = tell(fact(26, "09:00", has_ticket=True, is_new_problem=True), agent=ali)
    exempt = tell(fact(26, "09:05", is_exempt=True), agent=zoe)
    missed = tell(fact(25, twice, Outcome.ABANDONED), company=garage)
    shared = tell(fact(26, "10:00", Outcome.OVERFLOW, line="sales"), company=garage)
    tell(fact(24, "21:59", Outcome.SHORT_ABANDON))
    tell(fact(26, "22:59", Outcome.CLOSED), company=school)
    tell(fact(26, "10:05", Outcome.REJECTED), company=bakery)
    tell(fact(27, "09:00"), agent=zoe, company=garage)  # none of these days
    told.book.rows[obligations] = [
        row for row in told.book.rows[obligations] if row["call_id"] != imported
    ]
    async with database.transaction() as connection:
        await told.book.write(connection)

    said = {"category_id": printers, "priority": "high", "status": "waiting"}
    await told.change(wrap_ups, drafted, **said)
    await told.change(wrap_ups, own, **said)
    await told.change(calls_table, imported, imported=True)
    await told.change(calls_table, removed, caller_removed_at=LATER)
    await told.ticket("T1", primary_resource_id=ali, contact_id=marc, category_id=network)
    await told.ticket("T2", merged_into="T1", priority="critical", primary_resource_id=zoe)
    await told.ticket("T3", contact_id=ana)
    for call_id in (own, merged):
        await told.change(obligations, call_id, ticket_number="T1")
    await told.change(obligations, removed, ticket_number="T3")
    await told.change(obligations, exempt, ticket_number="T2")
    numbers = ((drafted, ana), (own, ana), (missed, ana), (shared, ana), (shared, marc))
    for call_id, contact_id in (*numbers, (silent, marc)):
        await told.add(call_contacts, call_id=call_id, contact_id=contact_id)
    assert nobodys

    rules = Rules("Europe/Paris", 20.0)
    job = Counting(rules={}, otherwise=rules, now=lambda: LATER + DAY_AFTER)
    while not await job.turn(database):
        pass
    return WebContext(
        database=database,
        hub=Hub(database),
        now=lambda: LATER,
        public_url="https://calls.example",
        timezone=PARIS,
        country="FR",
        lines=("support", "sales"),
        readiness=dict,
        metrics=CollectorRegistry(),
        line_zones={"support": PARIS, "sales": PARIS},
    )


async def listed(context: WebContext, address: str, *, at_once: int = MANY) -> list[str]:
    """The ids of the calls that this address lists, so many on each page."""
    path, _, query = address.partition("?")
    assert path == "/calls"
    narrowed = narrowing.read(dict(parse_qsl(query, keep_blank_values=True)), context, LATER)
    assert narrowed.query == query
    found: list[str] = []
    after: Cursor | None = None
    async with context.database.reading() as connection:
        wanted = await call_filter(connection, narrowed, context, None)
        while wanted is not None:
            page = await calls.page(connection, wanted, after=after, limit=at_once)
            found += [call.id for call in page.calls]
            if page.next is None:
                break
            after = page.next
    return found


async def read(context: WebContext, by: By, line: str | None) -> history.History:
    async with context.database.reading() as connection:
        asked = Asked(by, DAYS, line)
        return await history.read(connection, asked, today=LATER.date(), country="FR")


async def figures_of(context: WebContext, found: history.History) -> Mapping[str, int]:
    """The figures that have a list, by its address."""
    table = found.table
    figures: dict[str, int] = {}
    for line in table.lines:
        if line.calls is not None:
            figures[line.calls] = line.counts.offered
        for column in table.columns:
            if column.code in line.outcomes:
                figures[line.outcomes[column.code]] = int(column.value(line.counts) or 0)
    return figures


@pytest.mark.parametrize("line", [None, "support"])
async def test_every_list_has_the_calls_that_its_figure_counts(
    context: WebContext, line: str | None
) -> None:
    for by in set(By) - {By.WAIT}:
        found = await read(context, by, line)
        figures = await figures_of(context, found)
        assert figures, by
        lists = {address: await listed(context, address) for address in figures}
        assert {address: len(ids) for address, ids in lists.items()} == figures, by
        for address, ids in lists.items():
            assert await listed(context, address, at_once=2) == ids, address
        whole = [ids for row in found.table.lines if row.calls for ids in lists[row.calls]]
        assert len(set(whole)) == len(whole), by
        if by is not By.CALLER and by is not By.CONTACT:
            assert len(whole) == found.table.total.offered, by
