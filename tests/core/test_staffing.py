"""What a line needs, from days that were counted by hand."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.erlang import Demand, Target, needed, patient
from callcenter.core.slots import Slot
from callcenter.core.staffing import Past, Traffic, Wish, past, percentile, plan

MONDAY = date(2026, 9, 28).toordinal()
NINE = 9 * 4  # the quarter of an hour
WISH = Wish(Target(0.8, 20), shrinkage=0.3)


def answered(calls: int, **more: int) -> Traffic:
    """So many, of two minutes of talk, one on hold and one of after-call work each."""
    sums = {"talk_ms": 120_000, "hold_ms": 60_000, "acw_ms": 60_000, "wait_ms": 5_000}
    times = {name: calls * each for name, each in sums.items()}
    return Traffic(answered=calls, **times, **more)


def mondays(*calls: int) -> dict[Slot, Traffic]:
    """The same half-hour of so many Mondays, in its two quarters."""
    found = {}
    for week, number in enumerate(calls):
        found[Slot(MONDAY + 7 * week, NINE)] = answered(number // 2)
        found[Slot(MONDAY + 7 * week, NINE + 1)] = answered(number - number // 2)
    return found


def test_a_half_hour_has_the_mean_and_the_busy_weeks_of_its_weekday() -> None:
    found = past(mondays(10, 12, 11, 30), 0.0)
    (at,) = found.half_hours
    assert (at.weekday, at.begins, at.days) == (0, "09:00", 4)
    assert (at.calls, at.busy_calls, at.aht_s, at.has_own_aht) == (15.75, 30, 240.0, True)
    assert (found.days, found.calls) == ([4, 0, 0, 0, 0, 0, 0], 63)
    (need,) = plan(found, WISH)
    agents = needed(patient, Demand(15.75 / 1800, 240), WISH.target)
    assert (need.mean.agents, need.mean.outlook.agents) == (agents, agents)
    assert need.mean.one_fewer.agents == agents - 1
    assert need.mean.outlook.service_level >= 0.8 > need.mean.one_fewer.service_level
    assert need.busy.agents == needed(patient, Demand(30 / 1800, 240), WISH.target) > agents
    assert need.impatient is None


def test_who_gave_up_or_overflowed_called_too_but_not_who_gave_up_at_once() -> None:
    slots = {
        Slot(MONDAY + 7 * week, NINE): answered(4, abandoned=3, short_abandons=1, overflowed=2)
        for week in range(3)
    }
    (at,) = past(slots, 0.0).half_hours
    assert at.calls == 4 + 3 - 1 + 2


def test_a_quiet_week_counts_and_a_holiday_does_not() -> None:
    quiet = {Slot(MONDAY + 21, NINE + 8): answered(1)}
    holiday = {Slot(MONDAY + 28, NINE): Traffic(closed=5)}
    found = past(mondays(10, 10, 10) | quiet | holiday, 0.0)
    nine, eleven = found.half_hours
    assert (nine.days, nine.calls, nine.busy_calls) == (4, 7.5, 10)
    assert (eleven.days, eleven.calls, eleven.begins) == (4, 0.25, "11:00")


def test_a_half_hour_in_which_the_line_was_closed_is_left_out() -> None:
    afternoon = {
        Slot(MONDAY, NINE + 20): Traffic(closed=2),
        Slot(MONDAY + 7, NINE + 20): answered(6),
    }
    closed = {Slot(MONDAY + 7 * week, 0): Traffic(closed=1) for week in range(3)}
    found = past(mondays(10, 10, 10) | afternoon | closed, 0.0)
    assert [(at.begins, at.days, at.calls) for at in found.half_hours] == [
        ("09:00", 3, 10.0),
        ("14:00", 2, 3.0),
    ]


def test_few_calls_have_the_handling_time_of_the_line() -> None:
    one = {Slot(MONDAY, 80): Traffic(answered=1, talk_ms=3_600_000)}
    found = past(mondays(20, 20, 20) | one, 0.0)
    nine, evening = found.half_hours
    assert (nine.aht_s, nine.has_own_aht) == (240.0, True)
    assert (evening.aht_s, evening.has_own_aht) == (found.aht_s, False)
    assert found.aht_s == pytest.approx((60 * 240 + 3600) / 61)


def test_of_two_days_nothing_is_said() -> None:
    found = past(mondays(10, 10), 0.0)
    assert (found.days[0], found.half_hours) == (2, [])


def test_of_no_calls_or_none_that_was_answered_there_is_no_plan() -> None:
    assert past({}, 0.0) == Past([0] * 7, 0, 0, 0.0, None, [])
    slots = {
        Slot(MONDAY + 7 * week, NINE): Traffic(abandoned=2, lost_wait_ms=90_000)
        for week in range(4)
    }
    found = past(slots, 0.0)
    assert found.calls == 8
    assert plan(found, WISH) == []


def test_patience_is_all_the_waiting_by_those_who_gave_up() -> None:
    slots = mondays(10, 10, 10)
    slots[Slot(MONDAY, 60)] = Traffic(abandoned=14, short_abandons=4, lost_wait_ms=700_000)
    found = past(slots, 150.0)
    assert found.patience_s == pytest.approx((30 * 5 + 700 + 150) / 10)
    assert all(need.impatient for need in plan(found, WISH))
    slots[Slot(MONDAY, 60)] = Traffic(abandoned=13, short_abandons=4, lost_wait_ms=650_000)
    assert past(slots, 150.0).patience_s is None


@pytest.mark.parametrize(("agents", "scheduled"), [(0, 0), (1, 2), (7, 10), (14, 20), (15, 22)])
def test_more_are_on_the_plan_than_are_there(agents: int, scheduled: int) -> None:
    assert WISH.scheduled(agents) == scheduled


@pytest.mark.parametrize(
    ("values", "expected"), [([7], 7), (range(1, 11), 9), (range(1, 12), 10), ([3, 1, 2], 3)]
)
def test_a_busy_week_is_the_nearest_rank(values: list[int], expected: int) -> None:
    assert percentile(values, 0.9) == expected


@given(st.lists(st.integers(0, 200), min_size=3, max_size=26))
def test_busy_weeks_need_no_fewer_than_quiet_ones(calls: list[int]) -> None:
    found = past(mondays(*calls), 0.0)
    assert found.calls == sum(calls)
    for need in plan(found, WISH):
        assert need.at.busy_calls >= min(calls)
        if need.at.busy_calls >= need.at.calls:
            assert need.busy.agents >= need.mean.agents
