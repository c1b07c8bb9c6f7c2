"""Supervisors who listen to a call, as 16 and 22 tell of them."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from callcenter.core.facts import Fact, SupervisionChanged
from callcenter.core.line import Line
from callcenter.core.pbx import Batch, Event, OutOfSight, Snapshot
from callcenter.core.supervision import Supervision, SupervisionResult, SupervisionState
from callcenter.core.tracker import Tracker
from tests.core import recordings
from tests.core.recordings import Recording, latest, of_calls, play, tracker
from tests.rig.scenarios import SUPERVISION

VERSIONS = (16, 22)
START = datetime(2026, 11, 28, 15, tzinfo=UTC)
CALL = "1795880008.1"
SPIED = "1795880008.2"
OURS = {"Uniqueid": SUPERVISION, "Linkedid": SUPERVISION, "Channel": "PJSIP/103-00000003"}


def told(facts: Iterable[Fact]) -> list[Supervision]:
    return [fact.supervision for fact in facts if isinstance(fact, SupervisionChanged)]


def spied(recording: Recording) -> tuple[str, str]:
    """The Linkedid of the recorded call, and the Uniqueid of 102, who talks in it."""
    entered = next(
        event
        for event in recording.events
        if event.get("Event") == "BridgeEnter" and event["Channel"].startswith("PJSIP/102")
    )
    return entered["Linkedid"], entered["Uniqueid"]


def expecting(recording: Recording) -> Tracker:
    """One that is about to ask for what was recorded."""
    into = tracker()
    into.supervising.expect(SUPERVISION, *spied(recording))
    return into


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["queue", "ring"])
def test_who_listens_is_told_step_by_step_and_is_no_part_of_the_call(
    version: int, kind: str
) -> None:
    recording = recordings.named(f"{version}-{kind}-supervised")
    facts = play(expecting(recording), recording.events)
    assert [one.state.value for one in told(facts)] == [
        "pick_up",
        "picked_up",
        "listening",
        "ended",
    ]
    over = told(facts)[-1]
    assert over.result is SupervisionResult.DONE
    assert over.began_at
    assert over.ended_at
    assert over.began_at < over.ended_at
    (call,) = latest(facts).values()
    assert [leg.interface for leg in call.legs] == ["PJSIP/101", "PJSIP/102"]
    assert of_calls(facts) == of_calls(play(tracker(), recording.events))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["queue", "ring"])
def test_a_service_that_starts_meanwhile_goes_on_with_it(version: int, kind: str) -> None:
    recording = recordings.named(f"{version}-{kind}-supervised")
    look = next(
        look
        for look in recording.looks
        if any(row.get("Application") == "ChanSpy" for row in look.snapshot.channels)
    )
    into = tracker()
    linkedid, channel = spied(recording)
    into.supervising.restore(Supervision(SUPERVISION, SupervisionState.SENT), linkedid)
    facts = play(into, [look.snapshot])
    assert told(facts)[-1].state is SupervisionState.LISTENING
    assert into.talking_channel(linkedid, "PJSIP/102") == channel
    facts += play(into, recording.events[look.after :])
    assert told(facts)[-1].result is SupervisionResult.DONE
    assert set(latest(facts)) == {linkedid}
    assert {leg.interface for leg in latest(facts)[linkedid].legs} == {"PJSIP/102"}


class Pbx:
    """One where telephones are in a line's own context, with a call that goes on."""

    def __init__(self) -> None:
        line = Line("support", frozenset({"s"}), queue="support", contexts=frozenset({"inside"}))
        self.tracker = Tracker("main", [line])
        self.facts: list[Fact] = []
        self.sees()

    def says(self, *events: Event) -> None:
        self.facts += self.tracker.apply(Batch(START, events))

    def sees(self, *channels: Event) -> None:
        self.facts += self.tracker.apply(Snapshot(START, channels, (), (), ()))

    @property
    def told(self) -> list[Supervision]:
        return told(self.facts)


RINGS: Event = {"Event": "Newchannel", **OURS, "Context": "inside", "Exten": "s"}
PICKED_UP: Event = {"Event": "OriginateResponse", "Response": "Success", "Uniqueid": SUPERVISION}
HANGS_UP: Event = {"Event": "HangupRequest", **OURS}
HUNG_UP: Event = {"Event": "Hangup", **OURS, "Cause": "16"}
STARTS: Event = {"Event": "ChanSpyStart", "SpyerUniqueid": SUPERVISION, "SpyeeUniqueid": SPIED}
SPIED_ON = {"Uniqueid": SPIED, "Linkedid": CALL, "Channel": "PJSIP/102-00000002"}
AGENT: Event = {"Event": "Newchannel", **SPIED_ON}
AGENT_GONE: Event = {"Event": "Hangup", **SPIED_ON}
REFUSED: tuple[Event, ...] = (  # as 16 and 22 say it
    {**HANGS_UP, "Cause": "17"},
    {**PICKED_UP, "Response": "Failure", "Reason": "0"},
    {**HUNG_UP, "Cause": "17"},
)


@pytest.fixture
def pbx() -> Pbx:
    pbx = Pbx()
    pbx.says(AGENT)
    pbx.tracker.supervising.expect(SUPERVISION, CALL, SPIED)
    return pbx


@pytest.mark.parametrize(
    ("events", "result"),
    [
        ([{**PICKED_UP, "Response": "Failure", "Reason": "0"}], SupervisionResult.TELEPHONE),
        ([RINGS, {**PICKED_UP, "Response": "Failure", "Reason": "3"}], SupervisionResult.NO_ANSWER),
        ([RINGS, *REFUSED], SupervisionResult.BUSY),
        ([RINGS, PICKED_UP, AGENT_GONE, HUNG_UP], SupervisionResult.CALL_OVER),
        ([RINGS, PICKED_UP, HANGS_UP, HUNG_UP], SupervisionResult.CANCELLED),
        ([RINGS, PICKED_UP, HUNG_UP], SupervisionResult.NO_CHANSPY),
        ([RINGS, PICKED_UP, STARTS, HANGS_UP, HUNG_UP], SupervisionResult.DONE),
    ],
    ids=lambda value: value.value if isinstance(value, SupervisionResult) else "",
)
def test_each_end_has_its_own_word(
    pbx: Pbx, events: list[Event], result: SupervisionResult
) -> None:
    pbx.says(*events)
    assert pbx.told[-1].result is result
    assert not pbx.tracker.supervising.going_on


def test_it_is_no_call_wherever_telephones_are(pbx: Pbx) -> None:
    row = {**OURS, "Context": "inside", "Exten": "s", "ChannelStateDesc": "Up"}
    pbx.says(RINGS, PICKED_UP, STARTS)
    pbx.sees({**row, "Application": "ChanSpy", "ApplicationData": f"{SPIED},quES"})
    pbx.says(HUNG_UP)
    assert of_calls(pbx.facts) == []


def test_nor_is_one_that_somebody_began_at_the_pbx_itself() -> None:
    pbx = Pbx()
    row = {**OURS, "Context": "inside", "Exten": "s", "ChannelStateDesc": "Up"}
    pbx.sees({**row, "Application": "ChanSpy", "ApplicationData": "PJSIP/102"})
    assert of_calls(pbx.facts) == []


def test_it_outlives_its_call_by_nothing(pbx: Pbx) -> None:
    caller: Event = {"Event": "Newchannel", "Uniqueid": CALL, "Linkedid": CALL, "Channel": "x/1-1"}
    pbx.says(caller, RINGS, PICKED_UP, STARTS)
    assert pbx.tracker.supervisions_over() == []
    pbx.says({**caller, "Event": "Hangup"})
    assert pbx.tracker.supervisions_over() == [SUPERVISION]


@pytest.mark.parametrize(
    ("events", "result"),
    [
        ([RINGS], SupervisionResult.UNKNOWN),
        ([RINGS, PICKED_UP, STARTS], SupervisionResult.DONE),
    ],
)
def test_what_is_gone_after_an_outage_is_over(
    pbx: Pbx, events: list[Event], result: SupervisionResult
) -> None:
    pbx.says(*events)
    pbx.facts += pbx.tracker.apply(OutOfSight(START, "cut"))
    assert pbx.tracker.supervisions_over() == []  # nobody knows
    pbx.sees()
    assert pbx.told[-1].result is result


def test_what_was_cancelled_was_cancelled_whoever_rang(pbx: Pbx) -> None:
    pbx.says(RINGS)
    pbx.tracker.supervising.cancel(SUPERVISION)
    pbx.says(HUNG_UP)
    assert pbx.told[-1].result is SupervisionResult.CANCELLED
