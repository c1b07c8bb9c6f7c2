"""The history: figures of a period by whatever somebody asks, each with the calls behind it."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from callcenter.calls.counting import DAY_AFTER, Counting
from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.core.tally import REMOVED, Kind
from callcenter.db import figure_marks
from callcenter.db.figures import Rules
from callcenter.db.schema import companies, contracts, figure_days
from callcenter.web import history as module
from callcenter.web import sheets
from callcenter.web.history import By
from tests.calls.history import History
from tests.core.calls_by_hand import COUNTS, FACTS, NINE, THRESHOLD_S
from tests.web.conftest import Site
from tests.web.test_pages import get

DAYS = "from=2026-11-23&to=2026-11-23"


@pytest.fixture
async def counted(site: Site) -> Site:
    """With the calls that were counted by hand, all of one company, answered by Zoé; counted."""
    async with site.context.database.transaction() as connection:
        name = "=HYPERLINK(1)&Söhne"
        row = insert(companies).values(name=name, account_owner="Nora Klein")
        firm = (await connection.execute(row.returning(companies.c.id))).scalar_one()
        book = History()
        for fact in FACTS:
            book.tell(fact, agent=1, company=firm)
        loud = Fact(id="", line="sales", outcome=Outcome.CLOSED, started_at=NINE)
        book.call(loud, "+33199001234")
        await book.write(connection)
    rules = Rules("Europe/Paris", THRESHOLD_S)
    later = NINE + timedelta(hours=8) + DAY_AFTER
    job = Counting(rules={}, otherwise=rules, now=lambda: later)
    while not await job.turn(site.context.database):
        pass
    await site.sign_in("super")
    return site


async def test_a_period_has_every_figure_with_its_formula_and_its_counts(counted: Site) -> None:
    page = await get(counted, f"/history?{DAYS}&line=support")
    for fact in (
        f'<span class="figure">{COUNTS.offered}</span> calls',
        "50.0%",  # service level
        "4 / 8",
        "answered within the line’s threshold / (answered + given up",
        "0:19",  # average speed of answer: 117.001 s / 6
        "25.0%",  # first-call resolution
        "4 / 6",  # coverage
    ):
        assert fact in page, fact


async def test_calls_by_contract_say_whether_it_covers_them(counted: Site) -> None:
    async with counted.context.database.transaction() as connection:
        firm = (await connection.execute(select(companies.c.id))).scalar_one()
        row = {"company_id": firm, "name": "Telephony", "covers_support": False}
        await connection.execute(insert(contracts).values(row))
    page = await get(counted, f"/history?{DAYS}&line=support&by=contract")
    assert "Telephony · Does not cover support" in page
    sheet = await get(counted, f"/history.csv?{DAYS}&line=support&by=contract")
    assert "Telephony · Does not cover support," in sheet


async def test_a_period_is_cut_by_whatever_there_is(counted: Site) -> None:
    expected = {
        By.DAY: "Mon 23/11/2026",
        By.WEEK: "Week of 23/11/2026",
        By.WEEKDAY: ">Mon<",
        By.HOUR: ">09:00",
        By.HEAT: 'hour=9&amp;weekday=0">12<',
        By.WAIT: "up to 0:20",
        By.LINE: "support",
        By.AGENT: "Zoé Martin",
        By.COMPANY: "=HYPERLINK(1)&amp;Söhne",
        By.CALLER: "06 39 98 00 0",
        By.CONTACT: "No contact that is known",
        By.CATEGORY: "No category",
        By.PRIORITY: "Not known",
        By.STATUS: "Not known",
        By.TECHNICIAN: "Zoé Martin",
        By.CONTRACT: "No contract",
        By.OWNER: "Nora Klein",
    }
    assert set(expected) == set(By)
    for by, fact in expected.items():
        assert fact in await get(counted, f"/history?{DAYS}&line=support&by={by}"), by


async def test_a_figure_leads_to_the_calls_that_make_it(counted: Site) -> None:
    page = await get(counted, f"/history?{DAYS}&line=support&by=day")
    address = "/calls?line=support&amp;from=2026-11-23&amp;to=2026-11-23&amp;outcome=answered"
    assert f'<a href="{address}">{COUNTS.answered}</a>' in page
    calls = await get(counted, address.replace("&amp;", "&"))
    assert calls.count("<tr>") - 1 == COUNTS.answered


async def test_callers_who_were_removed_are_one_row(counted: Site) -> None:
    async with counted.context.database.transaction() as connection:
        row = {"kind": Kind.CALLER.value, "line": "sales", "key": REMOVED}
        day = NINE.date().toordinal()
        await connection.execute(insert(figure_days).values({**row, "day": day, "offered": 7}))
    page = await get(counted, f"/history?{DAYS}&by=caller&line=sales")
    assert '<th scope="row">Callers removed</th>' in page
    sheet = await get(counted, f"/history.csv?{DAYS}&by=caller&line=sales")
    assert "Callers removed,7" in sheet


async def test_a_caller_is_told_by_a_call_in_every_address(counted: Site) -> None:
    page = await get(counted, f"/history?{DAYS}&by=caller&line=sales")
    assert "01 99 00 12 34" in page
    for address in page.split('href="')[1:]:
        assert "33199001234" not in address.split('"')[0]


async def test_what_is_not_listed_is_a_row_and_all_is_the_whole(
    counted: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RANKED", 3)
    page = await get(counted, f"/history?{DAYS}&by=caller&line=support")
    assert f"{COUNTS.offered - 3} others" in page


async def test_a_period_without_calls_says_so(counted: Site) -> None:
    for by in By:
        page = await get(counted, f"/history?from=2020-01-01&to=2020-12-31&by={by}")
        assert "There was no call in this period." in page


async def test_what_cannot_be_shown_is_said(counted: Site) -> None:
    assert "after the last" in await get(counted, "/history?from=2026-11-23&to=2026-11-01")
    assert "two days" in await get(counted, "/history?from=23.11.2026&to=2026-11-01")
    assert "ten years" in await get(counted, "/history?from=1990-01-01&to=2026-11-01")


async def test_days_that_are_being_counted_are_told(counted: Site) -> None:
    day = NINE.toordinal() + 1
    async with counted.context.database.transaction() as connection:
        await figure_marks.mark_days(connection, "sales", [day, day + 1], now=NINE)
    assert "still being counted: 1" in await get(counted, "/history?from=2026-11-23&to=2026-11-24")
    nothing = await get(counted, f"/history?{DAYS}")
    assert "still being counted" not in nothing


async def test_the_table_is_a_csv_file_in_which_nothing_is_worked_out(counted: Site) -> None:
    response = await counted.client.get(f"/history.csv?{DAYS}&line=support&by=company")
    assert response.headers["Content-Disposition"].endswith(
        'filename="callcenter-company-2026-11-23-2026-11-23.csv"'
    )
    rows = list(csv.reader(io.StringIO((await response.read()).decode("utf-8-sig"))))
    assert rows[0][:3] == ["Company", "Calls", "Answered"]
    assert rows[1][:3] == ["'=HYPERLINK(1)&Söhne", "12", "6"]
    assert rows[-1][:3] == ["All", "12", "6"]


async def test_every_table_is_a_workbook(counted: Site) -> None:
    for by in set(By) - {By.WAIT}:
        response = await counted.client.get(f"/history.xlsx?{DAYS}&by={by}")
        assert response.content_type == sheets.XLSX_TYPE
        with zipfile.ZipFile(io.BytesIO(await response.read())) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert sheet.count("<row ") >= 3


async def test_there_is_no_other_file(counted: Site) -> None:
    await get(counted, "/history.xlsx?by=wait", status=404)
    await get(counted, "/history.pdf", status=404)


@pytest.mark.parametrize("text", ["=1+1", "+33", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_made_harmless(text: str) -> None:
    assert sheets.harmless(text) == f"'{text}"
    assert sheets.harmless(f"a{text}") == f"a{text}"
