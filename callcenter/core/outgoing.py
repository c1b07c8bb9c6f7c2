"""Calls that we make: the agent's telephone first, then the customer's.

None of them is a call of a line: nobody owes a ticket for it, and no figure counts it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

ASKED_MAX = timedelta(seconds=20)
"""Who clicked longer ago than this does not expect the telephone to ring any more."""

RING_S = 30
"""How long the agent's own telephone rings."""


class Purpose(StrEnum):
    """Why the customer is called."""

    CALLBACK = "callback"  # they called, and nobody answered
    VERIFY = "verify"  # whether it works, before the ticket is completed
    CALL = "call"


class OutgoingState(StrEnum):
    """How far a call has come; only ever onwards, and it may end from each.

    ========  ==================================================  ==========================
    state     entered by                                          an end now is
    ========  ==================================================  ==========================
    ASKED     somebody clicked                                    expired, cancelled
    SENT      it is claimed, and the PBX told once at the most    failed, unknown
    PICK_UP   Newchannel of the agent's telephone                 agent_no_answer, cancelled
    CALLING   the agent picked up                                 what the customer's
                                                                  telephone said; cancelled
    TALKING   both are in one bridge                              answered
    ENDED     Hangup, a refusal of the PBX, or a snapshot that
              knows nothing of it any more
    ========  ==================================================  ==========================
    """

    ASKED = "asked"
    SENT = "sent"
    PICK_UP = "pick_up"
    CALLING = "calling"
    TALKING = "talking"
    ENDED = "ended"


class Result(StrEnum):
    """What became of it."""

    ANSWERED = "answered"  # the customer and the agent talked
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"  # Trouble says why
    CANCELLED = "cancelled"  # by the agent, before anybody answered
    AGENT_NO_ANSWER = "agent_no_answer"
    EXPIRED = "expired"  # nobody took it to the PBX in time
    UNKNOWN = "unknown"  # it ended while nobody was watching


class Trouble(StrEnum):
    """Why a call failed, each with something else to mend."""

    RIGHT = "right"  # the manager account may not originate
    TELEPHONE = "telephone"  # the PBX does not know the agent's
    TRUNK = "trunk"  # there is no way out, or the operator refused
    PBX = "pbx"  # it refused in words of its own, which are in the log


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call as it is at one moment, by the PBX's clock. ``id`` is its Linkedid too."""

    id: str
    state: OutgoingState
    result: Result | None = None
    trouble: Trouble | None = None
    agent_answered_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
