"""Calls and legs as records: what is known of a call at one moment, never changed afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from callcenter.core.attestation import Attestation

IDS_KEPT = 10_000
"""Ids of calls in progress are asked for with every change, those of an import several times."""


class CallState(StrEnum):
    """Where a call is."""

    WAITING = "waiting"  # in a menu, an announcement or a mailbox: no telephone rings
    RINGING = "ringing"  # the ring group is being asked
    TALKING = "talking"  # answered; on hold and in transfer too
    ENDED = "ended"


class Outcome(StrEnum):
    """How a call ended, from the customer's side."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SHORT_ABANDON = "short_abandon"
    OVERFLOW = "overflow"
    CLOSED = "closed"
    REJECTED = "rejected"


MISSED = frozenset({Outcome.ABANDONED, Outcome.SHORT_ABANDON, Outcome.OVERFLOW})
"""Outcomes of calls that the ring group was asked to take and did not."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent's part in a call. ``agent`` is a login, None where nobody has that telephone."""

    agent: str | None
    interface: str
    offered_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hold_s: float = 0.0  # complete once the leg is over

    @property
    def talk_s(self) -> float | None:
        """Seconds of conversation without the holds; None while unanswered or not over."""
        return talk_s(self.answered_at, self.ended_at, self.hold_s)


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation from the customer's side, keyed by PBX and Linkedid."""

    pbx: str
    linkedid: str
    channel: str  # Uniqueid of the caller's channel, most often the Linkedid itself
    line: str
    caller_raw: str
    caller_name: str
    state: CallState
    started_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    transfers: int = 0
    attestation: Attestation | None = None  # the operator's word for the number
    end_seen: bool = True  # False: neither seen nor noted; ended_at is when that was noticed, or,
    # of a call that was heard of only when it was over, when it was answered
    imported: bool = False  # from before our time (calls/importing.py): it owes nothing
    legs: tuple[Leg, ...] = ()

    @property
    def id(self) -> str:
        """The same for ever for the same PBX and Linkedid, so writing a call twice is harmless."""
        return call_id(self.pbx, self.linkedid)

    @property
    def wait_s(self) -> float | None:
        """Seconds from the first ring to the answer or the end; None before, or if none rang."""
        return wait_s(self.queued_at, self.answered_at, self.ended_at)

    @property
    def answered_by(self) -> Leg | None:
        """The leg that answered first: its agent owes the ticket."""
        answered = [leg for leg in self.legs if leg.answered_at is not None]
        return min(answered, key=lambda leg: leg.answered_at or leg.offered_at, default=None)


def wait_s(
    queued_at: datetime | None, answered_at: datetime | None, ended_at: datetime | None
) -> float | None:
    """Seconds from the first ring to the answer or the end, to the millisecond."""
    until = answered_at or ended_at
    if queued_at is None or until is None:
        return None
    return round(max(0.0, (until - queued_at).total_seconds()), 3)


def talk_s(answered_at: datetime | None, ended_at: datetime | None, hold_s: float) -> float | None:
    """Seconds of conversation without the holds, to the millisecond."""
    if answered_at is None or ended_at is None:
        return None
    return round(max(0.0, (ended_at - answered_at).total_seconds() - hold_s), 3)


def acw_s(ended_at: datetime | None, qualified_at: datetime | None) -> float | None:
    """Seconds of after-call work, to the millisecond; none for what was said before the hang-up."""
    if ended_at is None or qualified_at is None:
        return None
    return round(max(0.0, (qualified_at - ended_at).total_seconds()), 3)


@lru_cache(maxsize=IDS_KEPT)
def call_id(pbx: str, linkedid: str) -> str:
    """The id of the call with this key, as a UUID."""
    return str(uuid5(NAMESPACE_URL, f"callcenter:{pbx}:{linkedid}"))
