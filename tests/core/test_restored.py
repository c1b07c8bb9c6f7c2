"""A service that starts anew from its records, and the next snapshot, goes on as if it had not.

Lost are, because no record and no snapshot tells them: the dialplan's word that a call is closed or
rejected, a caller's wish to hang up in the milliseconds before it is done, and the part of a hold
that was before.
"""

import pytest

from callcenter.core.call import CallState, Outcome
from callcenter.core.facts import Change
from tests.core import recordings
from tests.core.recordings import (
    Recording,
    answered_facts,
    assert_times_run_forward,
    in_short,
    is_only_heard,
    latest,
    of_calls,
    play,
    still_open,
    talked,
)
from tests.core.story import BRIDGE, TRUNK, Story, row
from tests.core.world import HEARD, true_snapshot


def anew(story: Story) -> Story:
    """The same PBX, followed by a service that has only the records of the one before."""
    following = Story()
    following.tracker.restore(still_open(story.facts))
    following.now = story.now
    return following


@pytest.mark.parametrize("recording", recordings.every(), ids=repr)
def test_started_anew_at_any_moment_it_tells_each_call_the_same(recording: Recording) -> None:
    events = [event for event in recording.events if event.get("Event") in HEARD]
    whole = latest(play(recordings.tracker(), events))
    for stopped in range(len(events) + 1):
        before, after = events[:stopped], events[stopped:]
        facts = play(recordings.tracker(), before)
        again = recordings.tracker()
        again.restore(still_open(facts))
        facts += play(again, [true_snapshot(before), *after])
        assert still_open(facts) == []
        for linkedid, call in latest(facts).items():
            assert len(answered_facts(facts, linkedid)) == (call.answered_at is not None)
            assert_times_run_forward(call)
            if not any(is_only_heard(event, linkedid) for event in before):
                assert in_short(call) == in_short(whole[linkedid])


def test_an_answered_call_is_not_answered_again() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    following = anew(story).is_seen(row(bridge=BRIDGE), row("101", bridge=BRIDGE))
    assert of_calls(following.facts) == []
    following.leaves("101").hangs_up("101").hangs_up()
    assert Change.ANSWERED not in [fact.change for fact in of_calls(following.facts)]
    assert following.call.answered_at == story.call.answered_at
    assert following.call.outcome is Outcome.ANSWERED


def test_a_call_answered_meanwhile_is_answered_once() -> None:
    story = Story().arrives().joins().rings("101")
    following = anew(story).is_seen(row(bridge=BRIDGE), row("101", bridge=BRIDGE))
    following.enters("101").enters()  # events a little older than the snapshot
    assert len(answered_facts(following.facts, TRUNK)) == 1
    assert [leg.agent for leg in following.call.legs] == ["ana"]


def test_a_call_that_ended_meanwhile_is_closed_at_the_moment_this_was_noticed() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    following = anew(story).is_seen()
    assert following.call.state is CallState.ENDED
    assert not following.call.end_seen
    assert following.call.ended_at == following.call.legs[0].ended_at
    assert following.call.ended_at.timestamp() == following.now


def test_an_agent_who_consults_meanwhile_is_the_same_when_he_comes_back() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    alone = (row(bridge=BRIDGE), row("101", bridge="b-2"), row("103", bridge="b-2"))
    following = anew(story).is_seen(*alone).leaves("101", "b-2").enters("101")
    (leg,) = talked(following.call)
    assert (leg.agent, leg.ended_at) == ("ana", None)
    assert leg.hold_s == 2.0


def test_a_call_in_the_mailbox_has_overflowed_still() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "NOANSWER").leaves_queue()
    assert anew(story).is_seen(row()).hangs_up().call.outcome is Outcome.OVERFLOW


def test_a_call_in_the_menu_has_abandoned_still() -> None:
    story = Story().arrives()
    assert anew(story).is_seen(row()).hangs_up().call.outcome is Outcome.SHORT_ABANDON


def test_a_call_of_a_line_that_was_taken_out_ends_too() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    following = Story(recordings.Tracker("main", ()))
    following.tracker.restore(still_open(story.facts))
    following.now = story.now
    following.is_seen(row(bridge=BRIDGE), row("101", bridge=BRIDGE)).hangs_up()
    assert (following.call.line, following.call.outcome) == ("support", Outcome.ANSWERED)
