"""Periods by name and by date, and what cannot be had."""

from datetime import date

import pytest

from callcenter.web.period import Period, PeriodName, Wrong, of_query

TODAY = date(2026, 11, 29)  # a Sunday


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", "2026-11-29", "2026-11-29"),
        ("yesterday", "2026-11-28", "2026-11-28"),
        ("this-week", "2026-11-23", "2026-11-29"),
        ("last-week", "2026-11-16", "2026-11-22"),
        ("this-month", "2026-11-01", "2026-11-30"),
        ("last-month", "2026-10-01", "2026-10-31"),
        ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
    ],
)
def test_a_period_by_its_name(name: str, first: str, last: str) -> None:
    expected = Period(date.fromisoformat(first), date.fromisoformat(last), PeriodName(name))
    assert of_query({"period": name}, TODAY) == expected


@pytest.mark.parametrize("today", [date(2028, 2, 29), date(2026, 1, 1), date(2026, 12, 31)])
def test_months_and_years_end_where_they_do(today: date) -> None:
    assert of_query({"period": "this-month"}, today).until.day == 1
    assert of_query({"period": "last-month"}, today).until == today.replace(day=1)
    assert of_query({"period": "last-year"}, today).last == date(today.year - 1, 12, 31)


def test_both_days_are_in_it() -> None:
    found = of_query({"from": "2026-10-25", "to": "2026-10-25"}, TODAY)
    assert (found.first, found.until) == (date(2026, 10, 25), date(2026, 10, 26))


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "2026-02-30", "to": "2026-03-01"}, Wrong.NO_DAY),
        ({"from": "2026-02-03"}, Wrong.NO_DAY),
        ({"to": "<script>"}, Wrong.NO_DAY),
        ({"from": "2026-03-02", "to": "2026-03-01"}, Wrong.BACKWARDS),
        ({"from": "2000-01-01", "to": "2026-01-01"}, Wrong.TOO_LONG),
        ({"from": "9999-12-30", "to": "9999-12-31"}, Wrong.TOO_LONG),
        ({"period": "yesteryear"}, None),
        ({}, None),
    ],
)
def test_what_cannot_be_had_is_said_and_this_month_shown(
    query: dict[str, str], wrong: Wrong | None
) -> None:
    found = of_query(query, TODAY)
    assert (found.name, found.wrong) == (PeriodName.THIS_MONTH, wrong)
