"""Telephones and queue members, as events and snapshots tell of them."""

from datetime import UTC, datetime

import pytest

from callcenter.core.facts import MemberChanged, RingGroupChanged, TelephoneChanged
from callcenter.core.floor import DEVICE_STATES, Telephones, TelephoneState
from callcenter.core.pbx import Event
from tests.core.story import Story

MEMBER = {"Queue": "support", "Interface": "PJSIP/101", "StateInterface": "PJSIP/101"}
BEHIND_LOCAL = {
    "Queue": "support",
    "Interface": "Local/102@agents/n",
    "StateInterface": "PJSIP/102",
}


def telephones(story: Story) -> list[tuple[str, str]]:
    return [
        (one.interface, one.state.value) for one in story.facts if isinstance(one, TelephoneChanged)
    ]


def members(story: Story) -> list[MemberChanged]:
    return [one for one in story.facts if isinstance(one, MemberChanged)]


def device(story: Story, name: str, state: str) -> Story:
    return story.event("DeviceStateChange", Device=name, State=state)


def row(**more: str) -> Event:
    return {"Event": "QueueMember", **MEMBER, "Paused": "0", "PausedReason": "", **more}


@pytest.mark.parametrize(("said", "state"), DEVICE_STATES.items())
def test_each_device_state_has_a_meaning(said: str, state: TelephoneState) -> None:
    story = Story().is_seen(queue_members=(row(),))
    # From another state, so that whatever is said is a change.
    other = "INUSE" if state is not TelephoneState.IN_USE else "UNAVAILABLE"
    device(device(story, "PJSIP/101", other), "PJSIP/101", said)
    assert telephones(story)[-1] == ("PJSIP/101", state.value)


def test_ringing_is_no_change_of_a_telephone() -> None:
    story = Story().is_seen(queue_members=(row(Status="1"),))
    for state in ("RINGING", "NOT_INUSE", "RINGING", "INUSE", "RINGINUSE", "NOT_INUSE"):
        device(story, "PJSIP/101", state)
    assert [state for _, state in telephones(story)] == ["idle", "in_use", "idle"]


def test_a_trunk_is_nobodys_telephone() -> None:
    story = Story().is_seen(queue_members=(row(),))
    device(device(story, "PJSIP/trunk", "INUSE"), "Queue:support_avail", "INUSE")
    assert telephones(story) == []


def test_what_a_telephone_did_before_it_rang_for_a_line_is_told_when_it_does() -> None:
    story = Story().is_seen()
    device(story, "PJSIP/150", "UNAVAILABLE")
    assert telephones(story) == []
    story.event("QueueMemberAdded", Queue="support", Interface="PJSIP/150")
    assert telephones(story) == [("PJSIP/150", "unreachable")]


def test_so_it_is_when_a_telephone_becomes_an_agents() -> None:
    story = device(Story().is_seen(), "PJSIP/107", "INUSE")
    story.tracker.roster = {**story.tracker.roster, "PJSIP/107": "ana"}
    story.event("QueueSummary")
    assert telephones(story) == [("PJSIP/107", "in_use")]


def test_a_snapshot_tells_the_devices_and_where_there_is_none_the_queue_member() -> None:
    story = Story().is_seen(
        queue_members=(row(Status="5"), row(**BEHIND_LOCAL, Status="2")),
        devices=({"Device": "PJSIP/101", "State": "NOT_INUSE"}, {"Device": "PJSIP/9"}),
    )
    assert telephones(story) == [("PJSIP/101", "idle"), ("PJSIP/102", "in_use")]


def test_a_pause_is_told_with_its_reason_and_once() -> None:
    story = Story().is_seen(queue_members=(row(),))
    for paused, reason in (("1", "lunch"), ("1", "lunch"), ("1", "coffee"), ("0", "coffee")):
        story.event("QueueMemberPause", **MEMBER, Paused=paused, PausedReason=reason)
    assert [(one.paused, one.reason, one.seen) for one in members(story)] == [
        (False, "", False),
        (True, "lunch", True),
        (True, "coffee", True),
        (False, "", True),
    ]


def test_a_member_behind_a_local_channel_is_told_by_its_telephone_and_its_name() -> None:
    story = Story().is_seen()
    story.event("QueueMemberAdded", **BEHIND_LOCAL, Paused="1", PausedReason="lunch")
    (told,) = members(story)
    assert (told.interface, told.member) == ("PJSIP/102", "Local/102@agents/n")


def test_a_member_who_left_and_came_back_is_told_anew() -> None:
    story = Story().is_seen(queue_members=(row(),)).is_seen().is_seen(queue_members=(row(),))
    story.event("QueueMemberRemoved", **MEMBER).event("QueueMemberAdded", **MEMBER)
    assert len(members(story)) == 3
    groups = [set(one.interfaces) for one in story.facts if isinstance(one, RingGroupChanged)]
    assert groups[-1] == {"PJSIP/101"}


def test_pauses_in_another_queue_are_no_business_of_ours() -> None:
    story = Story().is_seen()
    story.event("QueueMemberPause", **{**MEMBER, "Queue": "another"}, Paused="1")
    assert members(story) == []


def test_only_what_was_not_told_is_news() -> None:
    telephones_, at = Telephones(), datetime(2026, 11, 23, tzinfo=UTC)
    assert telephones_.see("PJSIP/101", TelephoneState.IDLE, at)
    assert not telephones_.see("PJSIP/101", TelephoneState.IDLE, at)
    assert len(telephones_.news({"PJSIP/101", "PJSIP/102"})) == 1
    assert telephones_.news({"PJSIP/101"}) == []
