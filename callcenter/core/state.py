"""What is known of one PBX now: its calls, how they come, ring and end, and the facts of that.

One call per caller's Linkedid, one leg per agent's part (``legs.py``). Live events (``events.py``)
and snapshots (``resync.py``) both act through this.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import datetime

from callcenter.core import headers
from callcenter.core.attestation import Attestation
from callcenter.core.dialling import Dialling
from callcenter.core.facts import (
    CallChanged,
    Change,
    Fact,
    MemberChanged,
    OutgoingChanged,
    RingGroupChanged,
    SightChanged,
    SupervisionChanged,
    TelephoneChanged,
)
from callcenter.core.floor import Member, Telephones, TelephoneState
from callcenter.core.line import Line, Lines
from callcenter.core.pbx import Event
from callcenter.core.supervising import Supervising
from callcenter.core.topology import Channel, Topology
from callcenter.core.tracked import Phase, TrackedCall

CHANNEL = ("Channel", "Uniqueid", "Linkedid")
"""The headers without which an event or a row names no channel."""

ENDED_REMEMBERED = 10_000
"""Ended calls whose late events are known to be late. A day of a large site."""


class PbxState:
    """Open calls, channels, floor and sight of one PBX. ``roster`` as in ``Tracker``."""

    def __init__(self, pbx: str, lines: Lines, roster: Mapping[str, str]) -> None:
        self.pbx = pbx
        self.lines = lines
        self.roster = roster
        self.topology = Topology()
        self.calls: dict[str, TrackedCall] = {}  # by Linkedid
        self.callers: dict[str, TrackedCall] = {}  # by the caller's channel
        self.by_leg: dict[str, TrackedCall] = {}  # by a telephone's channel
        self.ring_groups: dict[str, frozenset[str]] = {}  # by line
        self.members: dict[str, str] = {}  # telephones, by what queues call their members
        self.telephones = Telephones()
        self._watched: frozenset[str] = frozenset(roster)
        self.queue_members: dict[tuple[str, str], Member] = {}  # by line and telephone
        self.dialling = Dialling()
        self.supervising = Supervising()
        self.in_sight = False
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._stand_ins: OrderedDict[str, str] = OrderedDict()  # channel -> Linkedid of its call
        self._facts: list[Fact] = []

    def take_facts(self) -> list[Fact]:
        """The facts since this was asked last, in order."""
        facts, self._facts = self._facts, []
        facts += [OutgoingChanged(at, outgoing) for at, outgoing in self.dialling.take_news()]
        facts += [SupervisionChanged(at, one) for at, one in self.supervising.take_news()]
        return facts

    def sight(self, at: datetime, reason: str | None) -> None:
        """Note that the PBX came into sight (no reason) or went out of it."""
        if self.in_sight == (reason is None):
            return
        self.in_sight = reason is None
        self._facts.append(SightChanged(self.pbx, at, reason))

    def lose_sight(self, at: datetime, reason: str) -> None:
        """Nothing is seen from here on: what has just begun is not known to go on."""
        self.sight(at, reason)
        self.dialling.lose_sight()
        self.supervising.lose_sight()
        for call in self.calls.values():
            if call.phase is Phase.CONNECTING:
                call.phase = Phase.RINGING
            for leg in call.legs:
                if leg.on_hold and leg.left_at is None:
                    leg.come_back(call.forward(at))
                leg.on_hold = False

    def ring_group(self, line: str, interfaces: frozenset[str], at: datetime) -> None:
        """Note which interfaces ring for a line."""
        if self.ring_groups.get(line) == interfaces:
            return
        self.ring_groups[line] = interfaces
        self._facts.append(RingGroupChanged(line, at, interfaces))
        self.look_at_telephones()

    # -- the floor -----------------------------------------------------------------------------

    def telephone(self, interface: str, telephone_state: TelephoneState, at: datetime) -> None:
        """Note what a telephone, or any other device, does."""
        if self.telephones.see(interface, telephone_state, at):
            self._tell_of({interface} & self._watched)

    def look_at_telephones(self) -> None:
        """Others may ring for a line or be an agent's by now: tell what was seen of them."""
        self._watched = frozenset(self.roster).union(*self.ring_groups.values())
        self._tell_of(self._watched)

    def _tell_of(self, interfaces: Collection[str]) -> None:
        for interface, telephone_state, at in self.telephones.news(interfaces):
            self._facts.append(TelephoneChanged(self.pbx, interface, at, telephone_state))

    def queue_member(
        self, line: str, telephone: str, member: Member, at: datetime, *, seen: bool
    ) -> None:
        """Note whether a queue's member takes a pause."""
        if self.queue_members.get((line, telephone)) == member:
            return
        self.queue_members[line, telephone] = member
        self._facts.append(
            MemberChanged(line, telephone, at, member.name, member.paused, member.reason, seen=seen)
        )

    # -- channels ------------------------------------------------------------------------------

    def channel(self, event: Event, prefix: str = "") -> Channel:
        """The channel an event speaks of, which may be the first that is heard of it."""
        return self.topology.add(
            event[f"{prefix}Uniqueid"],
            headers.text(event[f"{prefix}Channel"]),
            event[f"{prefix}Linkedid"],
        )

    # -- calls ---------------------------------------------------------------------------------

    def call_of(self, event: Event, prefix: str = "") -> TrackedCall | None:
        """The call that an event is about. A caller's Linkedid changes when it meets an older."""
        by_caller = self.callers.get(event.get(f"{prefix}Uniqueid", ""))
        return by_caller or self.calls.get(event.get(f"{prefix}Linkedid", ""))

    def line_at(self, event: Event) -> Line | None:
        """The line whose calls run where the caller is."""
        return self.lines.by_context.get(event.get("Context", ""))

    def arrived(self, event: Event, line: Line | None, at: datetime) -> TrackedCall | None:
        """The call of a caller of whom this line hears first now; None if that is no caller.

        A caller may come through a Local channel, which has the caller's Linkedid.
        """
        if line is None or not all(event.get(header) for header in CHANNEL):
            return None
        caller = self.topology.channels.get(self.channel(event).linkedid)
        if caller is None or caller.is_local:
            return None
        return self.start(line, event, headers.born(caller.id, at))

    def start(self, line: Line, event: Event, started_at: datetime) -> TrackedCall | None:
        """Begin to track the caller whose Linkedid ``event`` has; None if that call is over."""
        linkedid = event["Linkedid"]
        if linkedid in self._ended:
            return None
        call = TrackedCall(
            self.pbx,
            linkedid,
            linkedid,
            line,
            headers.number(event),
            headers.name(event),
            started_at,
        )
        self.adopt(call)
        self.say(Change.STARTED, call, started_at)
        return call

    def adopt(self, call: TrackedCall) -> None:
        """Track a call that is already known."""
        self.calls[call.linkedid] = self.callers[call.channel] = call

    def attest(self, call: TrackedCall, word: Attestation | None, at: datetime) -> None:
        """Note what the operator says of the caller's number."""
        if word is not None and word is not call.attestation:
            call.attestation = word
            self.say(Change.UPDATED, call, call.forward(at))

    def ring(self, call: TrackedCall, at: datetime) -> None:
        """The ring group is being asked."""
        if call.answered_at is not None:
            return
        at, was = call.forward(at), call.state
        call.phase, call.verdict = Phase.RINGING, None
        if call.queued_at is None:
            call.queued_at = at
        if call.state is not was:
            self.say(Change.RINGING, call, at)

    def give_up(self, call: TrackedCall, at: datetime) -> None:
        """The PBX asks the ring group no more, and it was not the caller who ended it."""
        caller = self.topology.channels.get(call.channel)
        if call.answered_at is not None or (caller is not None and caller.hanging):
            return
        at, was = call.forward(at), call.state
        call.phase = Phase.OVER
        if call.state is not was:
            self.say(Change.UPDATED, call, at)

    def stop_ringing(self, call: TrackedCall, at: datetime) -> None:
        """Give up if nothing is left that rings."""
        rings = call.in_queue or any(leg.ringing for leg in call.legs)
        if call.phase is Phase.RINGING and not rings:
            self.give_up(call, at)

    def transfer(self, call: TrackedCall, at: datetime) -> None:
        """Somebody handed the caller on."""
        at = call.forward(at)
        call.transfers += 1
        self.say(Change.TRANSFERRED, call, at)

    def end(self, call: TrackedCall, at: datetime, *, seen: bool) -> None:
        """Close a call and say so."""
        at = call.forward(at)
        call.end(at, seen=seen)
        self.calls.pop(call.linkedid, None)
        self.callers.pop(call.channel, None)
        for channel in call.by_channel:
            self.untie(call, channel)
        self.remember_ended(call.linkedid)
        if call.is_missed:
            self.say(Change.MISSED, call, at)
        self.say(Change.ENDED, call, at)

    def remember_ended(self, linkedid: str) -> None:
        """What is heard of this call from now on is late, and begins no other."""
        self._ended[linkedid] = None
        if len(self._ended) > ENDED_REMEMBERED:
            self._ended.popitem(last=False)

    def queued_as(self, call: TrackedCall, channel_id: str) -> None:
        """It is this channel that waits in a queue for the caller: a Local channel's half."""
        if channel_id != call.linkedid:
            self._stand_ins[channel_id] = call.linkedid
            if len(self._stand_ins) > ENDED_REMEMBERED:
                self._stand_ins.popitem(last=False)

    def linkedid_of(self, channel_id: str) -> str:
        """The Linkedid of the call for which a channel waited in a queue; else its own."""
        return self._stand_ins.get(channel_id, channel_id)

    def untie(self, call: TrackedCall, channel_id: str) -> None:
        """A telephone is this call's no more, unless it went over to another one before."""
        if self.by_leg.get(channel_id) is call:
            del self.by_leg[channel_id]

    def say(self, change: Change, call: TrackedCall, at: datetime) -> None:
        """Add a fact about a call as it is now."""
        self._facts.append(CallChanged(change, at, call.record()))
