"""Who is left out of which line until a ticket is written, and who never is."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.enforcement import OFF, Debt, Floor, Mode, Policy, Verdict, decide, owing
from callcenter.core.floor import TelephoneState

UNREACHABLE, IDLE, IN_USE = TelephoneState
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = START + timedelta(hours=1)
BLOCK = Policy()
REMIND = Policy(mode=Mode.REMIND)

NADIA, OMAR, ZOE = 1, 2, 3
ONE, TWO, THREE, FOUR = (f"PJSIP/{name}" for name in (101, 102, 103, 104))


def second(after: float) -> datetime:
    return START + timedelta(seconds=after)


def owed(
    agent_id: int | None = NADIA,
    interface: str = ONE,
    *,
    number: int = 1,
    at: float = 0,
    talk_s: float | None = 60,
    **more: Any,
) -> Debt:
    return Debt(
        call_id=f"call {number}",
        line=more.pop("line", "support"),
        agent_id=agent_id,
        interface=interface,
        answered_at=second(at),
        ended_at=None if talk_s is None else second(at + talk_s),
        **more,
    )


def floor(policy: Policy = BLOCK, **more: Any) -> Floor:
    """Three agents with a telephone each, and one that nobody has; all of them idle."""
    given: dict[str, Any] = {
        "policies": {"support": policy},
        "ring_groups": {"support": [ONE, TWO, THREE, FOUR]},
        "holders": {ONE: NADIA, TWO: OMAR, THREE: ZOE},
        "telephones": dict.fromkeys([ONE, TWO, THREE, FOUR], IDLE),
    }
    return Floor(**given | more)


def left_out(floor: Floor, *debts: Debt, now: datetime = NOW) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for block in decide(floor, debts, now).blocks:
        found.setdefault(block.line, set()).add(block.interface)
    return found


def test_nobody_owes_and_nobody_is_left_out() -> None:
    assert decide(floor(), [], NOW) == Verdict((), (), (), None)


def test_who_answered_is_left_out_until_the_ticket_is_written() -> None:
    assert left_out(floor(), owed()) == {"support": {ONE}}
    (block,) = decide(floor(), [owed()], NOW).blocks
    assert (block.agent_id, block.since) == (NADIA, START)


@pytest.mark.parametrize("policy", [OFF, REMIND])
def test_a_line_that_does_not_block_leaves_nobody_out(policy: Policy) -> None:
    assert left_out(floor(policy), owed()) == {}


def test_the_block_goes_with_the_agent_to_all_their_telephones() -> None:
    seats = floor(holders={TWO: NADIA, FOUR: NADIA, THREE: ZOE})
    assert left_out(seats, owed(NADIA, ONE)) == {"support": {TWO, FOUR}}


def test_a_debt_of_nobodys_leaves_out_the_telephone_whoever_sits_down_there() -> None:
    assert left_out(floor(), owed(None, FOUR)) == {"support": {FOUR}}
    assert left_out(floor(holders={FOUR: OMAR, ONE: NADIA}), owed(None, FOUR)) == {
        "support": {FOUR}
    }


def test_a_debt_on_one_line_counts_on_every_line_that_blocks() -> None:
    lines = floor(
        policies={"support": BLOCK, "network": BLOCK, "sales": REMIND, "fax": OFF},
        ring_groups={name: [ONE, TWO] for name in ("support", "network", "sales", "fax", "gone")},
    )
    assert left_out(lines, owed(line="network")) == {"support": {ONE}, "network": {ONE}}
    for line in ("sales", "fax", "gone"):
        assert left_out(lines, owed(line=line)) == {}


def test_from_the_answer_while_they_talk_or_from_the_hang_up() -> None:
    talks = owed(talk_s=None)
    assert left_out(floor(), talks) == {"support": {ONE}}
    assert left_out(floor(Policy(from_hangup=True)), talks) == {}
    assert left_out(floor(Policy(from_hangup=True)), owed()) == {"support": {ONE}}


def test_a_pbx_whose_clock_is_ahead_blocks_as_well() -> None:
    ahead = owed(at=3600, talk_s=5)
    assert left_out(floor(), ahead, now=second(3599)) == {"support": {ONE}}
    assert left_out(floor(Policy(from_hangup=True)), ahead, now=second(3599)) == {"support": {ONE}}


def test_a_grace_begins_with_the_hang_up_and_is_looked_at_when_it_ends() -> None:
    graced = floor(Policy(from_hangup=True, grace=timedelta(seconds=30)))
    assert decide(graced, [owed()], second(61)) == Verdict((), (), (), second(90))
    assert left_out(graced, owed(), now=second(90)) == {"support": {ONE}}


def test_as_many_as_are_allowed_bite_not_yet() -> None:
    lenient = floor(Policy(allowed=1))
    assert left_out(lenient, owed()) == {}
    (block,) = decide(lenient, [owed(), owed(number=2, at=90)], NOW).blocks
    assert (block.interface, block.since) == (ONE, second(90))


# -- the last one ----------------------------------------------------------------------------------


def test_the_last_who_can_be_reached_is_spared() -> None:
    away = floor(telephones={ONE: IDLE, TWO: UNREACHABLE, THREE: UNREACHABLE, FOUR: UNREACHABLE})
    assert left_out(away, owed()) == {}


def test_who_talks_can_be_reached_and_who_rests_cannot() -> None:
    two = {"ring_groups": {"support": [ONE, TWO]}}
    assert left_out(floor(telephones={ONE: IDLE, TWO: IN_USE}, **two), owed()) == {"support": {ONE}}
    assert left_out(floor(resting={OMAR}, **two), owed()) == {}
    assert left_out(floor(resting={NADIA}, **two), owed()) == {"support": {ONE}}
    assert left_out(floor(resting={NADIA, OMAR}, **two), owed()) == {"support": {ONE}}


def test_of_several_who_owe_the_one_blocked_for_the_shortest_time_is_spared() -> None:
    two = floor(ring_groups={"support": [ONE, TWO]})
    both = [owed(NADIA, ONE), owed(OMAR, TWO, number=2, at=5)]
    assert left_out(two, *both) == {"support": {ONE}}
    assert left_out(two, both[1]) == {"support": {TWO}}


def test_somebody_else_who_comes_back_ends_that() -> None:
    debts = [owed(NADIA, ONE), owed(OMAR, TWO, number=2, at=5)]
    only = {ONE: IDLE, TWO: IDLE, THREE: UNREACHABLE, FOUR: UNREACHABLE}
    assert left_out(floor(telephones=only), *debts) == {"support": {ONE}}
    assert left_out(floor(telephones=only | {THREE: IDLE}), *debts) == {"support": {ONE, TWO}}


def test_a_second_debt_of_who_is_spared_makes_no_difference_to_who_waits_longer() -> None:
    two = floor(ring_groups={"support": [ONE, TWO]})
    debts = [owed(NADIA, ONE), owed(OMAR, TWO, number=2, at=5), owed(OMAR, TWO, number=3, at=99)]
    assert left_out(two, *debts) == {"support": {ONE}}


def test_a_telephone_that_nothing_is_heard_of_may_be_the_last_but_is_no_other() -> None:
    two = {"ring_groups": {"support": [ONE, TWO]}}
    assert left_out(floor(telephones={}, **two), owed()) == {}
    assert left_out(floor(telephones={ONE: IDLE}, **two), owed()) == {}
    assert left_out(floor(telephones={ONE: UNREACHABLE, TWO: UNREACHABLE}, **two), owed()) == {
        "support": {ONE}
    }


# -- escalation, and the stub ----------------------------------------------------------------------

TIMED = Policy(escalate_after=timedelta(minutes=10), stub_after=timedelta(minutes=30))


@pytest.mark.parametrize(
    ("minutes", "overdue", "stubs", "again"),
    [(10, 0, 0, 11), (11, 1, 0, 31), (31, 1, 1, None)],
)
def test_what_waits_for_long_is_escalated_and_then_stubbed(
    minutes: int, overdue: int, stubs: int, again: int | None
) -> None:
    verdict = decide(floor(TIMED), [owed()], second(60 * minutes))
    assert (len(verdict.overdue), len(verdict.stubs)) == (overdue, stubs)
    assert verdict.look_again_at == (again and second(60 * again))
    assert {block.interface for block in verdict.blocks} == {ONE}  # never a way out


def test_each_is_done_once_and_not_while_they_talk() -> None:
    done = owed(is_escalated=True, is_stubbed=True)
    talks = owed(number=2, talk_s=None)
    verdict = decide(floor(TIMED), [done, talks], NOW)
    assert (verdict.overdue, verdict.stubs, verdict.look_again_at) == ((), (), None)


def test_reminders_escalate_too_and_a_line_that_is_off_does_not() -> None:
    assert decide(floor(replace(TIMED, mode=Mode.REMIND)), [owed()], NOW).overdue == (owed(),)
    assert decide(floor(replace(TIMED, mode=Mode.OFF)), [owed()], NOW).overdue == ()


def test_who_has_a_conversation_behind_them_owes() -> None:
    debts = [owed(NADIA), owed(OMAR, talk_s=None), owed(None, FOUR)]
    assert owing(floor(), debts) == {NADIA}
    assert owing(floor(REMIND), debts) == {NADIA}
    assert owing(floor(OFF), debts) == frozenset()


# -- whatever happens ------------------------------------------------------------------------------

TELEPHONES = [f"PJSIP/{100 + number}" for number in range(6)]
MOMENTS = st.integers(0, 3000).map(second)


@st.composite
def debts_of(draw: st.DrawFn) -> list[Debt]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        answered_at = draw(MOMENTS)
        ended_at = draw(st.none() | st.integers(0, 900).map(lambda s: timedelta(seconds=s)))
        found.append(
            Debt(
                call_id=str(number),
                line=draw(st.sampled_from(["support", "network"])),
                agent_id=draw(st.none() | st.integers(1, 4)),
                interface=draw(st.sampled_from(TELEPHONES)),
                answered_at=answered_at,
                ended_at=None if ended_at is None else answered_at + ended_at,
            )
        )
    return found


POLICIES = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    from_hangup=st.booleans(),
    grace=st.sampled_from([timedelta(), timedelta(minutes=5)]),
    allowed=st.integers(0, 2),
)
GROUPS = st.sets(st.sampled_from(TELEPHONES))
FLOORS = st.builds(
    Floor,
    policies=st.fixed_dictionaries({"support": POLICIES, "network": POLICIES}),
    ring_groups=st.fixed_dictionaries({"support": GROUPS, "network": GROUPS}),
    holders=st.dictionaries(st.sampled_from(TELEPHONES), st.integers(1, 4)),
    telephones=st.dictionaries(st.sampled_from(TELEPHONES), st.sampled_from(TelephoneState)),
    resting=st.frozensets(st.integers(1, 4)),
)


def is_there(floor: Floor, interface: str) -> bool:
    state = floor.telephones.get(interface, UNREACHABLE)
    return state is not UNREACHABLE and floor.holder(interface) not in floor.resting


def rings(floor: Floor, line: str, verdict: Verdict) -> set[str]:
    out = {block.interface for block in verdict.blocks if block.line == line}
    return {one for one in floor.ring_groups[line] if is_there(floor, one)} - out


@given(floor=FLOORS, debts=debts_of(), now=MOMENTS)
def test_no_line_is_left_without_the_last_whom_it_can_reach(
    floor: Floor, debts: list[Debt], now: datetime
) -> None:
    verdict = decide(floor, debts, now)
    for line, group in floor.ring_groups.items():
        if any(is_there(floor, one) for one in group):
            assert rings(floor, line, verdict)


@given(floor=FLOORS, debts=debts_of(), now=MOMENTS, random=st.randoms(use_true_random=False))
def test_the_order_in_which_things_happened_decides_nothing(
    floor: Floor, debts: list[Debt], now: datetime, random: Any
) -> None:
    shuffled = random.sample(debts, len(debts))
    assert decide(floor, shuffled, now) == decide(floor, debts, now)


@given(floor=FLOORS, debts=debts_of(), now=MOMENTS, agent=st.integers(1, 4))
def test_who_has_written_everything_is_left_out_of_nothing(
    floor: Floor, debts: list[Debt], now: datetime, agent: int
) -> None:
    others = [debt for debt in debts if debt.agent_id not in (agent, None)]
    assert not blocked(decide(floor, others, now), agent)


@given(floor=FLOORS, debts=debts_of(), now=MOMENTS)
def test_what_is_decided_again_is_decided_alike_until_something_is_due(
    floor: Floor, debts: list[Debt], now: datetime
) -> None:
    verdict = decide(floor, debts, now)
    before = (verdict.look_again_at or NOW) - timedelta(microseconds=1)
    assert decide(floor, debts, max(now, before)).blocks == verdict.blocks


def blocked(verdict: Verdict, agent: int) -> Iterable[str]:
    return [block.interface for block in verdict.blocks if block.agent_id == agent]
