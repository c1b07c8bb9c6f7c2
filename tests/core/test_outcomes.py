"""What the end of a call is called."""

import pytest

from callcenter.core.call import CallState, Outcome
from callcenter.core.facts import Change
from tests.core.recordings import of_calls
from tests.core.story import Story
from tests.rig import sites


def changes(story: Story) -> list[Change]:
    return [fact.change for fact in of_calls(story.facts)]


def test_a_caller_who_gives_up_has_abandoned() -> None:
    story = Story().arrives().joins().rings("101").wants_to_hang_up()
    story.dial_ends("101", "CANCEL").leaves_queue().hangs_up()
    assert story.call.outcome is Outcome.SHORT_ABANDON
    assert changes(story)[-2:] == [Change.MISSED, Change.ENDED]


def test_who_gives_up_has_waited_until_then_however_long_the_channel_takes_to_go() -> None:
    story = Story().arrives().joins().wants_to_hang_up()
    story.now += 60
    story.wants_to_hang_up().hangs_up()
    assert (story.call.outcome, story.call.wait_s) == (Outcome.SHORT_ABANDON, 1.0)


def test_a_call_that_the_pbx_gave_up_has_overflowed() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "NOANSWER").leaves_queue()
    assert story.call.state is CallState.WAITING
    assert story.hangs_up().call.outcome is Outcome.OVERFLOW


@pytest.mark.parametrize("outcome", ["closed", "rejected", "overflow"])
def test_what_the_dialplan_says_of_a_call_holds(outcome: str) -> None:
    assert Story().arrives().dialplan_says(outcome).hangs_up().call.outcome == outcome


def test_a_call_for_which_nothing_could_ring_is_missed() -> None:
    story = Story().arrives().dialplan_says("overflow").hangs_up()
    assert (story.call.queued_at, story.call.wait_s) == (None, None)
    assert changes(story) == [Change.STARTED, Change.MISSED, Change.ENDED]


def test_a_call_turned_away_is_not_missed() -> None:
    assert Change.MISSED not in changes(Story().arrives().dialplan_says("closed").hangs_up())


def test_an_answer_that_was_none_and_then_the_mailbox_is_an_overflow() -> None:
    story = Story().arrives(sites.NETWORK).rings("101").dial_ends("101", "ANSWER")
    story.wants_to_hang_up("101").hangs_up("101").dialplan_says("overflow").hangs_up()
    assert story.call.outcome is Outcome.OVERFLOW
    assert story.call.answered_at is None


def test_an_answered_call_stays_answered_whatever_the_dialplan_says_later() -> None:
    story = Story().arrives().joins().rings("101").meets("101").leaves("101").hangs_up("101")
    assert story.dialplan_says("overflow").hangs_up().call.outcome is Outcome.ANSWERED


def test_a_caller_who_hung_up_first_has_not_overflowed() -> None:
    story = Story().arrives().joins().rings("101").wants_to_hang_up().dialplan_says("overflow")
    assert story.hangs_up().call.outcome is Outcome.SHORT_ABANDON


def test_a_call_that_rings_again_after_the_mailbox_was_offered_can_be_answered() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "NOANSWER").leaves_queue()
    story.dialplan_says("overflow").joins()
    assert story.call.state is CallState.RINGING
    assert story.rings("101").meets("101").hangs_up().call.outcome is Outcome.ANSWERED


def test_the_telephones_are_told_when_a_call_rings_no_more() -> None:
    story = Story().arrives().joins().rings("101").dial_ends("101", "NOANSWER").leaves_queue()
    assert changes(story)[-1] is Change.UPDATED
    assert story.call.state is CallState.WAITING


def test_a_call_that_is_picked_up_rings_until_it_is_answered() -> None:
    story = Story().arrives().joins().rings("101").rings("102")
    story.event("Pickup", Channel="PJSIP/104-00000009", TargetLinkedid=story.call.linkedid)
    story.hangs_up("101").dial_ends("102", "CANCEL").leaves_queue()
    assert story.call.state is CallState.RINGING
    assert story.meets("104").call.state is CallState.TALKING


def test_a_call_that_was_turned_away_and_rings_all_the_same_is_a_missed_one() -> None:
    story = Story().arrives().dialplan_says("closed").joins().rings("101").wants_to_hang_up()
    assert story.hangs_up().call.outcome is Outcome.SHORT_ABANDON
    assert Change.MISSED in changes(story)
