"""The debt of an answered call is paid in steps, and what leads back is written down."""

import pytest

from callcenter.core.obligation import STEPS, ObligationState, Step, restored


def test_an_open_debt_is_ticketed_and_then_qualified() -> None:
    assert STEPS[Step.TICKETED] == {ObligationState.OPEN}
    assert STEPS[Step.QUALIFIED] == {ObligationState.TICKETED}


def test_only_a_debt_with_a_ticket_is_reopened_and_only_an_exempt_one_restored() -> None:
    paid = {ObligationState.TICKETED, ObligationState.QUALIFIED}
    assert STEPS[Step.REOPENED] == paid
    assert STEPS[Step.RESTORED] == {ObligationState.EXEMPT}
    assert STEPS[Step.EXEMPTED] == {ObligationState.OPEN, *paid}


def test_every_step_has_a_way_and_every_state_a_way_on() -> None:
    assert set(STEPS) == set(Step)
    assert set().union(*STEPS.values()) == set(ObligationState)


@pytest.mark.parametrize(
    ("has_ticket", "was_qualified", "state"),
    [
        (False, False, ObligationState.OPEN),
        (False, True, ObligationState.OPEN),  # what was said went with the ticket
        (True, False, ObligationState.TICKETED),
        (True, True, ObligationState.QUALIFIED),
    ],
)
def test_who_is_no_longer_exempt_goes_back_to_where_it_was(
    has_ticket: bool, was_qualified: bool, state: ObligationState
) -> None:
    assert restored(has_ticket=has_ticket, was_qualified=was_qualified) is state
