"""What each AMI event means for the calls of a PBX. AgentConnect and DialEnd only announce an
answer: that two people are connected is seen from bridges (``topology.py``).

``HANDLERS`` is the whole of it: an event that is not there says nothing about calls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from callcenter.core import headers, legs
from callcenter.core.attestation import attestation
from callcenter.core.call import Outcome
from callcenter.core.floor import DEVICE_STATES
from callcenter.core.pbx import Event
from callcenter.core.state import CHANNEL, PbxState
from callcenter.core.topology import HOLDING_TECHNOLOGY
from callcenter.core.tracked import Phase, TrackedCall


@dataclass(frozen=True, slots=True)
class Handler:
    """What to do with an event, and the headers without which it says nothing."""

    run: Callable[[PbxState, Event, datetime], None]
    needs: tuple[str, ...]


DEST = ("DestChannel", "DestUniqueid", "DestLinkedid")

OUTCOME_EVENT = "CallcenterOutcome"
"""The UserEvent by which the dialplan says what it made of a call (``dialplan/outcomes.py``)."""

ATTESTATION_EVENT = "CallcenterAttestation"
"""The one by which it says what the trunk tells of the caller's number (``dialplan/trunk.py``)."""


def handle(state: PbxState, event: Event, received_at: datetime) -> None:
    """Take in one event. One that is unknown, or cut short, changes nothing."""
    handler = HANDLERS.get(event.get("Event", ""))
    at = headers.moment(event, received_at)
    if handler is not None and all(event.get(header) for header in handler.needs):
        handler.run(state, event, at)
    if state.dialling.calls:
        state.dialling.hear(state.topology, event, at)
    if state.supervising.going_on:
        state.supervising.hear(state.topology, event, at)


# -- channels ------------------------------------------------------------------------------------


def _new_channel(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.channel(event)
    if channel.id != channel.linkedid or channel.linkedid in state.calls or channel.is_local:
        return
    if state.supervising.is_ours(event):
        return
    line = state.lines.by_extension.get(event.get("Exten", "")) or state.line_at(event)
    if line is not None:
        state.start(line, event, at)


def _rename(state: PbxState, event: Event, _at: datetime) -> None:
    channel = state.topology.channels.get(event["Uniqueid"])
    if channel is not None:
        state.topology.add(channel.id, headers.text(event["Newname"]), channel.linkedid)


def _hangup_request(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.topology.channels.get(event["Uniqueid"])
    if channel is not None:
        channel.hanging_since = channel.hanging_since or at


def _hangup(state: PbxState, event: Event, at: datetime) -> None:
    id_ = event["Uniqueid"]
    channel = state.topology.channels.get(id_)
    affected = legs.affected(state, channel) if channel is not None else {}
    state.topology.remove(id_)
    ended = state.callers.get(id_)
    if ended is not None:
        affected.pop(ended.linkedid, None)
        # A busy PBX takes its time until the channel is gone: the caller hung up before that.
        state.end(ended, (channel and channel.hanging_since) or at, seen=True)
    legs.settle_all(state, affected, at)
    call = state.by_leg.get(id_)
    if call is not None:
        legs.gone(state, call, id_, at)


# -- queues and dials ----------------------------------------------------------------------------


def _queue_join(state: PbxState, event: Event, at: datetime) -> None:
    line = state.lines.by_queue.get(event["Queue"])
    if line is None:
        return
    call = state.call_of(event) or state.arrived(event, line, at)
    if call is None:
        return
    if call.queued_at is None:
        call.line = line  # a menu may lead from one number to several lines
    state.queued_as(call, event["Uniqueid"])
    call.in_queue = True
    state.ring(call, at)


def _queue_leave(state: PbxState, event: Event, at: datetime) -> None:
    call = state.call_of(event)
    if call is None:
        return
    call.in_queue = False
    if call.phase is Phase.RINGING:
        state.give_up(call, at)


def _agent_called(state: PbxState, event: Event, _at: datetime) -> None:
    state.channel(event, "Dest").member = event["Interface"]


def _agent_connect(state: PbxState, event: Event, _at: datetime) -> None:
    _connect(state.call_of(event))


def _pickup(state: PbxState, event: Event, _at: datetime) -> None:
    _connect(state.call_of(event, "Target"))


def _connect(call: TrackedCall | None) -> None:
    if call is not None and call.answered_at is None:
        call.phase = Phase.CONNECTING


def _dial_begin(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.channel(event, "Dest")
    call = _dialling(state, event) or state.arrived(event, state.line_at(event), at)
    if call is None:
        return
    half = state.topology.channels.get(event.get("Uniqueid", ""))
    if half is not None and half.is_local:
        channel.member = state.topology.member_behind(half)
    state.ring(call, at)
    if not channel.is_local:
        legs.offer(state, call, channel, at)


def _dialling(state: PbxState, event: Event) -> TrackedCall | None:
    return state.call_of(event) or state.call_of(event, "Dest")


def _dial_end(state: PbxState, event: Event, at: datetime) -> None:
    call = _dialling(state, event)
    if call is None:
        return
    if event.get("DialStatus") == "ANSWER":
        _connect(call)
        return
    leg = call.by_channel.get(event["DestUniqueid"])
    if leg is None or leg.answered_at is None:  # who talks is not dialled, but stays
        legs.drop(state, call, event["DestUniqueid"], at)
    state.stop_ringing(call, at)


# -- bridges -------------------------------------------------------------------------------------


def _bridge_enter(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.channel(event)
    bridge, technology = event["BridgeUniqueid"], event.get("BridgeTechnology")
    before = legs.affected(state, channel)
    state.topology.enter(channel, bridge, holding=technology == HOLDING_TECHNOLOGY)
    legs.settle_all(state, {**before, **legs.affected(state, channel)}, at)


def _bridge_leave(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.topology.channels.get(event["Uniqueid"])
    if channel is None:
        return
    affected = legs.affected(state, channel)
    state.topology.leave(channel, event["BridgeUniqueid"])
    legs.settle_all(state, affected, at)


def _bridge_destroy(state: PbxState, event: Event, at: datetime) -> None:
    bridge = state.topology.bridges.get(event["BridgeUniqueid"])
    left = [state.topology.channels[one] for one in bridge.channels] if bridge else []
    affected = {key: call for one in left for key, call in legs.affected(state, one).items()}
    state.topology.destroy(event["BridgeUniqueid"])
    legs.settle_all(state, affected, at)


# -- what people do in a call --------------------------------------------------------------------


def _hold(state: PbxState, event: Event, at: datetime, *, on_hold: bool) -> None:
    legs.hold(state, event["Uniqueid"], at, on_hold=on_hold)


def _transfer(state: PbxState, event: Event, at: datetime) -> None:
    if event.get("Result") != "Success":
        return
    for prefix in ("Transferee", "Transferer", "OrigTransferer", "SecondTransferer"):
        call = state.call_of(event, prefix)
        if call is not None:
            state.transfer(call, at)
            return


# -- ring groups, telephones, and what the dialplan says -----------------------------------------


def _change_member(state: PbxState, event: Event, at: datetime, *, added: bool) -> None:
    line = state.lines.by_queue.get(event["Queue"])
    if line is None:
        return
    known, one = state.ring_groups.get(line.name, frozenset()), headers.telephone(event)
    if not one:
        return
    state.ring_group(line.name, known | {one} if added else known - {one}, at)
    if added:
        state.queue_member(line.name, one, headers.member(event), at, seen=True)
    else:
        state.queue_members.pop((line.name, one), None)


def _pause(state: PbxState, event: Event, at: datetime) -> None:
    line, one = state.lines.by_queue.get(event["Queue"]), headers.telephone(event)
    if line is not None and one:
        state.queue_member(line.name, one, headers.member(event), at, seen=True)


def _device(state: PbxState, event: Event, at: datetime) -> None:
    found = DEVICE_STATES.get(event["State"])
    if found is not None:
        state.telephone(headers.text(event["Device"]), found, at)


def _user_event(state: PbxState, event: Event, at: datetime) -> None:
    said = event.get("UserEvent")
    if said not in (OUTCOME_EVENT, ATTESTATION_EVENT):
        return
    call = state.call_of(event) or state.arrived(event, state.line_at(event), at)
    if call is not None and said == ATTESTATION_EVENT:
        state.attest(call, attestation(event), at)
    elif call is not None:
        _outcome(state, call, event, at)


def _outcome(state: PbxState, call: TrackedCall, event: Event, at: datetime) -> None:
    match event.get("Outcome"):
        case Outcome.CLOSED | Outcome.REJECTED as said:
            call.verdict = Outcome(said)
        case Outcome.OVERFLOW:
            state.give_up(call, at)


HANDLERS: Final[Mapping[str, Handler]] = {
    "Newchannel": Handler(_new_channel, CHANNEL),
    "Rename": Handler(_rename, ("Uniqueid", "Newname")),
    "HangupRequest": Handler(_hangup_request, ("Uniqueid",)),
    "Hangup": Handler(_hangup, ("Uniqueid",)),
    "QueueCallerJoin": Handler(_queue_join, (*CHANNEL, "Queue")),
    "QueueCallerLeave": Handler(_queue_leave, ()),
    "AgentCalled": Handler(_agent_called, (*DEST, "Interface")),
    "AgentConnect": Handler(_agent_connect, ()),
    "Pickup": Handler(_pickup, ()),
    "DialBegin": Handler(_dial_begin, DEST),
    "DialEnd": Handler(_dial_end, ("DestUniqueid",)),
    "BridgeEnter": Handler(_bridge_enter, (*CHANNEL, "BridgeUniqueid")),
    "BridgeLeave": Handler(_bridge_leave, ("Uniqueid", "BridgeUniqueid")),
    "BridgeDestroy": Handler(_bridge_destroy, ("BridgeUniqueid",)),
    "Hold": Handler(partial(_hold, on_hold=True), ("Uniqueid",)),
    "Unhold": Handler(partial(_hold, on_hold=False), ("Uniqueid",)),
    "BlindTransfer": Handler(_transfer, ()),
    "AttendedTransfer": Handler(_transfer, ()),
    "QueueMemberAdded": Handler(partial(_change_member, added=True), ("Queue",)),
    "QueueMemberRemoved": Handler(partial(_change_member, added=False), ("Queue",)),
    "QueueMemberPause": Handler(_pause, ("Queue", "Paused")),
    "DeviceStateChange": Handler(_device, ("Device", "State")),
    "UserEvent": Handler(_user_event, ()),
}
"""By the event's name."""
