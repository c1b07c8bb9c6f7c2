"""Every metric against calls that were counted by hand, and that parts of any calls add up."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts, Fact
from callcenter.core.metrics import Metric, Unit, figure, figures
from tests.core.calls_by_hand import COUNTS, FACTS, NINE, THRESHOLD_S


def test_the_calls_come_to_what_was_counted_by_hand() -> None:
    assert Counts.of(FACTS, THRESHOLD_S) == COUNTS


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.SERVICE_LEVEL, Fraction(4, 6 + 3 - 1)),
        (Metric.ASA, Fraction("117.001") / 6),
        (Metric.ABANDONMENT_RATE, Fraction(3 - 1, 12 - 1)),
        (Metric.ABANDONED_OF_ALL, Fraction(3, 12)),
        (Metric.ANSWER_RATE, Fraction(6, 12 - 1)),
        (Metric.TALK, Fraction(710, 6)),
        (Metric.HOLD, Fraction(90, 6)),
        (Metric.ACW, Fraction(105, 5)),
        (Metric.AHT, Fraction(710 + 90 + 105, 6)),
        (Metric.TRANSFER_RATE, Fraction(1, 6)),
        (Metric.FIRST_CALL_RESOLUTION, Fraction(1, 4)),
        (Metric.REPEAT_CALLERS, Fraction(2, 6)),
        (Metric.MISSED_CALL_RECOVERY, Fraction(2, 4)),
        (Metric.TICKET_COVERAGE, Fraction(4, 6)),
    ],
)
def test_a_metric_is_what_its_formula_gives(metric: Metric, expected: Fraction) -> None:
    found = figure(metric, COUNTS)
    scale = 1000 if found.unit is Unit.SECONDS else 1
    assert Fraction(found.over, found.of * scale) == expected
    assert found.value == pytest.approx(float(expected))


def test_occupancy_is_of_the_time_that_is_known() -> None:
    handled_ms = (710 + 90 + 105) * 1000
    found = figure(Metric.OCCUPANCY, replace(COUNTS, available_ms=3 * handled_ms))
    assert (found.over, found.of, found.value) == (handled_ms, 4 * handled_ms, 0.25)
    assert figure(Metric.OCCUPANCY, COUNTS).value is None  # nobody knows who was available
    partly = replace(COUNTS, available_ms=handled_ms, imported=1)
    assert figure(Metric.OCCUPANCY, partly).value is None


def test_of_no_calls_there_is_no_figure() -> None:
    assert {one.value for one in figures(Counts()).values()} == {None}


def test_of_calls_given_up_at_once_alone_there_is_no_service_level() -> None:
    given_up = Counts(offered=2, abandoned=2, short_abandons=2, missed=2)
    assert figure(Metric.SERVICE_LEVEL, given_up).value is None
    assert figure(Metric.ABANDONMENT_RATE, given_up).value is None
    assert figure(Metric.ABANDONED_OF_ALL, given_up).value == 1.0


seconds = st.floats(min_value=0, max_value=36_000, allow_nan=False)
calls = st.builds(
    Fact,
    id=st.just("1"),
    line=st.just("support"),
    outcome=st.sampled_from(Outcome),
    started_at=st.integers(0, 86_399).map(lambda after_s: NINE + timedelta(seconds=after_s)),
    wait_s=st.none() | seconds,
    talk_s=seconds,
    hold_s=seconds,
    acw_s=st.none() | seconds,
    transfers=st.integers(0, 3),
    has_ticket=st.booleans(),
    is_exempt=st.booleans(),
    is_new_problem=st.booleans(),
    is_solved=st.booleans(),
    called_before=st.booleans(),
    calls_again=st.booleans(),
    is_recovered=st.booleans(),
)


@given(st.lists(calls), st.integers(0, 30))
def test_parts_add_up_however_they_are_cut(facts: list[Fact], at: int) -> None:
    cut, rest = Counts.of(facts[:at], THRESHOLD_S), Counts.of(facts[at:], THRESHOLD_S)
    whole = Counts.of(facts, THRESHOLD_S)
    assert cut + rest == whole
    assert Counts.total([cut, rest]) == whole


@given(st.lists(calls))
def test_each_call_has_one_outcome(facts: list[Fact]) -> None:
    of = Counts.of(facts, THRESHOLD_S)
    assert of.offered == len(facts)
    assert of.offered == of.answered + of.abandoned + of.overflowed + of.closed + of.rejected
    assert of.missed == of.abandoned + of.overflowed


@given(st.lists(calls))
def test_a_share_is_a_part_of_what_it_is_of(facts: list[Fact]) -> None:
    for one in figures(Counts.of(facts, THRESHOLD_S)).values():
        if one.unit is Unit.SHARE:
            assert 0 <= one.over <= one.of
