"""The figure that the product is about, and the percentiles beside it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.coverage import Coverage, nearest_rank

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def figure(answered: int, **obligations: int) -> float | None:
    return Coverage(AT, AT, answered, obligations, (), None, None).figure


def test_a_call_counts_once_the_desk_confirmed_its_ticket() -> None:
    assert figure(10, open=1, ticketed=4, qualified=5) == 0.9


def test_an_exempt_call_and_one_without_obligation_have_no_ticket() -> None:
    assert figure(10, qualified=8, exempt=1) == 0.8


def test_no_answered_call_is_no_figure() -> None:
    assert figure(0) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(
    values: list[float], percent: int
) -> None:
    values.sort()
    rank = nearest_rank(percent, len(values))
    assert rank * 100 >= percent * len(values)
    assert (rank - 1) * 100 < percent * len(values)


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        nearest_rank(95, 0)
