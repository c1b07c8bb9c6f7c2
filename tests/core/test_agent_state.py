"""What an agent does, by what is known of them."""

import pytest

from callcenter.core.agent_state import AgentFacts, AgentState, shown, state_of
from callcenter.core.floor import TelephoneState

UNREACHABLE, IDLE, IN_USE = TelephoneState


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (AgentFacts(), (AgentState.OFFLINE, None)),
        (AgentFacts(telephones=[UNREACHABLE]), (AgentState.OFFLINE, None)),
        (AgentFacts(telephones=[UNREACHABLE], is_signed_in=True), (AgentState.OFFLINE, None)),
        (AgentFacts(telephones=[IDLE]), (AgentState.AVAILABLE, None)),
        (AgentFacts(telephones=[UNREACHABLE, IDLE]), (AgentState.AVAILABLE, None)),
        (AgentFacts(telephones=[IDLE, IN_USE]), (AgentState.ON_CALL, None)),
        (AgentFacts(telephones=[IDLE], talks=True), (AgentState.ON_CALL, None)),
        (AgentFacts(talks=True), (AgentState.ON_CALL, None)),
        (AgentFacts(telephones=[IDLE], owes=True), (AgentState.WRAP_UP, None)),
        (AgentFacts(telephones=[IN_USE], owes=True), (AgentState.ON_CALL, None)),
        (AgentFacts(telephones=[IDLE], owes=True, pause="lunch"), (AgentState.PAUSED, "lunch")),
        (AgentFacts(telephones=[IDLE], pause=""), (AgentState.PAUSED, None)),
        (AgentFacts(is_signed_in=True, pause="lunch"), (AgentState.PAUSED, "lunch")),
        (AgentFacts(pause="lunch", owes=True), (AgentState.OFFLINE, None)),
        (AgentFacts(is_signed_in=True, owes=True), (AgentState.WRAP_UP, None)),
    ],
)
def test_the_first_row_that_is_true_decides(
    facts: AgentFacts, expected: tuple[AgentState, str | None]
) -> None:
    assert state_of(facts) == expected


@pytest.mark.parametrize("state", AgentState)
def test_a_call_that_rings_is_shown_unless_they_talk(state: AgentState) -> None:
    talks = state is AgentState.ON_CALL
    assert shown(state, rings=True) is (state if talks else AgentState.RINGING)
    assert shown(state, rings=False) is state
