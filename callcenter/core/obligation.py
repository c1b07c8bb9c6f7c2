"""The obligation: the debt that an answered call creates, exactly one a call.

==========  ==========  ==============================================================
from        to          when
==========  ==========  ==============================================================
(nothing)   open        the call is answered, in the transaction of that fact
open        ticketed    the desk confirmed a ticket
ticketed    qualified   the agent said what the call was about
==========  ==========  ==============================================================

Nothing leads back: a step that was made already is made again without effect.
"""

from enum import StrEnum


class ObligationState(StrEnum):
    """How far the debt is paid. ``exempt`` is counted and visible, with a reason."""

    OPEN = "open"
    TICKETED = "ticketed"
    QUALIFIED = "qualified"
    EXEMPT = "exempt"


STEPS = {
    ObligationState.TICKETED: frozenset({ObligationState.OPEN}),
    ObligationState.QUALIFIED: frozenset({ObligationState.TICKETED}),
}
"""The states from which each state is entered."""
