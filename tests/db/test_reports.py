"""Figures are read by time and by whom they concern, and what is shown comes to the whole."""

from datetime import date

import pytest
from sqlalchemy import insert

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts
from callcenter.core.slots import month_of
from callcenter.core.tally import Kind
from callcenter.db import reports
from callcenter.db.engine import Database
from callcenter.db.reports import Grain, Of, Span, Wait
from callcenter.db.schema import figure_days, figure_months, figure_slots, figure_waits

MONDAY = date(2026, 11, 23).toordinal()
CALLS = {
    # line, day, slot: calls offered
    ("support", MONDAY, 36): 3,
    ("support", MONDAY, 39): 2,
    ("support", MONDAY, 40): 1,
    ("support", MONDAY + 1, 36): 4,
    ("support", MONDAY + 7, 36): 5,
    ("sales", MONDAY, 36): 10,
}
EVERY = Span(MONDAY, MONDAY + 8)
SUPPORT = Span(MONDAY, MONDAY + 8, ("support",))


@pytest.fixture
async def counted(database: Database) -> Database:
    """With calls of two lines in two weeks."""
    rows = [
        {"line": line, "day": day, "slot": slot, "offered": offered, "wait_ms": 2**40}
        for (line, day, slot), offered in CALLS.items()
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(figure_slots), rows)
    return database


async def test_a_span_of_nothing_has_nothing(database: Database) -> None:
    async with database.reading() as connection:
        assert await reports.total(connection, EVERY) == Counts()
        assert await reports.by_time(connection, EVERY, Grain.DAY) == []
        assert await reports.by_kind(connection, EVERY, Kind.CALLER) == []
        assert await reports.by_kind(connection, Span(5, 5), Kind.CALLER) == []
        assert await reports.counted_at(connection, EVERY) is None


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        (Grain.DAY, {MONDAY: 6, MONDAY + 1: 4, MONDAY + 7: 5}),
        (Grain.WEEK, {(MONDAY - 1) // 7: 10, (MONDAY - 1) // 7 + 1: 5}),
        (Grain.WEEKDAY, {0: 11, 1: 4}),
        (Grain.HOUR, {9: 14, 10: 1}),
        (Grain.HOUR_OF_WEEK, {9: 10, 10: 1, 33: 4}),
    ],
)
async def test_time_is_cut_as_the_wall_shows_it(
    counted: Database, grain: Grain, expected: dict[int, int]
) -> None:
    async with counted.reading() as connection:
        found = await reports.by_time(connection, SUPPORT, grain)
        whole = await reports.total(connection, SUPPORT)
    assert {one.key: one.counts.offered for one in found} == expected
    assert Counts.total(one.counts for one in found) == whole


async def test_lines_come_to_every_line(counted: Database) -> None:
    async with counted.reading() as connection:
        found = await reports.by_line(connection, EVERY)
        whole = await reports.total(connection, EVERY)
    assert [(one.key, one.counts.offered) for one in found] == [("sales", 10), ("support", 15)]
    assert Counts.total(one.counts for one in found) == whole
    assert whole.wait_ms == 6 * 2**40


def _day(kind: Kind, day: int, key: str, offered: int, line: str = "support") -> dict[str, object]:
    return {"kind": kind.value, "day": day, "line": line, "key": key, "offered": offered}


async def test_whole_months_and_the_days_around_them_are_one_span(database: Database) -> None:
    first, last = date(2026, 9, 29).toordinal(), date(2026, 12, 3).toordinal()
    days = [_day(Kind.CALLER, day, str(day % 3), 1 + day % 5) for day in range(first, last)]
    months: dict[tuple[int, object], int] = {}
    for row in days:
        place = month_of(int(str(row["day"]))), row["key"]
        months[place] = months.get(place, 0) + int(str(row["offered"]))
    async with database.transaction() as connection:
        await connection.execute(insert(figure_days), days)
        await connection.execute(
            insert(figure_months),
            [
                {"kind": "caller", "line": "support", "month": month, "key": key, "offered": sum_}
                for (month, key), sum_ in months.items()
            ],
        )
    async with database.reading() as connection:
        for since in range(first, first + 4):
            for until in (first + 5, last - 4, last):
                found = await reports.by_kind(connection, Span(since, until), Kind.CALLER)
                expected = sum(1 + day % 5 for day in range(since, until))
                assert sum(one.counts.offered for one in found) == expected


async def test_those_that_are_not_shown_are_a_row_of_their_own(database: Database) -> None:
    rows = [_day(Kind.COMPANY, MONDAY, str(key), key + 1) for key in range(6)]
    rows.append(_day(Kind.COMPANY, MONDAY, "gone", 0))
    total = Counts(offered=sum(range(1, 7)), available_ms=1000)
    async with database.transaction() as connection:
        await connection.execute(insert(figure_days), rows)
    async with database.reading() as connection:
        found = await reports.ranked(connection, EVERY, Kind.COMPANY, 2, total)
        all_of_them = await reports.ranked(connection, EVERY, Kind.COMPANY, 6, total)
    assert [(one.key, one.counts.offered) for one in found.first] == [("5", 6), ("4", 5)]
    assert (found.others, found.rest) == (4, Counts(offered=1 + 2 + 3 + 4))
    assert (len(all_of_them.first), all_of_them.others) == (6, 0)


async def test_waits_are_joined_over_days_and_lines(database: Database) -> None:
    rows = [
        {"line": line, "day": MONDAY + day, "outcome": "answered", "second": second, "calls": 2}
        for line in ("support", "sales")
        for day in (0, 1)
        for second in (7, 3)
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(figure_waits), rows)
    async with database.reading() as connection:
        assert await reports.waits(connection, SUPPORT) == [
            Wait(Outcome.ANSWERED, 3, 4),
            Wait(Outcome.ANSWERED, 7, 4),
        ]


def test_keys_are_joined_by_another_name() -> None:
    rows = [Of("1", Counts(offered=1)), Of("2", Counts(offered=5)), Of("3", Counts(offered=3))]
    found = reports.joined(rows, {"1": "Zoé", "3": "Zoé"})
    assert found == [Of("", Counts(offered=5)), Of("Zoé", Counts(offered=4))]
    assert reports.minus(Counts(offered=9), Counts(offered=4)).offered == 5
