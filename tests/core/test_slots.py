"""Days and slots where clocks change, and spans of days in months."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.slots import (
    Slot,
    begins,
    first_day,
    month_of,
    pieces,
    slot_of,
    span,
    spans,
)

PARIS = ZoneInfo("Europe/Paris")
ZONES = [PARIS, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
DAY = date(2026, 11, 23).toordinal()


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-22T23:00:00Z", Slot(DAY, 0)),
        ("2026-11-23T08:14:59.999999Z", Slot(DAY, 36)),
        ("2026-11-23T08:15:00Z", Slot(DAY, 37)),
        ("2026-11-23T22:59:59Z", Slot(DAY, 95)),
    ],
)
def test_a_moment_is_in_the_slot_that_the_wall_shows(moment: str, expected: Slot) -> None:
    assert slot_of(datetime.fromisoformat(moment), PARIS) == expected


def test_a_day_on_which_clocks_go_back_has_25_hours() -> None:
    day = date(2026, 10, 25).toordinal()
    assert begins(day + 1, PARIS).astimezone(UTC) - begins(day, PARIS).astimezone(UTC) == timedelta(
        hours=25
    )


def test_the_hour_that_comes_twice_is_in_one_span() -> None:
    day = date(2026, 10, 25).toordinal()
    since, until = span(Slot(day, 2 * 4), PARIS)
    assert since == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert until == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
)
def test_a_moment_is_within_the_span_of_its_slot(moment: datetime, zone: ZoneInfo) -> None:
    slot = slot_of(moment, zone)
    since, until = span(slot, zone)
    assert since <= moment < until
    assert begins(slot.day, zone) <= moment < begins(slot.day + 1, zone)


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 11, 23), 0, [("2026-11-22T23:00Z", "2026-11-23T00:00Z")]),
        (date(2026, 11, 23), 23, [("2026-11-23T22:00Z", "2026-11-23T23:00Z")]),
        (date(2026, 10, 25), 1, [("2026-10-24T23:00Z", "2026-10-25T00:00Z")]),
        (date(2026, 10, 25), 2, [("2026-10-25T00:00Z", "2026-10-25T02:00Z")]),  # twice
        (date(2026, 10, 25), 3, [("2026-10-25T02:00Z", "2026-10-25T03:00Z")]),
        (date(2026, 3, 29), 2, []),  # never
        (date(2026, 3, 29), 3, [("2026-03-29T01:00Z", "2026-03-29T02:00Z")]),
        (date(2026, 10, 25), None, [("2026-10-24T22:00Z", "2026-10-25T23:00Z")]),
    ],
)
def test_an_hour_is_when_the_wall_shows_it(
    day: date, hour: int | None, expected: list[tuple[str, str]]
) -> None:
    found = spans([day.toordinal()], PARIS, hour)
    assert found == [tuple(map(datetime.fromisoformat, each)) for each in expected]


def test_days_that_follow_on_each_other_are_one_span_and_the_last_comes_first() -> None:
    found = spans([DAY + 4, DAY, DAY + 1], PARIS)
    assert found == [
        (begins(DAY + 4, PARIS), begins(DAY + 5, PARIS)),
        (begins(DAY, PARIS), begins(DAY + 2, PARIS)),
    ]


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([*ZONES, ZoneInfo("Africa/Cairo"), ZoneInfo("America/Havana")]),
)
def test_a_moment_is_in_the_hour_of_its_slot_and_in_no_other(
    moment: datetime, zone: ZoneInfo
) -> None:
    slot = slot_of(moment, zone)
    hours = [
        hour
        for hour in range(24)
        if any(since <= moment < until for since, until in spans([slot.day], zone, hour))
    ]
    assert hours == [slot.slot // 4]


@pytest.mark.parametrize(
    ("since", "until", "months", "days", "without"),
    [
        ((2026, 1, 1), (2027, 1, 1), 12, 0, 0),
        ((2026, 1, 2), (2026, 3, 1), 2, 0, 1),
        ((2026, 1, 31), (2026, 4, 2), 2, 2, 0),
        ((2026, 1, 14), (2026, 4, 20), 4, 0, 24),
        ((2026, 2, 3), (2026, 2, 9), 0, 6, 0),
        ((2026, 2, 1), (2026, 2, 28), 1, 0, 1),
        ((2026, 2, 9), (2026, 2, 9), 0, 0, 0),
        ((2026, 2, 9), (2026, 2, 3), 0, 0, 0),
    ],
)
def test_a_span_is_cut_into_whole_months_and_a_few_days(
    since: tuple[int, int, int], until: tuple[int, int, int], months: int, days: int, without: int
) -> None:
    found = pieces(date(*since).toordinal(), date(*until).toordinal())
    cut = (len(found.months), sum(map(len, found.days)), sum(map(len, found.without)))
    assert cut == (months, days, without)


@given(st.integers(DAY - 2_000, DAY), st.integers(0, 2_000))
def test_the_pieces_of_a_span_are_each_of_its_days_once(since: int, length: int) -> None:
    found = pieces(since, since + length)
    every = Counter(day for some in found.days for day in some)
    every.update(
        day for month in found.months for day in range(first_day(month), first_day(month + 1))
    )
    without = Counter(day for some in found.without for day in some)
    assert without <= every
    assert every - without == Counter(range(since, since + length))
    assert sum(map(len, found.days + found.without)) <= min(length, 30)
    assert all(month_of(first_day(month)) == month for month in found.months)
