"""What a real Asterisk said of a call leads to what really became of it."""

import random

import pytest

from callcenter.core.call import MISSED, CallState, Outcome
from callcenter.core.facts import Change
from callcenter.core.tracker import Tracker
from tests.core import recordings
from tests.core.recordings import Recording, answered_facts, batch, latest, of_calls, play, talked

RECORDINGS = recordings.every()
HOLD_S = pytest.approx(1.5, abs=0.3)
CONSULTED = ("consultation", "attended-transfer")
"""In these the caller is left alone while 101 asks 103, which is hold time, and no hold key."""

DIALLING_S = 0.5
"""Within this the feature code of a blind transfer is dialled, and the caller hears music."""

of_each = pytest.mark.parametrize("recording", RECORDINGS, ids=repr)


@of_each
def test_each_call_is_what_the_scenario_says(recording: Recording) -> None:
    facts = play(recordings.tracker(), recording.events)
    calls = latest(facts)
    assert list(calls) == [expected["linkedid"] for expected in recording.calls]
    for expected, call in zip(recording.calls, calls.values(), strict=True):
        wanted = expected["outcome"]
        assert call.outcome == ("short_abandon" if wanted == "abandoned" else wanted)
        assert (call.line, call.caller_raw) == (expected["line"], expected["caller"])
        assert recordings.agents(talked(call)) == expected["agents"]
        assert call.transfers == (expected["transfer"] is not None)


@of_each
def test_nothing_is_left_open(recording: Recording) -> None:
    for call in latest(play(recordings.tracker(), recording.events)).values():
        assert call.state is CallState.ENDED
        assert call.end_seen
        assert all(leg.ended_at is not None for leg in call.legs)


@of_each
def test_an_answered_call_is_said_so_once_and_a_missed_one_once(recording: Recording) -> None:
    facts = play(recordings.tracker(), recording.events)
    for call in latest(facts).values():
        said = [fact.change for fact in of_calls(facts) if fact.call.id == call.id]
        is_answered = call.outcome is Outcome.ANSWERED
        assert said.count(Change.ANSWERED) == is_answered == bool(talked(call))
        assert said.count(Change.MISSED) == (
            call.outcome in MISSED and "menu" not in recording.name
        )
        assert (said[0], said[-1]) == (Change.STARTED, Change.ENDED)
        assert (said.count(Change.STARTED), said.count(Change.ENDED)) == (1, 1)


@of_each
def test_the_answer_names_the_agent_who_owes_the_ticket(recording: Recording) -> None:
    facts = play(recordings.tracker(), recording.events)
    for expected in recording.calls:
        for fact in answered_facts(facts, expected["linkedid"]):
            leg = fact.call.answered_by
            assert leg is not None
            assert leg.interface == expected["agents"][0]
            assert leg.agent == recordings.ROSTER[leg.interface]
            assert leg.answered_at == fact.call.answered_at == fact.at


@of_each
def test_hold_time_is_the_time_away_from_the_caller(recording: Recording) -> None:
    calls = latest(play(recordings.tracker(), recording.events))
    for expected in recording.calls:
        hold_s = [leg.hold_s for leg in calls[expected["linkedid"]].legs]
        if expected["held"]:
            assert max(hold_s) == HOLD_S
        elif not any(name in recording.name for name in CONSULTED):
            assert max(hold_s, default=0) < DIALLING_S


@pytest.mark.parametrize("recording", ["16-queue-consultation", "22-ring-attended-transfer"])
def test_a_consultation_is_hold_time_of_the_agent_who_consults(recording: str) -> None:
    (call,) = latest(play(recordings.tracker(), recordings.named(recording).events)).values()
    assert [leg.hold_s > 1 for leg in talked(call)] == [True, False][: len(talked(call))]


def test_an_agent_with_two_telephones_has_one_leg() -> None:
    for recording in RECORDINGS:
        if "two-telephones" in recording.name:
            (call,) = latest(play(recordings.tracker(), recording.events)).values()
            assert [(leg.agent, leg.interface) for leg in call.legs] == [("ana", "PJSIP/104")]


def test_an_abandoned_call_is_short_by_its_lines_own_limit() -> None:
    for recording in RECORDINGS:
        patient = Tracker("main", recordings.lines(short_abandon_s=1.0))
        for call in latest(play(patient, recording.events)).values():
            assert call.outcome is not Outcome.SHORT_ABANDON or call.wait_s is None


@of_each
def test_how_events_are_cut_into_batches_changes_nothing(recording: Recording) -> None:
    one_by_one = play(recordings.tracker(), recording.events)
    assert recordings.tracker().apply(batch(*recording.events)) == one_by_one
    cutting = random.Random(recording.name)
    for _ in range(3):
        tracker, left, facts = recordings.tracker(), list(recording.events), []
        while left:
            size = cutting.randint(0, 40)
            facts += tracker.apply(batch(*left[:size]))
            del left[:size]
        assert facts == one_by_one


@of_each
def test_nothing_is_kept_of_calls_that_are_over(recording: Recording) -> None:
    tracker = recordings.tracker()
    play(tracker, recording.events)
    state = tracker._state
    assert not state.calls
    assert not state.callers
    assert not state.by_leg
    assert not state.topology.channels
    assert not state.topology.bridges
