"""Every event that call tracking handles, cut short in every way, and repeated."""

import pytest

from callcenter.core.events import HANDLERS
from callcenter.core.facts import RingGroupChanged
from tests.core import recordings
from tests.core.recordings import latest, play
from tests.core.story import Story, channel


def test_every_event_that_is_handled_occurs_in_the_recordings() -> None:
    said = {event.get("Event") for one in recordings.every() for event in one.events}
    assert set(HANDLERS) - said <= {
        "Rename",
        "QueueMemberAdded",
        "QueueMemberRemoved",
        "QueueMemberPause",
        "DeviceStateChange",
    }


@pytest.mark.parametrize("name", HANDLERS)
@pytest.mark.parametrize("without", ["", None])
def test_an_event_that_was_cut_short_does_no_harm(name: str, without: str | None) -> None:
    for recording in recordings.every()[::7]:
        for index, event in enumerate(recording.events):
            if event.get("Event") != name:
                continue
            for header in HANDLERS[name].needs:
                cut = {**event, header: without or ""}
                if without is None:
                    del cut[header]
                tracker = recordings.tracker()
                play(tracker, recording.events[:index])
                assert tracker.apply(recordings.batch(cut)) == []


def test_an_event_that_is_not_known_says_nothing() -> None:
    assert Story().event("QueueSummary", Queue="support").reads({"Response": "Success"}).facts == []


def test_members_of_a_queue_come_and_go() -> None:
    story = Story().is_seen()
    story.event("QueueMemberAdded", Queue="support", Interface="PJSIP/101")
    story.event("QueueMemberAdded", Queue="support", Interface="PJSIP/102")
    story.event("QueueMemberAdded", Queue="another", Interface="PJSIP/103")
    story.event("QueueMemberRemoved", Queue="support", Interface="PJSIP/101")
    story.event("QueueMemberRemoved", Queue="support", Interface="PJSIP/104")
    groups = [fact for fact in story.facts if isinstance(fact, RingGroupChanged)]
    assert [set(fact.interfaces) for fact in groups if fact.line == "support"] == [
        set(),
        {"PJSIP/101"},
        {"PJSIP/101", "PJSIP/102"},
        {"PJSIP/102"},
    ]


def test_a_call_is_the_lines_whose_queue_it_joins() -> None:
    story = Story().arrives(extension="s").event("QueueCallerJoin", **channel(), Queue="support")
    assert story.call.line == "support"


def test_a_renamed_telephone_is_the_same_one() -> None:
    story = Story().arrives().joins().rings("101")
    story.event("Rename", Uniqueid=channel("101")["Uniqueid"], Newname="PJSIP/101-0000000f")
    story.enters().event(
        "BridgeEnter",
        **{**channel("101"), "Channel": "PJSIP/101-0000000f"},
        BridgeUniqueid="b-1",
    )
    (leg,) = story.call.legs
    assert (leg.interface, leg.answered_at is not None) == ("PJSIP/101", True)


@pytest.mark.parametrize("recording", recordings.every(), ids=repr)
def test_events_that_come_twice_change_no_outcome(recording: recordings.Recording) -> None:
    twice = [event for event in recording.events for _ in range(2)]
    once = latest(play(recordings.tracker(), recording.events))
    for linkedid, call in latest(play(recordings.tracker(), twice)).items():
        assert call.outcome == once[linkedid].outcome
        assert len(call.legs) == len(once[linkedid].legs)
