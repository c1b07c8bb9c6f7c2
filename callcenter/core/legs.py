"""The agents' parts in calls: offered, answered, on hold, over.

Functions on the state of a PBX, for what is read of live events and of snapshots alike: where the
same thing is said twice, or late, nothing changes.
"""

from collections.abc import Mapping
from datetime import datetime

from callcenter.core.facts import Change
from callcenter.core.state import PbxState
from callcenter.core.topology import Channel
from callcenter.core.tracked import TrackedCall, TrackedLeg


def offer(state: PbxState, call: TrackedCall, channel: Channel, at: datetime) -> None:
    """A telephone rings for the call. Ringing again continues the same agent's leg."""
    if channel.id in call.by_channel or channel.id == call.channel:
        return
    at, legs_before = call.forward(at), len(call.legs)
    leg = _tied(state, call, channel, at)
    if leg.answered_at is not None:
        leg.channel = leg.channel or channel.id
        return
    rang_before, leg.ended_at = leg.ended_at, None
    leg.ringing.add(channel.id)
    if len(call.legs) > legs_before:
        state.say(Change.OFFERED, call, at)
    elif rang_before is not None:
        state.say(Change.UPDATED, call, at)


def join(state: PbxState, call: TrackedCall, channel: Channel, at: datetime) -> None:
    """An agent talks with the caller: the first of them answers the call."""
    at = call.forward(at)
    leg = _tied(state, call, channel, at)
    if leg.answered_at is not None:
        leg.channel = leg.channel or channel.id
        return
    leg.channel, leg.interface = channel.id, channel.interface
    leg.answered_at, leg.ended_at = at, None
    leg.ringing.clear()
    if call.answered_at is not None:
        state.say(Change.UPDATED, call, at)
        return
    call.answered_at = at
    call.queued_at = call.queued_at or at
    state.say(Change.ANSWERED, call, at)


def drop(state: PbxState, call: TrackedCall, channel_id: str, at: datetime) -> None:
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
    state.say(Change.UPDATED, call, at)
    state.stop_ringing(call, at)


def gone(state: PbxState, call: TrackedCall, channel_id: str, at: datetime) -> None:
    """A telephone's channel is no longer up."""
    drop(state, call, channel_id, at)
    call.by_channel.pop(channel_id, None)
    state.untie(call, channel_id)


def hold(state: PbxState, channel_id: str, at: datetime, *, on_hold: bool) -> None:
    """An agent's telephone put the caller on hold, or took them back."""
    call = state.by_leg.get(channel_id)
    leg = call.by_channel.get(channel_id) if call else None
    if call is None or leg is None or not leg.is_talking or leg.on_hold == on_hold:
        return
    at = call.forward(at)
    leg.on_hold = on_hold
    if on_hold:
        leg.go_away(at)
    elif leg.left_at is None:
        leg.come_back(at)
    state.say(Change.UPDATED, call, at)


def affected(state: PbxState, channel: Channel) -> dict[str, TrackedCall]:
    """The calls whose people may change when this channel moves, by Linkedid."""
    calls = [state.callers.get(one) for one in state.topology.connected(channel.id)]
    calls.append(state.by_leg.get(channel.id))
    return {call.linkedid: call for call in calls if call is not None}


def settle_all(state: PbxState, calls: Mapping[str, TrackedCall], at: datetime) -> None:
    """Bring the legs of several calls in line."""
    for call in calls.values():
        settle(state, call, at)


def settle(state: PbxState, call: TrackedCall, at: datetime) -> None:
    """Bring legs in line with who is connected with the caller now."""
    at = call.forward(at)
    connected = state.topology.connected(call.channel)
    caller = connected.get(call.channel)
    if caller is not None and not caller.hanging:
        for channel in connected.values():
            if not (channel.is_local or channel.hanging or channel.id in state.callers):
                join(state, call, channel, at)
    for leg in call.legs:
        if leg.is_talking and leg.channel is not None:
            _follow(state, call, leg, at, is_connected=leg.channel in connected)


def _follow(
    state: PbxState, call: TrackedCall, leg: TrackedLeg, at: datetime, *, is_connected: bool
) -> None:
    was_away = leg.away_since is not None
    if is_connected:
        if leg.was_swapped(at):
            leg.away_since = None
        leg.left_at = None
        if not leg.on_hold:
            leg.come_back(at)
    else:
        leg.left_at = leg.left_at or at
        if _consults(state, leg):
            leg.go_away(leg.left_at)
    if was_away != (leg.away_since is not None):
        state.say(Change.UPDATED, call, at)


def _consults(state: PbxState, leg: TrackedLeg) -> bool:
    channel = state.topology.channels.get(leg.channel or "")
    bridge = state.topology.bridges.get(channel.bridge or "") if channel else None
    return bridge is not None and len(bridge.channels) > 1


def _tied(state: PbxState, call: TrackedCall, channel: Channel, at: datetime) -> TrackedLeg:
    """The leg that a telephone's channel is part of, which is a new one if it continues none."""
    agent = state.roster.get(channel.interface) or state.roster.get(channel.member or "")
    leg = call.by_channel.get(channel.id) or call.leg_of(agent, channel.interface)
    if leg is None:
        leg = TrackedLeg(agent, channel.interface, at)
        call.legs.append(leg)
    call.by_channel[channel.id] = leg
    state.by_leg[channel.id] = call
    return leg
