"""Bring what is known in line with a snapshot: the truth after a time without events.

What a snapshot does not tell stays unknown. A call found in conversation was answered when and by
whom the PBX noted, and one that is gone was answered and ended as noted; without a note it is
recorded as answered when it was found, by those who talk, or as over when it was missed, and a
caller who was handed on to where no line's calls run is not known to be one. A call that was said
to be closed or rejected before, and is heard of first now, ends as abandoned.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.core import headers, legs
from callcenter.core.floor import DEVICE_STATES
from callcenter.core.line import Line
from callcenter.core.noted import Noted, telephone
from callcenter.core.pbx import Event, Snapshot
from callcenter.core.state import CHANNEL, PbxState
from callcenter.core.topology import HOLDING_TECHNOLOGY, Channel, Topology
from callcenter.core.tracked import Phase, TrackedCall

RINGING_STATES = frozenset({"Down", "Rsrvd", "Ring", "Ringing", "Dialing"})
"""States of a telephone's channel before it is answered."""

CALLED = frozenset({"AppQueue", "AppDial"})
"""The applications that a channel is said to be in which was called, and does not call."""

MAILBOX = "VoiceMail"
"""The application that a caller is in whom nobody answered."""


def resync(state: PbxState, snapshot: Snapshot) -> None:
    """Take the snapshot for what is up: begin, go on with, and end calls accordingly."""
    snapshot = _without_cut_rows(snapshot)
    at = snapshot.taken_at
    notes = snapshot.answers or {}
    waiting = {entry["Uniqueid"]: entry for entry in snapshot.queue_entries}
    was_away = not state.in_sight
    state.sight(at, None)
    _ring_groups(state, snapshot)
    _floor(state, snapshot)
    state.topology = _topology(state, snapshot)
    state.dialling.settle(state.topology, snapshot)
    state.supervising.settle(state.topology, snapshot)
    _end_missing(state, notes, at)
    for row in snapshot.channels:
        note = notes.get(row["Linkedid"])
        _find(state, row, waiting.get(row["Uniqueid"]), note, at)
    up = {row["Uniqueid"]: row for row in snapshot.channels}
    for call in list(state.calls.values()):
        call.in_queue = call.channel in waiting
        telephones = [row for row in snapshot.channels if row["Linkedid"] == call.linkedid]
        note = notes.get(call.linkedid)
        if note is not None and _was_answered(state, call, was_away=was_away):
            _take_up(state, call, [row for row in telephones if _was_there(row, note)], at)
            _answer_as_noted(state, call, note)
        _take_up(state, call, telephones, at)
        _settle(state, call, at, in_mailbox=up[call.channel].get("Application") == MAILBOX)


def _without_cut_rows(snapshot: Snapshot) -> Snapshot:
    """Only rows that name their channel, bridge or queue: others were cut short on the way."""

    def whole(rows: tuple[Event, ...], *needs: str) -> tuple[Event, ...]:
        return tuple(row for row in rows if all(row.get(header) for header in needs))

    return replace(
        snapshot,
        channels=whole(snapshot.channels, *CHANNEL),
        bridges=whole(snapshot.bridges, "BridgeUniqueid"),
        queue_entries=whole(snapshot.queue_entries, "Queue", "Uniqueid"),
        queue_members=whole(snapshot.queue_members, "Queue"),
        devices=whole(snapshot.devices, "Device", "State"),
    )


def _ring_groups(state: PbxState, snapshot: Snapshot) -> None:
    members: dict[str, set[str]] = {queue: set() for queue in state.lines.by_queue}
    for row in snapshot.queue_members:
        telephone = headers.telephone(row)
        if telephone:
            state.members[headers.text(row.get("Name", ""))] = telephone
        if telephone and row["Queue"] in members:
            members[row["Queue"]].add(telephone)
    for line in state.lines.every:
        found: Iterable[str] = members[line.queue] if line.queue else line.ring
        state.ring_group(line.name, frozenset(found), snapshot.taken_at)


def _floor(state: PbxState, snapshot: Snapshot) -> None:
    at, lines = snapshot.taken_at, state.lines.by_queue
    members = {
        (lines[row["Queue"]].name, headers.telephone(row)): headers.member(row)
        for row in snapshot.queue_members
        if row["Queue"] in lines and headers.telephone(row)
    }
    for gone in state.queue_members.keys() - members.keys():
        del state.queue_members[gone]
    for (line, interface), member in members.items():
        state.queue_member(line, interface, member, at, seen=False)
    by_member = {headers.telephone(row): row.get("Status", "") for row in snapshot.queue_members}
    by_device = {headers.text(row["Device"]): row["State"] for row in snapshot.devices}
    for interface, said in {**by_member, **by_device}.items():
        if said in DEVICE_STATES:
            state.telephone(interface, DEVICE_STATES[said], at)


def _topology(state: PbxState, snapshot: Snapshot) -> Topology:
    technologies = {row["BridgeUniqueid"]: row.get("BridgeTechnology") for row in snapshot.bridges}
    topology = Topology()
    for row in snapshot.channels:
        name = headers.text(row["Channel"])
        channel = topology.add(row["Uniqueid"], name, row["Linkedid"])
        known = state.topology.channels.get(channel.id)
        if known is not None:
            channel.hanging_since, channel.member = known.hanging_since, known.member
        bridge = row.get("BridgeId")
        if bridge:
            holding = technologies.get(bridge) == HOLDING_TECHNOLOGY
            topology.enter(channel, bridge, holding=holding)
    return topology


def _end_missing(state: PbxState, notes: Mapping[str, Noted], at: datetime) -> None:
    """End the calls that are gone: as noted, before anybody is told that one was missed."""
    for call in list(state.calls.values()):
        if call.channel in state.topology.channels:
            continue
        note = notes.get(call.linkedid)
        if note is not None and call.answered_at is None:
            _answer_as_noted(state, call, note)
        ended_at = note.ended_at if note is not None else None
        state.end(call, ended_at or at, seen=ended_at is not None)


def _find(
    state: PbxState, row: Event, entry: Event | None, note: Noted | None, at: datetime
) -> None:
    """Begin the call whose caller's channel this is, and let it ring if the caller waits."""
    is_caller = (
        row["Uniqueid"] == row["Linkedid"]
        and row["Linkedid"] not in state.calls
        and row["Linkedid"] not in state.dialling.calls
        and not state.supervising.is_ours(row)
        and row.get("Application") not in CALLED  # at a pick-up these have a Linkedid of their own
    )
    line = _line(state, row, entry, note) if is_caller else None
    if line is not None:
        state.start(line, row, headers.born(row["Uniqueid"], at))
    call, other = state.callers.get(row["Uniqueid"]), state.calls.get(row["Linkedid"])
    if call is None and other is not None and row.get("Application") == "Queue":
        state.queued_as(other, row["Uniqueid"])
    if call is not None and entry is not None:
        _ring(state, call, at - timedelta(seconds=headers.seconds(entry.get("Wait", ""))))


def _ring(state: PbxState, call: TrackedCall, at: datetime) -> None:
    if call.phase is not Phase.CONNECTING:  # then others are about to stop, and do not count
        state.ring(call, at)


def _line(state: PbxState, row: Event, entry: Event | None, note: Noted | None) -> Line | None:
    lines, queue = state.lines, entry["Queue"] if entry is not None else ""
    if row.get("Application") == "Queue":
        queue = queue or row.get("ApplicationData", "").split(",")[0]
    return (
        lines.by_name.get(note.line if note is not None else "")
        or lines.by_queue.get(queue)
        or lines.by_context.get(row.get("Context", ""))
        or lines.by_extension.get(row.get("Exten", ""))
    )


def _was_answered(state: PbxState, call: TrackedCall, *, was_away: bool) -> bool:
    """Whether a note of the call is news, and true: it talks; or nobody watched, and the caller
    waits no more, so that the two have parted already or are joined in the next instant.
    """
    is_unseen = was_away and not call.in_queue
    return call.answered_at is None and (is_unseen or state.topology.talks(call.channel))


def _was_there(row: Event, note: Noted) -> bool:
    """Whether a telephone rang before the call was answered."""
    return headers.born(row["Uniqueid"], note.answered_at) < note.answered_at


def _take_up(state: PbxState, call: TrackedCall, rows: Iterable[Event], at: datetime) -> None:
    """Let the telephones that are up for a call be its legs, in the order of what happened."""
    for row in rows:
        _offer(state, call, row, at)


def _offer(state: PbxState, call: TrackedCall, row: Event, at: datetime) -> None:
    """A telephone that is up for a call was offered it when its channel was made."""
    channel = state.topology.channels[row["Uniqueid"]]
    if channel.is_local or channel.id == call.channel:
        return
    leg = call.by_channel.get(channel.id)
    if leg is not None and leg.ended_at is not None:
        return  # asked no more, and on its way down
    offered_at = headers.born(channel.id, at)
    _ring(state, call, offered_at)
    legs.offer(state, call, channel, offered_at)
    is_up = row.get("ChannelStateDesc") not in RINGING_STATES
    if is_up and channel.bridge is None and call.answered_at is None:
        call.phase = Phase.CONNECTING


def _answer_as_noted(state: PbxState, call: TrackedCall, note: Noted) -> None:
    """Let a call have been answered as noted. While a PBX is watched a note by itself is no answer,
    for the caller may hang up before the two are joined.
    """
    channels = state.topology.channels.values()
    answered = next((one for one in channels if one.name == note.channel), None)
    if answered is not None and answered.is_local:  # whoever is behind it, and with the caller now
        legs.settle(state, call, note.answered_at)
        if call.answered_at is not None or state.topology.talks(call.channel):
            return
    if answered is None or answered.is_local:  # handed on, and hung up; or about to
        interface = telephone(note.channel, state.roster)
        answered = Channel(note.channel, f"{interface}-gone", call.linkedid)
    state.ring(call, note.queued_at or call.started_at)
    legs.join(state, call, answered, note.answered_at)


def _settle(state: PbxState, call: TrackedCall, at: datetime, *, in_mailbox: bool) -> None:
    legs.settle(state, call, at)
    if call.answered_at is None:
        _answer_of_absent(state, call, at)
    _drop_gone(state, call, at)
    state.stop_ringing(call, at)
    if in_mailbox:
        state.give_up(call, at)


def _answer_of_absent(state: PbxState, call: TrackedCall, at: datetime) -> None:
    """A caller alone in a bridge was answered: by the telephone that was first there, and is now
    asking a colleague.
    """
    if not state.topology.talks(call.channel):
        return
    consulting = [one for one in call.by_channel if state.topology.talks(one)]
    if consulting:
        first = min(consulting, key=lambda id_: (len(id_), id_))
        legs.join(state, call, state.topology.channels[first], at)
        legs.settle(state, call, at)


def _drop_gone(state: PbxState, call: TrackedCall, at: datetime) -> None:
    """End the legs whose telephones are no longer up."""
    for channel in [one for one in call.by_channel if one not in state.topology.channels]:
        legs.gone(state, call, channel, at)
    for leg in call.legs:
        is_unseen = leg.channel is None and not leg.ringing
        if leg.ended_at is None and is_unseen:
            leg.end(call.forward(at))
