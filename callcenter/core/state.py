"""What is known of one PBX now, the ways in which that changes, and the facts that follow.

One call per caller's Linkedid, one leg per agent's part. Live events (``events.py``) and snapshots
(``resync.py``) both act through this: where the same thing is said twice, or late, nothing changes.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from callcenter.core import headers
from callcenter.core.facts import CallChanged, Change, Fact, RingGroupChanged, SightChanged
from callcenter.core.line import Line, Lines
from callcenter.core.pbx import Event
from callcenter.core.topology import Channel, Topology
from callcenter.core.tracked import Phase, TrackedCall, TrackedLeg

ENDED_REMEMBERED = 10_000
"""Ended calls whose late events are known to be late. A day of a large site."""


class PbxState:
    """Open calls, channels, ring groups and sight of one PBX. ``roster`` as in ``Tracker``."""

    def __init__(self, pbx: str, lines: Lines, roster: Mapping[str, str]) -> None:
        self.pbx = pbx
        self.lines = lines
        self.roster = roster
        self.topology = Topology()
        self.calls: dict[str, TrackedCall] = {}  # by Linkedid
        self.callers: dict[str, TrackedCall] = {}  # by the caller's channel
        self.by_leg: dict[str, TrackedCall] = {}  # by a telephone's channel
        self.ring_groups: dict[str, frozenset[str]] = {}  # by line
        self.in_sight = False
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._facts: list[Fact] = []

    def take_facts(self) -> list[Fact]:
        """The facts since this was asked last, in order."""
        facts, self._facts = self._facts, []
        return facts

    def sight(self, at: datetime, reason: str | None) -> None:
        """Note that the PBX came into sight (no reason) or went out of it."""
        if self.in_sight == (reason is None):
            return
        self.in_sight = reason is None
        self._facts.append(SightChanged(self.pbx, at, reason))

    def lose_sight(self, at: datetime, reason: str) -> None:
        """Nothing is seen from here on, so whoever is on hold is not known to be so any longer."""
        self.sight(at, reason)
        for call in self.calls.values():
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

    # -- calls ---------------------------------------------------------------------------------

    def start(self, line: Line, event: Event, started_at: datetime) -> TrackedCall | None:
        """Begin to track the caller's channel that ``event`` speaks of; None if it is over."""
        linkedid = event["Linkedid"]
        if linkedid in self._ended:
            return None
        call = TrackedCall(
            self.pbx,
            linkedid,
            event["Uniqueid"],
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

    def ring(self, call: TrackedCall, at: datetime) -> None:
        """The ring group is being asked."""
        if call.answered_at is not None:
            return
        at = call.forward(at)
        was_ringing = call.phase is Phase.RINGING
        call.phase = Phase.RINGING
        if call.queued_at is None:
            call.queued_at = at
        if not was_ringing:
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
            self._untie(call, channel)
        self._ended[call.linkedid] = None
        if len(self._ended) > ENDED_REMEMBERED:
            self._ended.popitem(last=False)
        if call.is_missed:
            self.say(Change.MISSED, call, at)
        self.say(Change.ENDED, call, at)

    def say(self, change: Change, call: TrackedCall, at: datetime) -> None:
        """Add a fact about a call as it is now."""
        self._facts.append(CallChanged(change, at, call.record()))

    # -- legs ----------------------------------------------------------------------------------

    def offer(self, call: TrackedCall, channel: Channel, at: datetime) -> None:
        """A telephone rings for the call. Ringing again continues the same agent's leg."""
        if channel.id in call.by_channel or channel.id == call.channel:
            return
        at = call.forward(at)
        leg = call.leg_of(self._agent(channel), channel.interface)
        change = Change.OFFERED if leg is None else Change.UPDATED
        if leg is None:
            leg = TrackedLeg(self._agent(channel), channel.interface, at)
            call.legs.append(leg)
        rings_anew = change is Change.OFFERED or leg.ended_at is not None
        if leg.answered_at is None:
            leg.ringing.add(channel.id)
            leg.ended_at = None
        else:
            leg.channel = leg.channel or channel.id
        self._tie(call, channel, leg)
        if rings_anew:
            self.say(change, call, at)

    def affected(self, channel: Channel) -> dict[str, TrackedCall]:
        """The calls whose people may change when this channel moves, by Linkedid."""
        calls = [self.callers.get(one) for one in self.topology.connected(channel.id)]
        calls.append(self.by_leg.get(channel.id))
        return {call.linkedid: call for call in calls if call is not None}

    def settle_all(self, calls: Mapping[str, TrackedCall], at: datetime) -> None:
        """Bring the legs of several calls in line."""
        for call in calls.values():
            self.settle(call, at)

    def settle(self, call: TrackedCall, at: datetime) -> None:
        """Bring legs in line with who is connected with the caller now."""
        at = call.forward(at)
        connected = self.topology.connected(call.channel)
        caller = connected.get(call.channel)
        if caller is not None and not caller.hanging:
            for channel in connected.values():
                if not (channel.is_local or channel.hanging or channel.id in self.callers):
                    self.join(call, channel, at)
        for leg in call.legs:
            if leg.is_talking and leg.channel is not None:
                self._follow(call, leg, at, is_connected=leg.channel in connected)

    def join(self, call: TrackedCall, channel: Channel, at: datetime) -> None:
        """An agent talks with the caller: the first of them answers the call."""
        at = call.forward(at)
        leg = call.by_channel.get(channel.id) or call.leg_of(
            self._agent(channel), channel.interface
        )
        if leg is None:
            leg = TrackedLeg(self._agent(channel), channel.interface, at)
            call.legs.append(leg)
        self._tie(call, channel, leg)
        if leg.answered_at is not None:
            leg.channel = leg.channel or channel.id
            return
        leg.channel, leg.interface = channel.id, channel.interface
        leg.answered_at, leg.ended_at = at, None
        leg.ringing.clear()
        if call.answered_at is not None:
            self.say(Change.UPDATED, call, at)
            return
        call.answered_at = at
        call.queued_at = call.queued_at or at
        self.say(Change.ANSWERED, call, at)

    def _follow(
        self, call: TrackedCall, leg: TrackedLeg, at: datetime, *, is_connected: bool
    ) -> None:
        was_away = leg.away_since is not None
        if is_connected:
            leg.left_at = None
            if not leg.on_hold:
                leg.come_back(at)
        else:
            leg.left_at = leg.left_at or at
            if self._consults(leg):
                leg.go_away(leg.left_at)
        if was_away != (leg.away_since is not None):
            self.say(Change.UPDATED, call, at)

    def _consults(self, leg: TrackedLeg) -> bool:
        channel = self.topology.channels.get(leg.channel or "")
        bridge = self.topology.bridges.get(channel.bridge or "") if channel else None
        return bridge is not None and len(bridge.channels) > 1

    def _agent(self, channel: Channel) -> str | None:
        return self.roster.get(channel.interface) or self.roster.get(channel.member or "")

    def _tie(self, call: TrackedCall, channel: Channel, leg: TrackedLeg) -> None:
        call.by_channel[channel.id] = leg
        self.by_leg[channel.id] = call

    def _untie(self, call: TrackedCall, channel_id: str) -> None:
        if self.by_leg.get(channel_id) is call:  # it may have gone over to another call
            del self.by_leg[channel_id]

    def drop(self, call: TrackedCall, channel_id: str, at: datetime) -> None:
        """A telephone is gone, or no longer asked. An agent's leg ends with the last of his."""
        leg = call.by_channel.get(channel_id)
        if leg is None or leg.ended_at is not None:
            return
        leg.ringing.discard(channel_id)
        if leg.answered_at is None and leg.ringing:
            return
        if leg.answered_at is not None and leg.channel != channel_id:
            return
        at = call.forward(at)
        leg.end(at)
        self.say(Change.UPDATED, call, at)
        self.stop_ringing(call, at)

    def gone(self, call: TrackedCall, channel_id: str, at: datetime) -> None:
        """A telephone's channel is no longer up."""
        self.drop(call, channel_id, at)
        call.by_channel.pop(channel_id, None)
        self._untie(call, channel_id)

    def hold(self, channel_id: str, at: datetime, *, on_hold: bool) -> None:
        """An agent's telephone put the caller on hold, or took them back."""
        call = self.by_leg.get(channel_id)
        leg = call.by_channel.get(channel_id) if call else None
        if call is None or leg is None or not leg.is_talking or leg.on_hold == on_hold:
            return
        at = call.forward(at)
        leg.on_hold = on_hold
        if on_hold:
            leg.go_away(at)
        elif leg.left_at is None:
            leg.come_back(at)
        self.say(Change.UPDATED, call, at)
