"""A call is a line's by where it arrives, where it runs, or which queue it joins."""

import pytest

from callcenter.core.call import Outcome
from callcenter.core.facts import Change
from tests.core.recordings import latest, of_calls
from tests.core.story import BEGAN, TRUNK, Story, channel
from tests.rig import sites

OLDER = {"Linkedid": f"{BEGAN - 60}.7"}
"""Of a call that was there before: whoever meets its people gets its Linkedid."""


@pytest.mark.parametrize(
    "extension", [sites.SUPPORT, "+33465711010", "0033465711010", "33465711010"]
)
def test_a_number_is_dialled_in_several_ways(extension: str) -> None:
    assert Story().arrives(extension).call.line == "support"


def test_another_number_is_nobodys_line() -> None:
    assert Story().arrives("0465711030").rings("101").meets("101").hangs_up().facts == []


def test_a_call_is_the_lines_in_whose_context_it_runs() -> None:
    where = {"Context": "callcenter-network", "Exten": "s"}
    story = Story().arrives("s").rings("101", **where)
    assert story.call.line == "network"
    assert story.call.started_at.timestamp() == BEGAN
    assert story.meets("101").hangs_up().call.outcome is Outcome.ANSWERED


def test_the_dialplans_word_of_a_call_that_was_not_heard_of_is_heard() -> None:
    where = {"Context": "callcenter-support", "Exten": "s"}
    story = Story().event(
        "UserEvent", UserEvent="CallcenterOutcome", **channel(), **where, Outcome="closed"
    )
    assert story.hangs_up().call.outcome is Outcome.CLOSED


def test_a_telephone_that_is_called_in_a_lines_context_is_no_caller() -> None:
    story = Story().event("Newchannel", **channel("101"), Context="callcenter-support", Exten="s")
    assert story.facts == []


def test_a_caller_whose_linkedid_changed_is_the_same_caller() -> None:
    story = Story().arrives().joins().rings("101").meets("101").leaves("101").hangs_up("101")
    story.event("BlindTransfer", Result="Success", TransfereeUniqueid=TRUNK, **older("Transferee"))
    story.event("QueueCallerJoin", **{**channel(), **OLDER}, Queue="support")
    story.event(
        "DialBegin", **{**channel(), **OLDER}, **{**channel("102", "Dest"), **older("Dest")}
    )
    story.event("Hangup", **{**channel(), **OLDER})
    assert list(latest(story.facts)) == [TRUNK]
    assert (story.call.outcome, story.call.transfers) == (Outcome.ANSWERED, 1)
    assert [leg.interface for leg in story.call.legs] == ["PJSIP/101", "PJSIP/102"]


def older(prefix: str) -> dict[str, str]:
    return {f"{prefix}{name}": value for name, value in OLDER.items()}


def test_a_caller_may_come_to_the_queue_through_a_local_channel() -> None:
    half = {"Uniqueid": f"{BEGAN}.5", "Linkedid": TRUNK}
    story = Story().arrives("0465711030")
    story.event("Newchannel", **half, Channel="Local/600@queues-1;2", Exten="600")
    story.event("QueueCallerJoin", **half, Channel="Local/600@queues-1;2", Queue="support")
    story.event("DialBegin", **half, **channel("101", "Dest"))
    story.event("Hangup", **half).enters().enters("101").hangs_up()
    assert [leg.interface for leg in story.call.legs] == ["PJSIP/101"]
    assert (story.call.line, story.call.outcome) == ("support", Outcome.ANSWERED)


def test_a_call_that_is_over_does_not_begin_again() -> None:
    story = Story().arrives().joins().hangs_up().arrives().joins().dialplan_says("overflow")
    assert [fact.change for fact in of_calls(story.facts)].count(Change.STARTED) == 1
    assert of_calls(story.facts)[-1].change is Change.ENDED


def test_a_transfer_that_failed_is_none() -> None:
    story = Story().arrives().joins().rings("101").meets("101")
    story.event("BlindTransfer", Result="Fail", TransfereeUniqueid=TRUNK)
    assert story.call.transfers == 0


def test_only_so_many_calls_that_are_over_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.core.state.ENDED_REMEMBERED", 2)
    story = Story()
    for counter in range(4):
        caller = {"Channel": "PJSIP/trunk-00000001", "Uniqueid": f"{BEGAN}.{counter}"}
        caller["Linkedid"] = caller["Uniqueid"]
        story.event("Newchannel", **caller, Exten=sites.SUPPORT).event("Hangup", **caller)
    assert list(story.tracker._state._ended) == [f"{BEGAN}.2", f"{BEGAN}.3"]
