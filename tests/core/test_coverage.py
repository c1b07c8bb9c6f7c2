"""The figure that the product is about, and the percentiles beside it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.coverage import Coverage, OpenObligation, join, spans

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def figure(answered: int, **obligations: int) -> float | None:
    return Coverage(AT, AT, answered, obligations, (), {}).figure


def test_a_call_counts_once_the_desk_confirmed_its_ticket() -> None:
    assert figure(10, open=1, ticketed=4, qualified=5) == 0.9


def test_an_exempt_call_and_one_without_obligation_have_no_ticket() -> None:
    assert figure(10, qualified=8, exempt=1) == 0.8


def test_no_answered_call_is_no_figure() -> None:
    nothing = Coverage(AT, AT, 0, {}, (), {})
    assert (nothing.figure, nothing.delay_median_s, nothing.delay_p95_s) == (None, None, None)


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values: list[int]) -> None:
    found = Coverage(AT, AT, 0, {}, (), Counter(values))
    for percent, delay_s in ((50, found.delay_median_s), (95, found.delay_p95_s)):
        assert delay_s in {value / 1000 for value in values}
        within = sum(value / 1000 <= delay_s for value in values)
        below = sum(value / 1000 < delay_s for value in values)
        assert within * 100 >= percent * len(values) > below * 100


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=30)))
def test_parts_cover_a_span_without_gap_or_overlap(length: timedelta) -> None:
    parts = list(spans(AT, AT + length, timedelta(hours=6)))
    assert (parts[0][0], parts[-1][1]) == (AT, AT + length)
    assert all(begin < end <= begin + timedelta(hours=6) for begin, end in parts)
    assert all(one[1] == other[0] for one, other in pairwise(parts))


def test_joined_parts_say_what_the_whole_says() -> None:
    owed = [OpenObligation(name, "support", None, AT, 0, None) for name in ("a", "b")]
    noon = AT + timedelta(hours=3)
    night = AT + timedelta(hours=9)
    morning = Coverage(AT, noon, 3, {"open": 1, "qualified": 2}, (owed[0],), {40: 2})
    evening = Coverage(noon, night, 2, {"open": 1, "ticketed": 1}, (owed[1],), {40: 1, 90: 1})
    assert join([morning, evening]) == Coverage(
        AT, night, 5, {"open": 2, "qualified": 2, "ticketed": 1}, tuple(owed), {40: 3, 90: 1}
    )
