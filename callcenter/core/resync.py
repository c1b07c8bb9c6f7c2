"""Bring what is known in line with a snapshot: the truth after a time without events."""

from datetime import datetime, timedelta

from callcenter.core import headers
from callcenter.core.line import Line
from callcenter.core.pbx import Event, Snapshot
from callcenter.core.state import PbxState
from callcenter.core.topology import HOLDING_TECHNOLOGY, Topology
from callcenter.core.tracked import Phase

RINGING_STATES = frozenset({"Down", "Rsrvd", "Ring", "Ringing", "Dialing"})
"""States of a telephone's channel before it is answered."""


def resync(state: PbxState, snapshot: Snapshot) -> None:
    """Take the snapshot for what is up: begin, go on with, and end calls accordingly."""
    state.sight(snapshot.taken_at, None)
    _ring_groups(state, snapshot)
    state.topology = _topology(state, snapshot)
    _end_missing(state, snapshot.taken_at)
    _begin_found(state, snapshot)
    for event in snapshot.channels:
        _offer(state, event, snapshot.taken_at)
    for call in list(state.calls.values()):
        state.settle(call, snapshot.taken_at)
        _drop_gone(state, call.linkedid, snapshot.taken_at)


def _ring_groups(state: PbxState, snapshot: Snapshot) -> None:
    members: dict[str, set[str]] = {queue: set() for queue in state.lines.by_queue}
    for event in snapshot.queue_members:
        if event["Queue"] in members:
            members[event["Queue"]].add(headers.telephone(event))
    for line in state.lines.every:
        found = members[line.queue] if line.queue else line.ring
        state.ring_group(line.name, frozenset(found), snapshot.taken_at)


def _topology(state: PbxState, snapshot: Snapshot) -> Topology:
    technologies = {one["BridgeUniqueid"]: one["BridgeTechnology"] for one in snapshot.bridges}
    topology = Topology()
    for event in snapshot.channels:
        name = headers.text(event["Channel"])
        channel = topology.add(event["Uniqueid"], name, event["Linkedid"])
        known = state.topology.channels.get(channel.id)
        if known is not None:
            channel.hanging, channel.member = known.hanging, known.member
        bridge = event.get("BridgeId")
        if bridge:
            holding = technologies.get(bridge) == HOLDING_TECHNOLOGY
            topology.enter(channel, bridge, holding=holding)
    return topology


def _end_missing(state: PbxState, at: datetime) -> None:
    for call in list(state.calls.values()):
        if call.channel not in state.topology.channels:
            state.end(call, at, seen=False)


def _begin_found(state: PbxState, snapshot: Snapshot) -> None:
    waiting = {entry["Uniqueid"]: entry for entry in snapshot.queue_entries}
    for event in snapshot.channels:
        is_caller = event["Uniqueid"] == event["Linkedid"] and event["Linkedid"] not in state.calls
        line = _line(state, event, waiting.get(event["Uniqueid"])) if is_caller else None
        if line is not None:
            state.start(line, event, headers.born(event["Uniqueid"], snapshot.taken_at))
        call = state.calls.get(event["Linkedid"])
        entry = waiting.get(event["Uniqueid"])
        if call is not None and entry is not None:
            call.in_queue = True
            state.ring(call, snapshot.taken_at - timedelta(seconds=int(entry["Wait"])))


def _line(state: PbxState, event: Event, entry: Event | None) -> Line | None:
    lines = state.lines
    if entry is not None:
        return lines.by_queue.get(entry["Queue"])
    if event.get("Application") == "Queue":
        return lines.by_queue.get(event.get("ApplicationData", "").split(",")[0])
    return lines.by_context.get(event.get("Context", "")) or lines.by_extension.get(
        event.get("Exten", "")
    )


def _offer(state: PbxState, event: Event, at: datetime) -> None:
    channel = state.topology.channels[event["Uniqueid"]]
    call = state.calls.get(channel.linkedid)
    if call is None or channel.is_local or channel.id == call.channel:
        return
    offered_at = headers.born(channel.id, at)
    if event["ChannelStateDesc"] in RINGING_STATES:
        state.ring(call, offered_at)
        state.offer(call, channel, offered_at)
    elif call.phase is Phase.RINGING and channel.bridge is None and call.answered_at is None:
        call.phase = Phase.CONNECTING


def _drop_gone(state: PbxState, linkedid: str, at: datetime) -> None:
    """End the legs whose telephones are no longer up."""
    call = state.calls[linkedid]
    up = state.topology.channels
    for channel in [one for one in call.by_channel if one not in up]:
        state.drop(call, channel, at)
    for leg in call.legs:
        is_unseen = leg.channel is None and not leg.ringing
        if leg.ended_at is None and is_unseen:
            leg.end(call.forward(at))
