"""What call tracking finds out. A fact is a name for a change and the call as it then was."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from callcenter.core.call import Call


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


Fact: TypeAlias = CallChanged | RingGroupChanged | SightChanged
