"""Call tracking: what a PBX says in, facts about calls out.

One call per caller's Linkedid, one leg per agent's part. A call is answered when the caller and a
person are connected (``topology.py``) and neither had asked to hang up before; AgentConnect and
DialEnd only announce it. Where the same thing is said twice, or late, nothing changes.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from callcenter.core import headers
from callcenter.core.call import MISSED, Call, Outcome
from callcenter.core.facts import CallChanged, Change, Fact, RingGroupChanged, SightChanged
from callcenter.core.line import Line, Lines
from callcenter.core.pbx import Batch, Event, OutOfSight, Snapshot
from callcenter.core.topology import HOLDING_TECHNOLOGY, Channel, Topology
from callcenter.core.tracked import Phase, TrackedCall, TrackedLeg

ENDED_REMEMBERED = 10_000
"""Ended calls whose late events are known to be late. A day of a large site."""

OUTCOME_EVENT = "CallcenterOutcome"
"""The UserEvent by which the dialplan says that a call was closed or rejected."""


class Tracker:
    """The calls of one PBX. Holds state, does no I/O and reads no clock.

    ``roster`` maps interfaces to agents' logins; set it whenever agents change.
    """

    def __init__(self, pbx: str, lines: Iterable[Line], roster: Mapping[str, str] = {}) -> None:
        self.pbx = pbx
        self.lines = Lines(lines)
        self.roster = roster
        self.topology = Topology()
        self.calls: dict[str, TrackedCall] = {}  # by Linkedid
        self.callers: dict[str, TrackedCall] = {}  # by the caller's channel
        self.by_leg: dict[str, TrackedCall] = {}  # by a telephone's channel
        self.ring_groups: dict[str, frozenset[str]] = {}  # by line
        self.in_sight = False
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._facts: list[Fact] = []
        self._handlers: dict[str, Callable[[Event, datetime], None]] = {
            "Newchannel": self._new_channel,
            "Rename": self._rename,
            "QueueCallerJoin": self._queue_join,
            "QueueCallerLeave": self._queue_leave,
            "AgentCalled": self._agent_called,
            "AgentConnect": self._agent_connect,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "BridgeEnter": self._bridge_enter,
            "BridgeLeave": self._bridge_leave,
            "BridgeDestroy": self._bridge_destroy,
            "Hold": self._hold,
            "Unhold": self._unhold,
            "BlindTransfer": self._transfer,
            "AttendedTransfer": self._transfer,
            "HangupRequest": self._hangup_request,
            "Hangup": self._hangup,
            "QueueMemberAdded": self._member_added,
            "QueueMemberRemoved": self._member_removed,
            "UserEvent": self._user_event,
        }

    def apply(self, item: Batch | Snapshot | OutOfSight) -> list[Fact]:
        """Take in what the PBX said; give the facts that follow, in order."""
        match item:
            case Batch():
                for event in item.events:
                    self._event(event, item.received_at)
            case Snapshot():
                from callcenter.core.resync import resync  # noqa: PLC0415 (it builds on this file)

                resync(self, item)
            case OutOfSight():
                self.sight(item.since, item.reason)
        facts, self._facts = self._facts, []
        return facts

    def _event(self, event: Event, received_at: datetime) -> None:
        handler = self._handlers.get(event.get("Event", ""))
        if handler is None:
            return
        try:
            handler(event, headers.moment(event, received_at))
        except KeyError:
            # A header that this event always has is missing: cut short on the way. What it would
            # have said comes with the next snapshot.
            return

    # -- what resync.py builds on ------------------------------------------------------------

    def sight(self, at: datetime, reason: str | None) -> None:
        """Note that the PBX came into sight (no reason) or went out of it."""
        if self.in_sight == (reason is None):
            return
        self.in_sight = reason is None
        self._facts.append(SightChanged(self.pbx, at, reason))

    def ring_group(self, line: str, interfaces: frozenset[str], at: datetime) -> None:
        """Note which interfaces ring for a line."""
        if self.ring_groups.get(line) == interfaces:
            return
        self.ring_groups[line] = interfaces
        self._facts.append(RingGroupChanged(line, at, interfaces))

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

    def restore(self, records: Iterable[Call]) -> None:
        """Take up calls that were open when the service stopped; the next snapshot settles them.

        Channels of legs are not kept: a leg finds its channel again by its telephone.
        """
        for record in records:
            line = self.lines.by_name.get(record.line) or Line(record.line, frozenset())
            call = TrackedCall(
                self.pbx,
                record.linkedid,
                record.channel,
                line,
                record.caller_raw,
                record.caller_name,
                record.started_at,
                queued_at=record.queued_at,
                answered_at=record.answered_at,
                transfers=record.transfers,
                phase=Phase.ARRIVED if record.queued_at is None else Phase.RINGING,
            )
            call.legs = [
                TrackedLeg(
                    leg.agent,
                    leg.interface,
                    leg.offered_at,
                    answered_at=leg.answered_at,
                    ended_at=leg.ended_at,
                    hold_s=leg.hold_s,
                )
                for leg in record.legs
            ]
            self.adopt(call)

    def end(self, call: TrackedCall, at: datetime, *, seen: bool) -> None:
        """Close a call and say so."""
        call.end(at, seen=seen)
        self.calls.pop(call.linkedid, None)
        self.callers.pop(call.channel, None)
        for channel in call.by_channel:
            self.by_leg.pop(channel, None)
        self._ended[call.linkedid] = None
        if len(self._ended) > ENDED_REMEMBERED:
            self._ended.popitem(last=False)
        if call.queued_at is not None and call.outcome in MISSED:
            self.say(Change.MISSED, call, at)
        self.say(Change.ENDED, call, at)

    def say(self, change: Change, call: TrackedCall, at: datetime) -> None:
        """Add a fact about a call as it is now."""
        self._facts.append(CallChanged(change, at, call.record()))

    def ring(self, call: TrackedCall, at: datetime) -> None:
        """The ring group is being asked."""
        if call.answered_at is not None:
            return
        was_ringing = call.phase is Phase.RINGING
        call.phase = Phase.RINGING
        if call.queued_at is None:
            call.queued_at = at
        if not was_ringing:
            self.say(Change.RINGING, call, at)

    def offer(self, call: TrackedCall, channel: Channel, at: datetime) -> None:
        """A telephone rings for the call. Ringing again continues the same agent's leg."""
        if channel.id in call.by_channel or channel.id == call.channel:
            return
        leg = self._leg_of(call, channel)
        is_new = leg is None
        if leg is None:
            leg = TrackedLeg(self._agent(channel), channel.interface, at)
            call.legs.append(leg)
        if leg.answered_at is None:
            leg.ringing.add(channel.id)
            leg.ended_at = None
        self._tie(call, channel, leg)
        if is_new:
            self.say(Change.OFFERED, call, at)

    def settle(self, call: TrackedCall, at: datetime) -> None:
        """Bring legs in line with who is connected with the caller now."""
        connected = self.topology.connected(call.channel)
        caller = connected.get(call.channel)
        if caller is not None and not caller.hanging:
            for channel in connected.values():
                if not (channel.is_local or channel.hanging or channel.id in self.callers):
                    self._join(call, channel, at)
        for leg in call.legs:
            if leg.is_talking and leg.channel is not None:
                self._follow(call, leg, at, is_connected=leg.channel in connected)

    # -- legs --------------------------------------------------------------------------------

    def _join(self, call: TrackedCall, channel: Channel, at: datetime) -> None:
        leg = call.by_channel.get(channel.id) or self._leg_of(call, channel)
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

    def _leg_of(self, call: TrackedCall, channel: Channel) -> TrackedLeg | None:
        """The leg that this telephone continues: the same agent's, not yet answered and over."""
        agent, interface = self._agent(channel), channel.interface
        for leg in reversed(call.legs):
            is_his = leg.agent == agent if agent else leg.interface == interface
            is_over = leg.ended_at is not None and (
                leg.answered_at is not None or call.answered_at is not None
            )
            if is_his and not is_over:
                return leg
        return None

    def _agent(self, channel: Channel) -> str | None:
        return self.roster.get(channel.interface) or self.roster.get(channel.member or "")

    def _tie(self, call: TrackedCall, channel: Channel, leg: TrackedLeg) -> None:
        call.by_channel[channel.id] = leg
        self.by_leg[channel.id] = call

    def drop(self, call: TrackedCall, channel_id: str, at: datetime) -> None:
        """A telephone's channel is gone, or no longer asked."""
        leg = call.by_channel.get(channel_id)
        if leg is None or leg.ended_at is not None:
            return
        leg.ringing.discard(channel_id)
        if leg.answered_at is None and leg.ringing:
            return
        if leg.answered_at is not None and leg.channel != channel_id:
            return
        leg.end(at)
        self.say(Change.UPDATED, call, at)

    # -- events ------------------------------------------------------------------------------

    def _new_channel(self, event: Event, at: datetime) -> None:
        channel = self._channel(event)
        if channel.id != channel.linkedid or channel.linkedid in self.calls or channel.is_local:
            return
        line = self.lines.by_extension.get(event["Exten"])
        if line is not None:
            self.start(line, event, at)

    def _rename(self, event: Event, _at: datetime) -> None:
        channel = self.topology.channels.get(event["Uniqueid"])
        if channel is not None:
            self.topology.add(channel.id, headers.text(event["Newname"]), channel.linkedid)

    def _channel(self, event: Event, prefix: str = "") -> Channel:
        """The channel an event speaks of, which may be the first that is heard of it."""
        return self.topology.add(
            event[f"{prefix}Uniqueid"],
            headers.text(event[f"{prefix}Channel"]),
            event[f"{prefix}Linkedid"],
        )

    def _queue_join(self, event: Event, at: datetime) -> None:
        line = self.lines.by_queue.get(event["Queue"])
        if line is None:
            return
        call = self.calls.get(event["Linkedid"])
        if call is None:
            self._channel(event)
            call = self.start(line, event, at)
            if call is None:
                return
        if call.queued_at is None:
            call.line = line  # a menu may lead from one number to several lines
        call.in_queue = True
        self.ring(call, at)

    def _queue_leave(self, event: Event, _at: datetime) -> None:
        call = self.calls.get(event["Linkedid"])
        if call is None:
            return
        call.in_queue = False
        self._give_up(call)

    def _give_up(self, call: TrackedCall) -> None:
        caller = self.topology.channels.get(call.channel)
        if call.phase is Phase.RINGING and caller is not None and not caller.hanging:
            call.phase = Phase.OVER

    def _agent_called(self, event: Event, _at: datetime) -> None:
        self._channel(event, "Dest").member = event["Interface"]

    def _agent_connect(self, event: Event, _at: datetime) -> None:
        call = self.calls.get(event["Linkedid"])
        if call is not None and call.answered_at is None:
            call.phase = Phase.CONNECTING

    def _dial_begin(self, event: Event, at: datetime) -> None:
        channel = self._channel(event, "Dest")
        call = self.calls.get(channel.linkedid)
        if call is None:
            return
        half = self.topology.channels.get(event.get("Uniqueid", ""))
        if half is not None and half.is_local:
            channel.member = self.topology.member_behind(half)
        self.ring(call, at)
        if not channel.is_local:
            self.offer(call, channel, at)

    def _dial_end(self, event: Event, at: datetime) -> None:
        call = self.calls.get(event["DestLinkedid"])
        if call is None:
            return
        if event["DialStatus"] == "ANSWER":
            if call.answered_at is None:
                call.phase = Phase.CONNECTING
            return
        self.drop(call, event["DestUniqueid"], at)
        if not call.in_queue and not any(leg.ringing for leg in call.legs):
            self._give_up(call)

    def _bridge_enter(self, event: Event, at: datetime) -> None:
        channel = self._channel(event)
        bridge, technology = event["BridgeUniqueid"], event.get("BridgeTechnology")
        before = self._affected(channel)
        self.topology.enter(channel, bridge, holding=technology == HOLDING_TECHNOLOGY)
        self._settle_all({**before, **self._affected(channel)}, at)

    def _bridge_leave(self, event: Event, at: datetime) -> None:
        channel = self.topology.channels.get(event["Uniqueid"])
        if channel is None:
            return
        affected = self._affected(channel)
        self.topology.leave(channel, event["BridgeUniqueid"])
        self._settle_all(affected, at)

    def _bridge_destroy(self, event: Event, at: datetime) -> None:
        bridge = self.topology.bridges.get(event["BridgeUniqueid"])
        left = [self.topology.channels[one] for one in bridge.channels] if bridge else []
        affected = {key: call for one in left for key, call in self._affected(one).items()}
        self.topology.destroy(event["BridgeUniqueid"])
        self._settle_all(affected, at)

    def _affected(self, channel: Channel) -> dict[str, TrackedCall]:
        """The calls whose people may change when this channel moves, by Linkedid."""
        calls = [self.callers.get(one) for one in self.topology.connected(channel.id)]
        calls.append(self.by_leg.get(channel.id))
        return {call.linkedid: call for call in calls if call is not None}

    def _settle_all(self, calls: Mapping[str, TrackedCall], at: datetime) -> None:
        for call in calls.values():
            self.settle(call, at)

    def _hold(self, event: Event, at: datetime) -> None:
        self._set_hold(event["Uniqueid"], at, on_hold=True)

    def _unhold(self, event: Event, at: datetime) -> None:
        self._set_hold(event["Uniqueid"], at, on_hold=False)

    def _set_hold(self, channel_id: str, at: datetime, *, on_hold: bool) -> None:
        call = self.by_leg.get(channel_id)
        leg = call.by_channel.get(channel_id) if call else None
        if call is None or leg is None or not leg.is_talking or leg.on_hold == on_hold:
            return
        leg.on_hold = on_hold
        if on_hold:
            leg.go_away(at)
        elif leg.left_at is None:
            leg.come_back(at)
        self.say(Change.UPDATED, call, at)

    def _transfer(self, event: Event, at: datetime) -> None:
        if event["Result"] != "Success":
            return
        for prefix in ("Transferee", "Transferer", "OrigTransferer", "SecondTransferer"):
            call = self.calls.get(event.get(f"{prefix}Linkedid", ""))
            if call is not None:
                call.transfers += 1
                self.say(Change.TRANSFERRED, call, at)
                return

    def _hangup_request(self, event: Event, _at: datetime) -> None:
        channel = self.topology.channels.get(event["Uniqueid"])
        if channel is not None:
            channel.hanging = True

    def _hangup(self, event: Event, at: datetime) -> None:
        id_ = event["Uniqueid"]
        channel = self.topology.channels.get(id_)
        affected = self._affected(channel) if channel is not None else {}
        self.topology.remove(id_)
        ended = self.callers.get(id_)
        if ended is not None:
            affected.pop(ended.linkedid, None)
            self.end(ended, at, seen=True)
        self._settle_all(affected, at)
        call = self.by_leg.pop(id_, None)
        if call is not None:
            self.drop(call, id_, at)
            call.by_channel.pop(id_, None)

    def _member_added(self, event: Event, at: datetime) -> None:
        self._change_member(event, at, added=True)

    def _member_removed(self, event: Event, at: datetime) -> None:
        self._change_member(event, at, added=False)

    def _change_member(self, event: Event, at: datetime, *, added: bool) -> None:
        line = self.lines.by_queue.get(event["Queue"])
        if line is None:
            return
        known, one = self.ring_groups.get(line.name, frozenset()), headers.telephone(event)
        self.ring_group(line.name, known | {one} if added else known - {one}, at)

    def _user_event(self, event: Event, _at: datetime) -> None:
        call = self.calls.get(event.get("Linkedid", ""))
        if event.get("UserEvent") != OUTCOME_EVENT or call is None:
            return
        if event.get("Outcome") in {Outcome.CLOSED, Outcome.REJECTED}:
            call.verdict = Outcome(event["Outcome"])
