"""The obligation: the debt that an answered call creates, exactly one a call.

==========  ==========  ==============================================================
from        to          when
==========  ==========  ==============================================================
(nothing)   open        the call is answered, in the transaction of that fact
open        ticketed    the desk confirmed a ticket
ticketed    qualified   the agent said what the call was about
ticketed    open        the desk has the ticket no more: it needs another
qualified   open        the same; what the agent said went with the ticket
open        exempt      the call needs no ticket, for a reason from a fixed list
ticketed    exempt      the same; its ticket stays with it, and is completed
qualified   exempt      the same, of an agent who thought better of it
exempt      open        the exemption was an error, and there is no ticket yet
exempt      ticketed    the same, where the desk has one
exempt      qualified   the same, where the agent had said what it was about
==========  ==========  ==============================================================

An agent may be faster than a desk that is down. What they said is kept, and with the ticket the
debt goes from open to ticketed to qualified at once.

A step that was made already is made again without effect. Whoever asks for an exemption that a
supervisor has to confirm makes no step: the debt is paid meanwhile like any other.
"""

from enum import StrEnum


class ObligationState(StrEnum):
    """How far the debt is paid. ``exempt`` is counted and visible, with a reason."""

    OPEN = "open"
    TICKETED = "ticketed"
    QUALIFIED = "qualified"
    EXEMPT = "exempt"


class Step(StrEnum):
    """What happens to an obligation, after it was made."""

    TICKETED = "ticketed"
    QUALIFIED = "qualified"
    REOPENED = "reopened"
    EXEMPTED = "exempted"
    RESTORED = "restored"


STEPS = {
    Step.TICKETED: frozenset({ObligationState.OPEN}),
    Step.QUALIFIED: frozenset({ObligationState.TICKETED}),
    Step.REOPENED: frozenset({ObligationState.TICKETED, ObligationState.QUALIFIED}),
    Step.EXEMPTED: frozenset(
        {ObligationState.OPEN, ObligationState.TICKETED, ObligationState.QUALIFIED}
    ),
    Step.RESTORED: frozenset({ObligationState.EXEMPT}),
}
"""The states from which each step is made."""


class ExemptReason(StrEnum):
    """Why an answered call needs no ticket: the whole list, so that it can be counted."""

    WRONG_NUMBER = "wrong_number"
    NUISANCE = "nuisance"
    INTERNAL = "internal"
    TEST = "test"


def restored(*, has_ticket: bool, was_qualified: bool) -> ObligationState:
    """Where an exempt obligation goes when its exemption is taken back: to where it was.

    The desk may have confirmed its ticket meanwhile.
    """
    if not has_ticket:
        return ObligationState.OPEN
    return ObligationState.QUALIFIED if was_qualified else ObligationState.TICKETED
