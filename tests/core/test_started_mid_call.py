"""A service that starts in the middle of calls: a snapshot, and then what happens from there on.

Promised: each call that is up is known, ends with its right outcome, and has every agent who talks
from the snapshot on. Where the PBX has a note of the answer: its moment, its agent, its line too.

Not promised, because nothing tells: without a note, the moment of an answer, which is recorded as
the moment of finding; agents who were done before, and callers who were handed on to where no
line's calls run; and the dialplan's word that a call was closed or rejected.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core.call import Call, CallState, Outcome
from callcenter.core.facts import Change
from callcenter.core.noted import Noted
from callcenter.core.pbx import Event
from dialplan import ledger
from tests.core import recordings
from tests.core.recordings import (
    Look,
    Recording,
    answered_facts,
    assert_times_run_forward,
    latest,
    of_calls,
    play,
    still_open,
    talked,
)
from tests.core.story import BEGAN, BRIDGE, TRUNK, Story, row
from tests.rig import sites

AGE_S = timedelta(seconds=1)
"""A channel's age is known in whole seconds."""

NOTED_BEFORE = timedelta(seconds=0.2)
"""A note is made so long before caller and agent are joined, at most."""

of_each = pytest.mark.parametrize("recording", recordings.every(), ids=repr)


def found(recording: Recording, look: Look) -> list[object]:
    """The facts of a service that starts at the snapshot."""
    return play(recordings.tracker(), [look.snapshot, *recording.events[look.after :]])


def up(look: Look, call: Call) -> Event | None:
    """The row of a call's caller in the snapshot."""
    rows = (row for row in look.snapshot.channels if row["Uniqueid"] == call.linkedid)
    return next(rows, None)


def line_of(caller: Event) -> str | None:
    """The line whose calls run where the caller is."""
    name = caller["Context"].removeprefix("callcenter-")
    return name if name in {line.name for line in recordings.lines()} else None


def pairs(recording: Recording) -> Iterator[tuple[Look, Call, Call | None]]:
    """At each look every call that is not over yet: as it was, and as it is found."""
    whole = latest(play(recordings.tracker(), recording.events))
    for look in recording.looks:
        before = latest(play(recordings.tracker(), recording.events[: look.after]))
        known = latest(found(recording, look))
        for linkedid, call in whole.items():
            if linkedid not in before or before[linkedid].state is not CallState.ENDED:
                yield look, call, known.get(linkedid)


@of_each
def test_calls_that_are_up_are_known_and_none_stays(recording: Recording) -> None:
    for look in recording.looks:
        facts = found(recording, look)
        assert still_open(facts) == []
        for fact in of_calls(facts):
            assert_times_run_forward(fact.call)
    for look, was, is_ in pairs(recording):
        caller = up(look, was)
        if caller is not None and line_of(caller) is None:
            assert is_ is None  # handed on out of its line before anybody knew of it
        else:
            assert is_ is not None
            assert is_.line == (line_of(caller) if caller else was.line)
            assert all(leg.ended_at for leg in is_.legs)


@of_each
def test_the_outcome_is_the_right_one(recording: Recording) -> None:
    for look, was, is_ in pairs(recording):
        if is_ is None:
            continue
        said_later = {event.get("Outcome") for event in recording.events[look.after :]}
        is_lost = was.outcome in {Outcome.CLOSED, Outcome.REJECTED} - said_later
        assert is_.outcome == (Outcome.SHORT_ABANDON if is_lost else was.outcome)
        is_answered = was.outcome is Outcome.ANSWERED
        assert len(answered_facts(found(recording, look), was.linkedid)) == is_answered


@of_each
def test_agents_who_talk_from_then_on_are_known(recording: Recording) -> None:
    for look, was, is_ in pairs(recording):
        if is_ is None or was.answered_at is None:
            continue
        agents = [leg.interface for leg in talked(was)]
        later = [leg.interface for leg in talked(was) if leg.ended_at > look.snapshot.taken_at]
        seen = [leg.interface for leg in talked(is_)]
        assert seen == agents[len(agents) - len(seen) :]
        assert seen[len(seen) - len(later) :] == later


@of_each
def test_an_answer_is_never_told_earlier_than_it_was(recording: Recording) -> None:
    for look, was, is_ in pairs(recording):
        if is_ is None or was.answered_at is None:
            continue
        by = talked(is_)[0].interface
        true = next(leg.answered_at for leg in talked(was) if leg.interface == by)
        assert true <= is_.answered_at <= max(true, look.snapshot.taken_at)
        assert was.queued_at - AGE_S <= is_.queued_at <= is_.answered_at


@of_each
def test_with_the_pbxs_note_an_answer_is_told_as_it_was(recording: Recording) -> None:
    for look, was, _ in pairs(recording):
        seen, later = recording.events[: look.after], recording.events[look.after :]
        snapshot = replace(look.snapshot, answers=notes(seen, look))
        if was.linkedid not in snapshot.answers:
            continue
        is_ = latest(play(recordings.tracker(), [snapshot, *later]))[was.linkedid]
        assert (is_.line, is_.outcome) == (was.line, was.outcome)
        assert abs(is_.answered_at - was.answered_at) < NOTED_BEFORE
        assert was.queued_at - AGE_S <= is_.queued_at <= is_.answered_at
        agents = [leg.interface for leg in talked(was) if leg.ended_at > look.snapshot.taken_at]
        first = talked(was)[0].interface
        assert is_.answered_by.interface == first
        assert [leg.interface for leg in talked(is_)] == list(dict.fromkeys([first, *agents]))


def notes(seen: Sequence[Event], look: Look) -> dict[str, Noted]:
    """What the dialplan noted until then of the callers who are in a bridge, who are asked for."""
    bridged = {row["Linkedid"] for row in look.snapshot.channels if up_and_bridged(row)}
    found = {}
    for event in seen:
        key, is_note, value = event.get("AppData", "").partition("=")
        linkedid = key.removeprefix("DB(callcenter/answered/").removesuffix(")")
        if is_note and key != linkedid and linkedid in bridged:
            note = ledger.parse(f"/callcenter/answered/{linkedid}", value)
            found[linkedid] = Noted(linkedid, note.line, note.answered_at, note.channel)
    return found


def up_and_bridged(row: Event) -> bool:
    return row["Uniqueid"] == row["Linkedid"] and bool(row["BridgeId"])


def test_the_agent_who_consults_has_answered_though_the_caller_is_alone() -> None:
    story = Story().is_seen(
        row(bridge="b-1"),
        row("101", bridge="b-2"),
        row("103", bridge="b-2", Uniqueid="1795467000.900"),
    )
    assert [leg.interface for leg in talked(story.call)] == ["PJSIP/101"]
    assert story.hangs_up().call.outcome is Outcome.ANSWERED


def test_the_answer_is_told_at_the_moment_that_the_pbx_noted() -> None:
    noted = datetime.fromtimestamp(BEGAN, UTC) + timedelta(seconds=0.5)
    talking = (row(bridge=BRIDGE), row("101", bridge=BRIDGE))
    story = Story().is_seen(*talking, note=Noted(TRUNK, "support", noted, "PJSIP/101-00000001"))
    assert (story.call.answered_at, story.call.legs[0].answered_at) == (noted, noted)


def test_an_agent_who_handed_the_caller_on_owes_the_ticket_still() -> None:
    noted = Noted(TRUNK, "network", datetime.fromtimestamp(BEGAN, UTC), "PJSIP/101-00000001")
    elsewhere = row(bridge=BRIDGE, Context="from-callcenter-telephones", Exten="103")
    story = Story().is_seen(elsewhere, row("103", bridge=BRIDGE), note=noted)
    assert story.call.line == "network"
    assert [(leg.agent, leg.ended_at is None) for leg in talked(story.call)] == [
        ("ana", False),
        ("cleo", True),
    ]
    owing = story.call.answered_by
    assert owing is not None
    assert owing.agent == "ana"


@pytest.mark.parametrize("bridge", ["", "b-2"])
def test_while_it_is_watched_a_note_alone_is_no_answer(bridge: str) -> None:
    noted = Noted(TRUNK, "support", datetime.fromtimestamp(BEGAN, UTC), "PJSIP/101-00000001")
    story = Story().is_seen().arrives().joins().rings("101").leaves_queue()
    story.is_seen(row(Application="Queue"), row("101", bridge=bridge), note=noted)
    assert story.call.answered_at is None


def test_of_a_caller_who_was_not_watched_a_note_counts_before_the_two_are_joined() -> None:
    noted = Noted(TRUNK, "support", datetime.fromtimestamp(BEGAN, UTC), "PJSIP/101-00000001")
    story = Story().is_seen(row(Application="Queue"), row("101"), note=noted)
    assert story.call.state is CallState.TALKING
    story.meets("101").leaves("101").hangs_up("101").hangs_up()
    assert [(leg.agent, leg.hold_s) for leg in story.call.legs] == [("ana", 0.0)]
    assert len(answered_facts(story.facts, TRUNK)) == 1


def test_a_caller_parked_among_others_is_not_answered() -> None:
    parked = row(bridge=BRIDGE)
    story = Story().is_seen(parked, row("101", bridge=BRIDGE), technology="holding_bridge")
    assert story.call.answered_at is None


def test_a_telephone_that_was_answered_an_instant_ago_is_not_yet_an_answer() -> None:
    story = Story().is_seen(row(Application="Queue"), row("101"))
    assert story.call.state is CallState.RINGING
    story.meets("101")
    assert story.call.state is CallState.TALKING


def test_a_telephone_that_picks_up_is_no_caller() -> None:
    picker = row("104", Application="AppQueue", Exten=sites.SUPPORT)
    story = Story().arrives().joins().rings("101")
    story.is_seen(row(), row("101", state="Ringing"), {**picker, "Linkedid": picker["Uniqueid"]})
    assert story.meets("104").hangs_up().call.outcome is Outcome.ANSWERED


def test_a_caller_found_in_the_mailbox_has_overflowed() -> None:
    story = Story().is_seen(row(Application="VoiceMail")).hangs_up()
    assert story.call.outcome is Outcome.OVERFLOW


def test_a_call_that_stopped_ringing_out_of_sight_has_overflowed() -> None:
    story = Story().arrives().joins().rings("101").is_lost().is_seen(row(Application="Playback"))
    assert story.call.state is CallState.WAITING
    assert story.hangs_up().call.outcome is Outcome.OVERFLOW


def test_a_call_that_still_waits_after_a_cut_goes_on_ringing() -> None:
    story = Story().arrives().joins().rings("101").is_lost().is_seen(row(), waiting=True)
    assert story.call.state is CallState.RINGING
    story.dial_ends("102", "NOANSWER")
    assert story.call.state is CallState.RINGING


ENDED = timedelta(seconds=20)


def noted(*, ended: bool = True, channel: str = "PJSIP/101-00000001") -> Noted:
    """The PBX's own note: answered ten seconds after it began."""
    began = datetime.fromtimestamp(BEGAN, UTC)
    ended_at = began + ENDED if ended else None
    answered_at = began + timedelta(seconds=10)
    return Noted(TRUNK, "support", answered_at, channel, ended_at=ended_at)


def test_a_call_that_was_answered_and_ended_out_of_sight_is_told_as_noted_and_never_missed() -> (
    None
):
    story = Story().arrives().joins().rings("101").is_lost()
    story.now = BEGAN + 90
    story.is_seen(note=noted())
    changes = [fact.change for fact in of_calls(story.facts)]
    assert Change.MISSED not in changes
    assert changes[-2:] == [Change.ANSWERED, Change.ENDED]
    assert (story.call.outcome, story.call.end_seen) == (Outcome.ANSWERED, True)
    assert story.call.answered_at == noted().answered_at
    assert story.call.ended_at == story.call.legs[0].ended_at == noted().ended_at
    assert [(leg.agent, leg.interface) for leg in talked(story.call)] == [("ana", "PJSIP/101")]


def test_a_call_whose_end_nobody_noted_is_over_when_that_was_noticed() -> None:
    story = Story().arrives().joins().rings("101").is_lost().is_seen(note=noted(ended=False))
    assert (story.call.outcome, story.call.end_seen) == (Outcome.ANSWERED, False)


def test_the_agent_behind_a_local_member_that_is_gone_is_told() -> None:
    story = Story().arrives().joins().is_lost()
    channel = "Local/101@from-callcenter-telephones-00000001;1"
    story.is_seen(note=noted(channel=channel))
    assert [leg.agent for leg in talked(story.call)] == ["ana"]


def test_a_caller_who_was_answered_and_left_out_of_sight_was_answered() -> None:
    story = Story().arrives().joins().rings("101").is_lost()
    story.is_seen(row(Application="Playback"), note=noted(ended=False))
    assert story.call.answered_at is not None
    assert story.hangs_up().call.outcome is Outcome.ANSWERED
    assert len(answered_facts(story.facts, TRUNK)) == 1


def test_a_caller_who_still_waits_is_not_answered_by_a_note() -> None:
    story = Story().arrives().joins().rings("101").is_lost()
    story.is_seen(row(Application="Queue"), waiting=True, note=noted(ended=False))
    assert story.call.answered_at is None


def test_a_caller_who_hangs_up_before_the_two_are_joined_is_not_answered_by_a_later_snapshot() -> (
    None
):
    story = Story().is_seen().arrives().joins().rings("101").dial_ends("101", "ANSWER")
    story.is_seen(row(Application="Playback"), note=noted(ended=False))
    assert story.hangs_up().call.answered_at is None
