"""The debt of an answered call is paid in steps, and nothing leads back."""

from callcenter.core.obligation import STEPS, ObligationState


def reachable(state: ObligationState) -> set[ObligationState]:
    """The states that may follow, however much later."""
    following = {to for to, sources in STEPS.items() if state in sources}
    return following.union(*map(reachable, following))


def test_an_open_debt_is_ticketed_and_then_qualified() -> None:
    assert reachable(ObligationState.OPEN) == {ObligationState.TICKETED, ObligationState.QUALIFIED}
    assert STEPS[ObligationState.QUALIFIED] == {ObligationState.TICKETED}


def test_nothing_leads_back() -> None:
    for state in ObligationState:
        assert state not in reachable(state)
        assert ObligationState.OPEN not in reachable(state)


def test_a_paid_debt_and_an_exempt_one_stay_what_they_are() -> None:
    assert reachable(ObligationState.QUALIFIED) == set()
    assert reachable(ObligationState.EXEMPT) == set()
