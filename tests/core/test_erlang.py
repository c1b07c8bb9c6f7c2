"""Erlang B, C and A against published figures, the chain of states itself, and one another."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from callcenter.core.erlang import Demand, Outlook, Target, blocked, impatient, needed, patient

HUNDRED = Demand(100 / 1800, 180)
"""A hundred calls of three minutes in half an hour, with which most explanations begin."""


@pytest.mark.parametrize(
    ("load", "lines", "logarithm"),
    [
        (120, 100, -1.62826407041),
        (12_000, 10_000, -1.78927734649),
        (20, 100, -84.1661482002),
        (10_000, 100, -0.01004931575),
    ],
)
def test_erlang_b_is_as_published(load: float, lines: int, logarithm: float) -> None:
    """From the tests of capacity_planning.queueing (Airbnb), which have them from Mathematica."""
    assert math.log(blocked(load, lines)) == pytest.approx(logarithm, abs=1e-9)


@pytest.mark.parametrize(
    ("load", "agents", "logarithm"), [(90, 100, -1.52813224460), (10, 100, -143.375505741)]
)
def test_erlang_c_is_as_published(load: float, agents: int, logarithm: float) -> None:
    """From the same tests."""
    waiting = patient(Demand(load, 1), agents, 0).waiting
    assert math.log(waiting) == pytest.approx(logarithm, abs=1e-9)


def test_a_half_hour_needs_as_many_as_published() -> None:
    """The example in pyworkforce's documentation of Erlang C: 14 agents, for 80 % within 20 s."""
    outlook = patient(HUNDRED, 14, 20)
    assert needed(patient, HUNDRED, Target(0.8, 20, occupancy_max=0.85)) == 14
    assert outlook.waiting == pytest.approx(0.1741319335950498)
    assert outlook.service_level == pytest.approx(0.8883500191794669)
    assert outlook.occupancy == pytest.approx(0.7142857142857143)


def test_erlang_a_is_as_published() -> None:
    """From pyworkforce's tests of Erlang A, whose ASA counts the waits of those who gave up too:
    0.069919 minutes, which is the share of them times their patience of five."""
    outlook = impatient(300)(HUNDRED, 14, 20)
    assert outlook.waiting == pytest.approx(0.14526, abs=5e-6)
    assert outlook.abandoned == pytest.approx(0.013984, abs=5e-7)
    assert outlook.abandoned * 5 == pytest.approx(0.069919, abs=5e-7)
    assert outlook.occupancy == pytest.approx(0.704297, abs=5e-7)
    assert outlook.service_level == pytest.approx(0.916792, abs=5e-7)


def test_patience_changes_what_is_published_of_fifty_agents() -> None:
    """Garnett, Mandelbaum and Reiman (2002): 48 calls of one minute a minute, 50 agents. Without
    end to patience the average wait is 20.8 s and agents are busy for 96 %; with two minutes of it
    3.1 % give up, the average wait is 3.7 s, and agents are busy for 93 %."""
    demand = Demand(48 / 60, 60)
    without, within = patient(demand, 50, 20), impatient(120)(demand, 50, 20)
    assert round(without.asa_s, 1) == 20.8
    assert round(without.occupancy, 2) == 0.96
    assert round(within.abandoned, 3) == 0.031
    assert round(within.abandoned * 120, 1) == 3.7  # of all callers: by Little's law
    assert round(within.occupancy, 2) == 0.93


def chain(demand: tuple[Fraction, Fraction], agents: int, patience: Fraction) -> tuple[float, ...]:
    """Who waits and who gives up, summed exactly over states until nothing is left of them."""
    rate, aht = demand
    shares = [Fraction(1)]
    while len(shares) <= agents or shares[-1] > Fraction(1, 10**18):
        state = len(shares)
        leaving = min(state, agents) / aht + max(0, state - agents) / patience
        shares.append(shares[-1] * rate / leaving)
    whole = sum(shares)
    waiting = sum(shares[agents:]) / whole
    length = sum(share * (n - agents) for n, share in enumerate(shares) if n > agents) / whole
    return float(waiting), float(length / patience / rate)


@pytest.mark.parametrize(("agents", "patience"), [(1, 40), (3, 600), (5, 40), (8, 5)])
def test_erlang_a_is_what_its_chain_of_states_comes_to(agents: int, patience: int) -> None:
    rate, aht = Fraction(1, 60), Fraction(240)
    outlook = impatient(patience)(Demand(float(rate), float(aht)), agents, 20)
    expected = chain((rate, aht), agents, Fraction(patience))
    assert (outlook.waiting, outlook.abandoned) == pytest.approx(expected, rel=1e-9)


def test_everybody_is_answered_in_time_or_late_or_gives_up() -> None:
    """What is integrated over time comes to what is summed over states."""
    for agents in (1, 10, 60):
        outlook = impatient(90)(Demand(0.2, 240), agents, 1e9)
        assert outlook.service_level + outlook.abandoned == pytest.approx(1, abs=1e-9)


def test_no_calls_need_nobody_and_one_agent_fewer_than_one_answers_nobody() -> None:
    assert needed(patient, Demand(0, 200), Target(0.8, 20)) == 0
    assert needed(impatient(60), Demand(0.1, 0), Target(0.8, 20)) == 0
    assert patient(Demand(0, 200), 3, 20) == Outlook(3, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert patient(HUNDRED, 0, 20) == Outlook(0, 1.0, 0.0, math.inf, 0.0, 1.0)
    none = impatient(60)(HUNDRED, 0, 20)
    assert (none.asa_s, none.service_level, none.occupancy) == (math.inf, 0.0, 1.0)
    assert none.abandoned == pytest.approx(1)


def test_too_few_for_the_load_is_no_error() -> None:
    over = patient(HUNDRED, 10, 20)
    assert (over.waiting, over.asa_s, over.service_level, over.occupancy) == (1, math.inf, 0, 1)
    crowd = impatient(3600)(Demand(10, 100), 500, 20)
    assert crowd.abandoned == pytest.approx(0.5)  # 500 of 1,000 erlangs
    assert crowd.service_level == pytest.approx(0, abs=1e-12)


def test_thousands_of_agents_are_worked_out() -> None:
    demand = Demand(10, 300)
    agents = needed(patient, demand, Target(0.8, 20))
    assert 3000 < agents < 3060
    assert needed(impatient(300), demand, Target(0.8, 20)) < agents


@pytest.mark.parametrize("wrong", [(0, 20), (1, 20), (1.2, 20), (0.8, 20, 0), (0.8, 20, 1.1)])
def test_a_target_that_nothing_meets_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Target(*wrong)


demands = st.builds(
    Demand,
    st.floats(min_value=1e-4, max_value=0.5),
    st.floats(min_value=10, max_value=900),
)
patiences = st.floats(min_value=1, max_value=3600)
seconds = st.floats(min_value=0, max_value=120)


@given(demands, st.integers(0, 60), seconds, patiences)
def test_one_agent_more_never_makes_it_worse(
    demand: Demand, agents: int, within_s: float, patience_s: float
) -> None:
    for model in (patient, impatient(patience_s)):
        few, more = (model(demand, n, within_s) for n in (agents, agents + 1))
        assert more.service_level >= few.service_level - 1e-9
        assert more.waiting <= few.waiting + 1e-9
        assert more.abandoned <= few.abandoned + 1e-9
        assert more.asa_s <= few.asa_s * (1 + 1e-9)
        assert 0 <= more.service_level <= 1
        assert 0 <= more.occupancy <= few.occupancy + 1e-9 <= 1 + 1e-9


@given(demands, st.integers(1, 60), seconds)
def test_with_more_patience_erlang_a_becomes_c_and_with_less_b(
    demand: Demand, agents: int, within_s: float
) -> None:
    impatience = impatient(1e-9)(demand, agents, within_s)
    lost = blocked(demand.load, agents)
    assert impatience.abandoned == pytest.approx(lost, abs=1e-6)
    assert impatience.service_level == pytest.approx(1 - lost, abs=1e-6)
    assume(demand.load < 0.95 * agents)
    expected, found = patient(demand, agents, within_s), impatient(1e12)(demand, agents, within_s)
    assert found.waiting == pytest.approx(expected.waiting, abs=1e-6)
    assert found.service_level == pytest.approx(expected.service_level, abs=1e-6)
    assert found.asa_s == pytest.approx(expected.asa_s, abs=1e-4)


@given(demands, st.floats(min_value=0.05, max_value=0.99), seconds, patiences)
def test_as_many_as_are_needed_are_enough_and_one_fewer_is_not(
    demand: Demand, share: float, within_s: float, patience_s: float
) -> None:
    target = Target(share, within_s, occupancy_max=0.9)
    for model in (patient, impatient(patience_s)):
        agents = needed(model, demand, target)
        assert target.is_met(model(demand, agents, within_s))
        assert not target.is_met(model(demand, agents - 1, within_s))
