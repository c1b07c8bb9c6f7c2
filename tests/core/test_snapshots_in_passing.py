"""A PBX is looked at now and then while all of it is seen: that changes nothing.

The looks are at Asterisk 22; every event and every snapshot from both versions has tests elsewhere.
"""

from collections import Counter

import pytest

from callcenter.core import headers
from callcenter.core.facts import CallChanged
from callcenter.core.pbx import Event
from tests.core import recordings
from tests.core.recordings import (
    READ_AT,
    Recording,
    assert_times_run_forward,
    in_short,
    latest,
    of_calls,
    play,
    still_open,
)
from tests.core.story import Story, row
from tests.core.world import HEARD, true_snapshot

IN_FLIGHT_S = 0.2
"""Events may be so much older than the snapshot that they follow."""

of_each = pytest.mark.parametrize(
    "recording", [one for one in recordings.every() if one.name.startswith("22")], ids=repr
)


def heard(recording: Recording) -> list[Event]:
    """The events from which a snapshot can be made."""
    return [event for event in recording.events if event.get("Event") in HEARD]


def kind(fact: CallChanged) -> tuple[object, ...]:
    """What is said, without the times."""
    return (fact.change, fact.call.state, *map(str, in_short(fact.call)))


@of_each
def test_a_look_at_any_moment_adds_nothing_and_takes_nothing_away(recording: Recording) -> None:
    events = heard(recording)
    said = Counter(map(kind, of_calls(play(recordings.tracker(), events))))
    for moment in range(len(events)):
        before, after = events[:moment], events[moment:]
        facts = play(recordings.tracker(), [*before, true_snapshot(before), *after])
        assert Counter(map(kind, of_calls(facts))) == said


@of_each
def test_events_a_little_older_than_the_look_before_them_change_nothing(
    recording: Recording,
) -> None:
    events = heard(recording)
    times = [headers.moment(event, READ_AT).timestamp() for event in events]
    whole = latest(play(recordings.tracker(), events))
    for asked in range(len(events)):
        in_flight = sum(times[asked] <= time < times[asked] + IN_FLIGHT_S for time in times)
        for taken in range(asked + 1, asked + in_flight + 1, 5):
            snapshot = true_snapshot(events[:taken])
            facts = play(recordings.tracker(), [*events[:asked], snapshot, *events[asked:]])
            assert still_open(facts) == []
            for linkedid, call in latest(facts).items():
                assert_times_run_forward(call)
                assert in_short(call) == in_short(whole[linkedid])


def test_a_call_that_is_just_being_answered_does_not_stop_ringing_before() -> None:
    story = Story().arrives().joins().rings("101").rings("102").dial_ends("101", "ANSWER")
    story.is_seen(row(), row("102", state="Ringing"), row("101"), waiting=True)
    said = len(story.facts)
    story.leaves_queue().hangs_up("102")
    assert [fact.call.state for fact in of_calls(story.facts[said:])] == ["ringing"]


def test_after_a_cut_an_answer_that_was_only_announced_counts_no_more() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "ANSWER").is_lost()
    story.is_seen(row(), row("102", state="Ringing"), waiting=True).dial_ends("102", "NOANSWER")
    story.leaves_queue().hangs_up()
    assert story.call.outcome == "overflow"
