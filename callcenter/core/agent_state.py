"""What an agent does, from what telephones, calls, debts and pauses say.

The first row that is true decides:

==========  ==================================================================================
state       when
==========  ==================================================================================
on_call     the agent talks to a caller, or a telephone of theirs is in use
ringing     a call rings for them (see ``shown``)
offline     no telephone of theirs can be reached, and no page of theirs is open
paused      they take a pause of their own: it says more than that a ticket waits meanwhile
wrap_up     a conversation of theirs is over, and its ticket says nothing yet
offline     no telephone of theirs can be reached, though a page of theirs is open
available   otherwise: the next call may ring
==========  ==================================================================================

Whoever left for the day with a ticket to write is offline; at their desk, with the telephone
unplugged, they are still in wrap-up.

That a telephone rings is told by calls, and written nowhere else: where fifty ring together, one
call would change fifty agents twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from callcenter.core.floor import TelephoneState


class AgentState(StrEnum):
    """Whether an agent can take a call, and why not."""

    AVAILABLE = "available"
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """What is known of an agent at one moment.

    ``telephones`` has the states of those that are heard of. ``owes`` is that a conversation of
    theirs is over and its ticket says nothing yet. ``pause`` is the reason of their own pause,
    which may be empty; None: they take none.
    """

    telephones: Collection[TelephoneState] = ()
    talks: bool = False
    owes: bool = False
    pause: str | None = None
    is_signed_in: bool = False

    @property
    def is_reachable(self) -> bool:
        """Whether a telephone of theirs could ring."""
        return any(one is not TelephoneState.UNREACHABLE for one in self.telephones)


def state_of(facts: AgentFacts) -> tuple[AgentState, str | None]:
    """The agent's state but for calls that ring, with the reason of a pause where there is one."""
    if facts.talks or TelephoneState.IN_USE in facts.telephones:
        return AgentState.ON_CALL, None
    if not facts.is_reachable and not facts.is_signed_in:
        return AgentState.OFFLINE, None
    if facts.pause is not None:
        return AgentState.PAUSED, facts.pause or None
    if facts.owes:
        return AgentState.WRAP_UP, None
    return (AgentState.AVAILABLE if facts.is_reachable else AgentState.OFFLINE), None


def shown(state: AgentState, *, rings: bool) -> AgentState:
    """The same, for whoever looks: with the calls that ring."""
    return AgentState.RINGING if rings and state is not AgentState.ON_CALL else state
