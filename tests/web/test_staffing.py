"""Staffing: a week of a line's own calls, what it needs, and what is said where that is unknown."""

import csv
import io

import pytest
from sqlalchemy import insert

from callcenter.core.staffing import ABANDONED_MIN
from callcenter.db import figure_marks
from callcenter.db.schema import figure_slots
from tests.web.conftest import Site
from tests.web.test_pages import get

ASKED = "line=support&weeks=4&share=80&within=20&occupancy=100&shrinkage=30"


@pytest.fixture
async def counted(site: Site) -> Site:
    """With four Mondays before today, of 50 calls of three minutes from nine, and 50 from 9.15."""
    today = site.scene.clock().date()
    monday = today.toordinal() - today.weekday() - 7 * (today.weekday() == 0)
    rows = [
        {
            "line": "support",
            "day": monday - 7 * week,
            "slot": slot,
            "answered": 50,
            "talk_ms": 50 * 180_000,
            "wait_ms": 50 * 6_000,
        }
        for week in range(4)
        for slot in (36, 37)
    ]
    async with site.context.database.transaction() as connection:
        await connection.execute(insert(figure_slots), rows)
    await site.sign_in("super")
    return site


async def file(site: Site, asked: str) -> list[dict[str, str]]:
    text = await get(site, f"/staffing.csv?{asked}")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_a_half_hour_needs_what_erlang_c_gives(counted: Site) -> None:
    """The published example of tests/core/test_erlang.py, from the line's own calls."""
    page = await get(counted, f"/staffing?{ASKED}")
    for fact in (
        'data-heat="8">14</td>',
        '<td class="strong">14</td>',
        "<td>20</td>",  # to schedule
        "<td>88.8%</td>",
        "<td>0:07</td>",
        "<td>71.4%</td>",
        "3:00",
        "Fewer than 10 callers gave up",
    ):
        assert fact in page, fact
    (row,) = await file(counted, ASKED)
    assert row["Half-hour"] == "09:00"
    assert (row["Weekday"], row["Days"], row["Calls, mean"]) == ("Mon", "4", "100.0000")
    assert (row["Agents needed, Erlang C"], row["To schedule"]) == ("14", "20")
    assert (row["Service level"], row["Occupancy"]) == ("0.8884", "0.7143")
    assert row["Agents needed, Erlang A"] == ""


async def test_with_enough_who_gave_up_erlang_a_stands_beside_it(counted: Site) -> None:
    """Patience of five minutes: pyworkforce's example, as in tests/core/test_erlang.py."""
    waited_ms = 4 * 100 * 6_000
    async with counted.context.database.transaction() as connection:
        every = figure_slots.update().values(
            abandoned=ABANDONED_MIN // 2,
            answered=50 - ABANDONED_MIN // 2,
            talk_ms=(50 - ABANDONED_MIN // 2) * 180_000,
            lost_wait_ms=(40 * 300_000 - waited_ms) // 8,
        )
        await connection.execute(every)
    page = await get(counted, f"/staffing?{ASKED}")
    assert "5:00" in page
    assert "Erlang A, one fewer" in page
    (row,) = await file(counted, ASKED)
    assert row["Agents needed, Erlang A"] == "13"
    assert row["Given up, Erlang A"] == "0.0250"
    assert row["Service level, Erlang A"] == "0.8582"


async def test_one_fewer_than_the_load_has_no_end_to_its_queue(counted: Site) -> None:
    asked = ASKED.replace("share=80", "share=50").replace("within=20", "within=600")
    page = await get(counted, f"/staffing?{asked}")
    assert '<td class="strong">11</td>' in page
    assert "<td>no end</td>" in page
    (row,) = await file(counted, asked)
    assert row["Average wait with one fewer, s"] == ""


async def test_where_little_is_known_nothing_is_made_up(counted: Site) -> None:
    page = await get(counted, "/staffing?line=sales")
    assert "There is too little to plan by." in page
    assert "Agents needed in a week" not in page
    page = await get(counted, f"/staffing?{ASKED}&weekday=2")
    assert "Days of this weekday on which calls came through: 0." in page
    assert await file(counted, "line=sales") == []


async def test_days_that_are_to_be_counted_anew_are_said(counted: Site) -> None:
    now = counted.scene.clock()
    async with counted.context.database.transaction() as connection:
        days = [now.date().toordinal() - 7, now.date().toordinal()]  # today is not looked at
        await figure_marks.mark_days(connection, "support", days, now=now)
    assert "still being counted: 1." in await get(counted, f"/staffing?{ASKED}")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("weeks=2", "Weeks back: a whole number from 3 to 52"),
        ("share=100", "Answered in time, %: a whole number from 50 to 99"),
        ("within=soon", "within, s: a whole number from 1 to 600"),
        ("occupancy=1e2", "Occupancy at most, %: a whole number from 50 to 100"),
        ("shrinkage=-5", "Shrinkage, %: a whole number from 0 to 70"),
    ],
)
async def test_what_cannot_be_is_said_beside_what_can(counted: Site, wrong: str, said: str) -> None:
    response = await counted.client.get(f"/staffing?line=support&{wrong}")
    page = await response.text()
    assert (response.status, said in page, 'aria-invalid="true"' in page) == (422, True, True)
    assert "Agents needed in a week" not in page
    response = await counted.client.get(f"/staffing.csv?{wrong}", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, f"/staffing?{wrong}")


async def test_a_line_that_is_not_there_is_said(counted: Site) -> None:
    assert (await counted.client.get("/staffing?line=nowhere")).status == 404
