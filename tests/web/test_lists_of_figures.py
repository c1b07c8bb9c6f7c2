"""Whatever figures are cut by: the list behind a figure has the calls that it counts."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Table, delete, insert, update

from callcenter.calls.counting import DAY_AFTER, Counting
from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.core.tally import REMOVED
from callcenter.db import calls, figure_marks
from callcenter.db.calls import Cursor
from callcenter.db.engine import Database
from callcenter.db.figures import Rules
from callcenter.db.schema import (
    call_contacts,
    categories,
    companies,
    contacts,
    contracts,
    figure_days,
    obligations,
    tickets,
    wrap_ups,
)
from callcenter.db.schema import calls as calls_table
from callcenter.web import history, narrowing
from callcenter.web.context import WebContext
from callcenter.web.history import OUTCOMES, Asked, By
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


async def count(database: Database, sales: str = "Europe/Paris") -> None:
    """Count what is to be counted, the line of the sales by this time zone."""
    rules = {"sales": Rules(sales, 20.0)}
    otherwise = Rules("Europe/Paris", 20.0)
    job = Counting(rules=rules, otherwise=otherwise, now=lambda: LATER + DAY_AFTER)
    while not await job.turn(database):
        pass


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
    tell(fact(25, twice, line="sales"), agent=None)
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
    await count(database)
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


async def read(
    context: WebContext, by: By, line: str | None = None, days: Period = DAYS
) -> history.History:
    """What the page shows."""
    async with context.database.reading() as connection:
        asked = Asked(by, days, line)
        return await history.read(connection, asked, today=LATER.date(), country="FR")


def figures_of(found: history.History) -> Mapping[str, int]:
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
        figures = figures_of(found)
        assert figures, by
        lists = {address: await listed(context, address) for address in figures}
        assert {address: len(ids) for address, ids in lists.items()} == figures, by
        for address, ids in lists.items():
            assert await listed(context, address, at_once=2) == ids, address
        whole = [ids for row in found.table.lines if row.calls for ids in lists[row.calls]]
        assert len(set(whole)) == len(whole), by
        if by is not By.CALLER and by is not By.CONTACT:
            assert len(whole) == found.table.total.offered, by


@pytest.mark.parametrize("line", [None, "support"])
async def test_so_has_every_total(context: WebContext, line: str | None) -> None:
    asked = Asked(By.DAY, DAYS, line)
    total = (await read(context, asked.by, line)).total
    for code in OUTCOMES:
        assert len(await listed(context, asked.calls(code))) == getattr(total, code), code


async def test_calls_of_a_day_that_is_yet_to_be_counted_are_listed(context: WebContext) -> None:
    address = "/calls?from=2026-10-24&to=2026-10-26&category=0"
    before = await listed(context, address)
    day = date(2026, 10, 26).toordinal()
    async with context.database.transaction() as connection:
        await connection.execute(delete(figure_days).where(figure_days.c.day == day))
    assert len(await listed(context, address)) < len(before)
    async with context.database.transaction() as connection:
        await figure_marks.mark_days(connection, "support", [day], now=LATER)
    assert await listed(context, address) == before


async def test_a_line_elsewhere_has_its_calls_on_other_days(context: WebContext) -> None:
    west = ZoneInfo("America/New_York")
    context = replace(context, line_zones={"support": PARIS, "sales": west})
    await count(context.database, sales=west.key)
    days = Period(date(2026, 10, 22), date(2026, 10, 28))
    for by in (By.CONTACT, By.CATEGORY, By.PRIORITY, By.STATUS, By.TECHNICIAN, By.OWNER):
        figures = figures_of(await read(context, by, days=days))
        assert {address: len(await listed(context, address)) for address in figures} == figures, by


async def test_who_is_gone_has_no_list(context: WebContext) -> None:
    table = (await read(context, By.CONTACT)).table
    (removed,) = (line for line in table.lines if line.label == REMOVED)
    assert (removed.calls, removed.outcomes) == (None, {})
    async with context.database.transaction() as connection:
        await connection.execute(delete(contacts))
    table = (await read(context, By.CONTACT)).table
    assert [line.calls is not None for line in table.lines] == [True, False, False, False]


async def test_no_name_is_in_an_address(context: WebContext) -> None:
    for by in (By.CONTACT, By.CATEGORY, By.TECHNICIAN, By.CONTRACT, By.OWNER):
        addresses = unquote_plus(" ".join(figures_of(await read(context, by))))
        assert not re.search("Klein|Nora|Vidal|Gold|Zoe|Printers", addresses), by
