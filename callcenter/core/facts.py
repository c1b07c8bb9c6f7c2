"""What call tracking finds out. A fact is a name for a change and the call as it then was."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from callcenter.core.call import Call
from callcenter.core.floor import TelephoneState
from callcenter.core.outgoing import Outgoing
from callcenter.core.supervision import Supervision


class Change(StrEnum):
    """What changed about a call."""

    STARTED = "call.started"
    RINGING = "call.ringing"
    OFFERED = "call.offered"
    ANSWERED = "call.answered"  # once a call, whatever follows
    UPDATED = "call.updated"  # a leg joined, held, resumed or ended
    TRANSFERRED = "call.transferred"
    MISSED = "call.missed"
    ENDED = "call.ended"


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call changed at a moment of the PBX's own clock."""

    change: Change
    at: datetime
    call: Call


@dataclass(frozen=True, slots=True)
class RingGroupChanged:
    """These interfaces ring for the line from now on."""

    line: str
    at: datetime
    interfaces: frozenset[str]


@dataclass(frozen=True, slots=True)
class SightChanged:
    """The PBX came into sight (reason None), or went out of it."""

    pbx: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class TelephoneChanged:
    """A telephone that rings for a line, or is an agent's, is in this state from now on."""

    pbx: str
    interface: str
    at: datetime
    state: TelephoneState


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """The PBX lets a queue's member pause, or no more. ``member`` is how QueuePause finds it,
    ``interface`` its telephone. ``seen``: it happened before our eyes, rather than was found so
    (after a restart a PBX may have forgotten a pause that nobody ended). ``ours``: we asked for it.
    """

    line: str
    interface: str
    at: datetime
    member: str
    paused: bool
    reason: str
    seen: bool
    ours: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingChanged:
    """A call that we make changed at a moment of the PBX's own clock."""

    at: datetime
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class SupervisionChanged:
    """What a supervisor hears of a call changed at a moment of the PBX's own clock."""

    at: datetime
    supervision: Supervision


FloorFact: TypeAlias = TelephoneChanged | MemberChanged
OwnFact: TypeAlias = OutgoingChanged | SupervisionChanged
Fact: TypeAlias = CallChanged | RingGroupChanged | SightChanged | FloorFact | OwnFact
