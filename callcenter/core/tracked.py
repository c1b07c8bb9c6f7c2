"""A call while it lasts: what the tracker changes, and the record it gives of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from callcenter.core.attestation import Attestation
from callcenter.core.call import MISSED, Call, CallState, Leg, Outcome
from callcenter.core.line import Line

SWAP_MAX = timedelta(milliseconds=250)
"""A channel that Asterisk swaps for another is alone for a millisecond, on a busy machine for some
more."""


class Phase(StrEnum):
    """How far an unanswered call has come; what an end now would be called.

    ===========  ==========================================  =========================
    phase        entered by                                  a hang-up now is
    ===========  ==========================================  =========================
    ARRIVED      the first event of the call                 abandoned
    RINGING      QueueCallerJoin, DialBegin                  abandoned
    CONNECTING   DialEnd ANSWER, Pickup, AgentConnect        abandoned: nobody spoke yet
    OVER         QueueCallerLeave, the last DialEnd of a     overflow: the PBX gave up,
                 Dial, the dialplan's own word; always       not the caller
                 with the caller still there
    ===========  ==========================================  =========================

    A later DialBegin or QueueCallerJoin leads back to RINGING.
    """

    ARRIVED = "arrived"
    RINGING = "ringing"
    CONNECTING = "connecting"
    OVER = "over"


@dataclass(slots=True, eq=False)
class TrackedLeg:
    """One agent's part. ``ringing``: the channels still offered to him, of any telephone of his.

    An answered leg is *away* while the agent has the caller on hold, or consults somebody else.
    ``left_at`` is when his channel left the caller; whether that was the end, a consultation or
    a channel swapped by Asterisk shows only by what he does next.
    """

    agent: str | None
    interface: str
    offered_at: datetime
    ringing: set[str] = field(default_factory=set)
    channel: str | None = None  # the channel that answered; None again after a restart of ours
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hold_s: float = 0.0
    away_since: datetime | None = None
    on_hold: bool = False
    left_at: datetime | None = None

    @classmethod
    def of(cls, record: Leg) -> Self:
        """The leg that a record tells of. Which channel was its own, a record does not tell."""
        return cls(
            record.agent,
            record.interface,
            record.offered_at,
            answered_at=record.answered_at,
            ended_at=record.ended_at,
            hold_s=record.hold_s,
        )

    @property
    def is_talking(self) -> bool:
        """Answered and not over."""
        return self.answered_at is not None and self.ended_at is None

    def go_away(self, at: datetime) -> None:
        """Start the clock of hold time, if it does not run."""
        if self.away_since is None:
            self.away_since = at

    def come_back(self, at: datetime) -> None:
        """Stop the clock of hold time."""
        if self.away_since is not None:
            self.hold_s += max(0.0, (at - self.away_since).total_seconds())
            self.away_since = None

    def was_swapped(self, at: datetime) -> bool:
        """Whether he is back sooner than anybody could have consulted somebody: he was never away.

        Asterisk takes a Local channel out from between the two, once the caller was handed on.
        """
        return (
            self.left_at is not None
            and self.away_since == self.left_at
            and at - self.left_at <= SWAP_MAX
        )

    def end(self, at: datetime) -> None:
        """Close the leg: at the moment he left the caller, unless he was still busy with him."""
        if self.ended_at is not None:
            return
        if self.left_at is not None and self.away_since is None:
            at = self.left_at
        self.come_back(at)
        self.ended_at = at

    def record(self) -> Leg:
        """What is known of the leg now."""
        return Leg(
            self.agent,
            self.interface,
            self.offered_at,
            self.answered_at,
            self.ended_at,
            round(self.hold_s, 3),
        )


@dataclass(slots=True, eq=False)
class TrackedCall:
    """A call that is up. ``channel`` is the caller's, whose Hangup ends the call."""

    pbx: str
    linkedid: str
    channel: str
    line: Line
    caller_raw: str
    caller_name: str
    started_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    attestation: Attestation | None = None
    end_seen: bool = True
    phase: Phase = Phase.ARRIVED
    in_queue: bool = False
    verdict: Outcome | None = None  # closed or rejected, said by the dialplan
    transfers: int = 0
    legs: list[TrackedLeg] = field(default_factory=list)
    by_channel: dict[str, TrackedLeg] = field(default_factory=dict)
    last_at: datetime = field(init=False)  # the latest moment that is known of it

    def __post_init__(self) -> None:
        known = [self.started_at, self.queued_at, self.answered_at]
        for leg in self.legs:
            held = timedelta(seconds=leg.hold_s)
            known += [leg.offered_at, (leg.answered_at or leg.offered_at) + held, leg.ended_at]
        self.last_at = max(at for at in known if at is not None)

    @classmethod
    def of(cls, record: Call, line: Line) -> Self:
        """The open call that a record tells of; telephones lead to its legs again."""
        return cls(
            record.pbx,
            record.linkedid,
            record.channel,
            line,
            record.caller_raw,
            record.caller_name,
            record.started_at,
            queued_at=record.queued_at,
            answered_at=record.answered_at,
            transfers=record.transfers,
            attestation=record.attestation,
            phase=_phase(record),
            legs=[TrackedLeg.of(leg) for leg in record.legs],
        )

    @property
    def state(self) -> CallState:
        """Where the call is, in the words of its record."""
        if self.ended_at is not None:
            return CallState.ENDED
        if self.answered_at is not None:
            return CallState.TALKING
        if self.phase in {Phase.RINGING, Phase.CONNECTING}:
            return CallState.RINGING
        return CallState.WAITING

    def forward(self, at: datetime) -> datetime:
        """Give ``at``, but never less than before: times of a call come from several clocks.

        Events carry the PBX's, to the microsecond; the age of a channel has whole seconds; a
        snapshot has ours, and is followed by events that are a little older than it.
        """
        self.last_at = max(self.last_at, at)
        return self.last_at

    def leg_of(self, agent: str | None, interface: str) -> TrackedLeg | None:
        """The leg that a telephone continues: its own or its agent's, not yet answered and over."""
        for leg in reversed(self.legs):
            is_his = leg.interface == interface or (agent is not None and leg.agent == agent)
            is_over = leg.ended_at is not None and (
                leg.answered_at is not None or self.answered_at is not None
            )
            if is_his and not is_over:
                return leg
        return None

    @property
    def is_missed(self) -> bool:
        """Ended, and the ring group did not take it: asked in vain, or not even there to ask."""
        was_asked = self.queued_at is not None or self.outcome is Outcome.OVERFLOW
        return was_asked and self.outcome in MISSED

    def outcome_of_end(self, at: datetime) -> Outcome:
        """What an end at this moment is called."""
        if self.answered_at is not None:
            return Outcome.ANSWERED
        if self.verdict is not None:
            return self.verdict
        if self.phase is Phase.OVER:
            return Outcome.OVERFLOW
        waited = at - (self.queued_at or self.started_at)
        if waited.total_seconds() < self.line.short_abandon_s:
            return Outcome.SHORT_ABANDON
        return Outcome.ABANDONED

    def end(self, at: datetime, *, seen: bool) -> None:
        """Close the call and every leg of it."""
        self.outcome = self.outcome_of_end(at)
        self.ended_at, self.end_seen, self.in_queue = at, seen, False
        for leg in self.legs:
            leg.end(at)

    def record(self) -> Call:
        """What is known of the call now."""
        return Call(
            pbx=self.pbx,
            linkedid=self.linkedid,
            channel=self.channel,
            line=self.line.name,
            caller_raw=self.caller_raw,
            caller_name=self.caller_name,
            state=self.state,
            started_at=self.started_at,
            queued_at=self.queued_at,
            answered_at=self.answered_at,
            ended_at=self.ended_at,
            outcome=self.outcome,
            transfers=self.transfers,
            attestation=self.attestation,
            end_seen=self.end_seen,
            legs=tuple(leg.record() for leg in self.legs),
        )


def _phase(record: Call) -> Phase:
    if record.state is CallState.RINGING:
        return Phase.RINGING
    return Phase.ARRIVED if record.queued_at is None else Phase.OVER
