"""Calls that we make, as 16 and 22 tell of them: the events of each are those that were seen."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core.facts import CallChanged, Fact, OutgoingChanged
from callcenter.core.line import Line
from callcenter.core.outgoing import Outgoing, OutgoingState, Result, Trouble
from callcenter.core.pbx import Batch, Event, OutOfSight, Snapshot
from callcenter.core.tracker import Tracker

ID = "899d15c1-f190-4072-8a36-6a8657901b1c"
CUSTOMER = "1795880008.1"
START = datetime(2026, 11, 28, 15, tzinfo=UTC)
AGENT = {"Uniqueid": ID, "Linkedid": ID, "Channel": "PJSIP/101-00000000"}
THEIRS = {"Uniqueid": CUSTOMER, "Linkedid": ID, "Channel": "PJSIP/trunk-00000001"}
CALLED = {"DestUniqueid": ID, "DestLinkedid": ID, "DestChannel": "PJSIP/101-00000000"}
DIALS = {
    **AGENT,
    "Context": "outgoing-callcenter-support",
    "Exten": "+33639981122",
    "DestUniqueid": CUSTOMER,
    "DestLinkedid": ID,
    "DestChannel": "PJSIP/trunk-00000001",
}

RINGS = (
    {"Event": "Newchannel", **AGENT, "Context": "from-callcenter-telephones", "Exten": "s"},
    {"Event": "DialBegin", **CALLED},
)
PICKED_UP = (
    {"Event": "DialEnd", **CALLED, "DialStatus": "ANSWER"},
    {"Event": "OriginateResponse", "Response": "Success", "Uniqueid": ID, "Reason": "4"},
)
DIALLED = (
    {"Event": "Newchannel", **THEIRS, "Context": "from-callcenter-trunk", "Exten": "s"},
    {"Event": "DialBegin", **DIALS},
)
BRIDGED = (
    {"Event": "DialEnd", **DIALS, "DialStatus": "ANSWER"},
    {"Event": "BridgeEnter", **THEIRS, "BridgeUniqueid": "b"},
    {"Event": "BridgeEnter", **AGENT, "BridgeUniqueid": "b"},
)
HUNG_UP = ({"Event": "Hangup", **THEIRS}, {"Event": "Hangup", **AGENT})
NOT_PICKED_UP = {"Event": "OriginateResponse", "Response": "Failure", "Uniqueid": ID, "Reason": "3"}


class Pbx:
    """One whose line is called support; an event a second."""

    def __init__(self) -> None:
        line = Line("support", frozenset({"0465711010"}), queue="support")
        self.tracker = Tracker("main", [line])
        self.now = START
        self.facts: list[Fact] = []
        self.sees()

    def says(self, *events: Event) -> None:
        for event in events:
            self.now += timedelta(seconds=1)
            self.facts += self.tracker.apply(Batch(self.now, (event,)))

    def sees(self, *channels: Event) -> None:
        self.now += timedelta(seconds=1)
        snapshot = Snapshot(self.now, channels, (), (), ())
        self.facts += self.tracker.apply(snapshot)

    def is_lost(self) -> None:
        self.facts += self.tracker.apply(OutOfSight(self.now, "cut"))

    @property
    def told(self) -> list[Outgoing]:
        return [fact.outgoing for fact in self.facts if isinstance(fact, OutgoingChanged)]


@pytest.fixture
def pbx() -> Pbx:
    pbx = Pbx()
    pbx.tracker.dialling.expect(ID)
    return pbx


def test_a_conversation_is_told_step_by_step(pbx: Pbx) -> None:
    pbx.says(*RINGS, *PICKED_UP, *DIALLED, *BRIDGED, *HUNG_UP)
    assert [one.state.value for one in pbx.told] == ["pick_up", "calling", "talking", "ended"]
    over = pbx.told[-1]
    assert over.result is Result.ANSWERED
    at = [over.agent_answered_at, over.answered_at, over.ended_at]
    assert [(each - START).total_seconds() for each in at if each] == [4, 10, 12]
    assert not pbx.tracker.dialling.calls


@pytest.mark.parametrize(
    ("events", "result", "trouble"),
    [
        ([*RINGS, NOT_PICKED_UP], Result.AGENT_NO_ANSWER, None),
        ([*RINGS, {"Event": "Hangup", **AGENT}], Result.AGENT_NO_ANSWER, None),
        ([NOT_PICKED_UP], Result.FAILED, Trouble.TELEPHONE),
        (
            [*RINGS, *PICKED_UP, {"Event": "HangupRequest", **AGENT}, *HUNG_UP],
            Result.CANCELLED,
            None,
        ),
        ([*RINGS, *PICKED_UP, *HUNG_UP], Result.FAILED, Trouble.TRUNK),
    ],
    ids=["not picked up", "refused", "no such telephone", "put down again", "no way out"],
)
def test_what_ends_it_before_the_customer_is_asked(
    pbx: Pbx, events: list[Event], result: Result, trouble: Trouble | None
) -> None:
    pbx.says(*events)
    over = pbx.told[-1]
    assert (over.state, over.result, over.trouble) == (OutgoingState.ENDED, result, trouble)


@pytest.mark.parametrize(
    ("status", "result", "trouble"),
    [
        ("BUSY", Result.BUSY, None),
        ("NOANSWER", Result.NO_ANSWER, None),
        ("CANCEL", Result.CANCELLED, None),
        ("ANSWER", Result.CANCELLED, None),
        ("CONGESTION", Result.FAILED, Trouble.TRUNK),
        ("CHANUNAVAIL", Result.FAILED, Trouble.TRUNK),
    ],
)
def test_what_the_customers_telephone_said_is_the_result(
    pbx: Pbx, status: str, result: Result, trouble: Trouble | None
) -> None:
    pbx.says(*RINGS, *PICKED_UP, *DIALLED)
    pbx.says({"Event": "DialEnd", **DIALS, "DialStatus": status}, *HUNG_UP)
    assert (pbx.told[-1].result, pbx.told[-1].trouble) == (result, trouble)
    assert pbx.told[-1].answered_at is None


def test_what_the_agent_cancelled_was_cancelled_whoever_rang(pbx: Pbx) -> None:
    pbx.says(*RINGS)
    pbx.tracker.dialling.cancel(ID)
    pbx.says(NOT_PICKED_UP)
    assert pbx.told[-1].result is Result.CANCELLED


def test_it_is_no_call_of_a_line(pbx: Pbx) -> None:
    up = {**AGENT, "Context": "outgoing-callcenter-support", "Exten": "0465711010"}
    pbx.says(*RINGS, *PICKED_UP, *DIALLED)
    pbx.sees(up, THEIRS)  # as if a line's own number were called
    pbx.says(*BRIDGED)
    pbx.sees({**up, "BridgeId": "b", "ChannelStateDesc": "Up"}, {**THEIRS, "BridgeId": "b"})
    pbx.says(*HUNG_UP)
    assert [fact for fact in pbx.facts if isinstance(fact, CallChanged)] == []


def test_a_call_that_is_not_ours_is_none(pbx: Pbx) -> None:
    other = {**AGENT, "Uniqueid": "1795880008.9", "Linkedid": "1795880008.9"}
    pbx.says({"Event": "Newchannel", **other, "Context": "x", "Exten": "s"})
    pbx.says({"Event": "Hangup", **other})
    assert pbx.told == []


def test_a_snapshot_that_was_on_its_way_ends_nothing(pbx: Pbx) -> None:
    pbx.sees()
    assert pbx.told == []
    pbx.says(*RINGS)
    pbx.sees()  # its Hangup is behind this one
    pbx.says(NOT_PICKED_UP)
    assert pbx.told[-1].result is Result.AGENT_NO_ANSWER


@pytest.mark.parametrize("events", [[], RINGS, [*RINGS, *PICKED_UP, *DIALLED]])
def test_after_an_outage_what_is_gone_is_settled_as_unknown(pbx: Pbx, events: list[Event]) -> None:
    pbx.says(*events)
    pbx.is_lost()
    pbx.sees()
    assert (pbx.told[-1].state, pbx.told[-1].result) == (OutgoingState.ENDED, Result.UNKNOWN)


def test_after_an_outage_a_conversation_that_is_over_was_one(pbx: Pbx) -> None:
    pbx.says(*RINGS, *PICKED_UP, *DIALLED, *BRIDGED)
    pbx.is_lost()
    pbx.sees()
    assert pbx.told[-1].result is Result.ANSWERED


def test_after_a_restart_it_goes_on_from_what_the_snapshot_shows() -> None:
    pbx = Pbx()
    pbx.tracker.dialling.restore(Outgoing(ID, OutgoingState.SENT))
    up = {**AGENT, "BridgeId": "b", "ChannelStateDesc": "Up"}
    pbx.sees(up, {**THEIRS, "BridgeId": "b", "ChannelStateDesc": "Up"})
    assert pbx.told[-1].state is OutgoingState.TALKING
    pbx.says(*HUNG_UP)
    assert pbx.told[-1].result is Result.ANSWERED
