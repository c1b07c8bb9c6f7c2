"""What the note of an answered call makes of the call, whatever is known of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core import backfill
from callcenter.core.backfill import Unseen
from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.core.facts import Change
from callcenter.core.noted import Noted, completed, telephone
from tests.core.recordings import ROSTER, assert_times_run_forward

BEGAN = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
LINKEDID = f"{int(BEGAN.timestamp())}.0"


def second(after: float) -> datetime:
    return BEGAN + timedelta(seconds=after)


NOTED = Noted(
    LINKEDID,
    "support",
    answered_at=second(8.5),
    channel="PJSIP/101-0000002a",
    caller_raw="0639981122",
    started_at=second(0.25),
    queued_at=second(1.5),
    ended_at=second(60.75),
)
RANG = Call(
    pbx="main",
    linkedid=LINKEDID,
    channel=LINKEDID,
    line="support",
    caller_raw="0639981122",
    caller_name="Élise",
    state=CallState.ENDED,
    started_at=second(0.2),
    queued_at=second(1.4),
    ended_at=second(90),
    outcome=Outcome.ABANDONED,
    end_seen=False,
    legs=(
        Leg("bob", "PJSIP/102", second(2), ended_at=second(90)),
        Leg("ana", "PJSIP/101", second(2), ended_at=second(90)),
    ),
)
TALKED = replace(
    RANG,
    answered_at=second(8.6),
    outcome=Outcome.ANSWERED,
    legs=(
        Leg("bob", "PJSIP/102", second(2), ended_at=second(8.6)),
        Leg("ana", "PJSIP/101", second(2), second(8.6), second(90)),
    ),
)


def settle(noted: Noted, known: Call | None, *unseen: Unseen) -> Call | None:
    call = backfill.settle("main", noted, known, unseen=unseen, roster=ROSTER)
    if call is not None:
        assert_times_run_forward(call)
        assert (call.state, call.outcome) == (CallState.ENDED, Outcome.ANSWERED)
        again = backfill.settle("main", noted, call, unseen=unseen, roster=ROSTER)
        assert again is None, "what was settled is settled"
    return call


def test_a_call_that_nobody_saw_is_made_whole() -> None:
    assert settle(NOTED, None) == Call(
        pbx="main",
        linkedid=LINKEDID,
        channel=LINKEDID,
        line="support",
        caller_raw="0639981122",
        caller_name="",
        state=CallState.ENDED,
        started_at=second(0.25),
        queued_at=second(1.5),
        answered_at=second(8.5),
        ended_at=second(60.75),
        outcome=Outcome.ANSWERED,
        legs=(Leg("ana", "PJSIP/101", second(1.5), second(8.5), second(60.75)),),
    )


def test_its_facts_are_told_in_order_and_as_they_were() -> None:
    call = settle(NOTED, None)
    assert call is not None
    told = [(fact.change, fact.at) for fact in backfill.facts(call, None)]
    assert told == [
        (Change.STARTED, second(0.25)),
        (Change.ANSWERED, second(8.5)),
        (Change.ENDED, second(60.75)),
    ]


def test_a_call_that_was_elsewhere_on_the_pbx_before_began_there() -> None:
    call = settle(replace(NOTED, started_at=second(30.5), queued_at=None), None)
    assert call is not None
    assert call.started_at == BEGAN


def test_a_note_of_an_older_dialplan_makes_up_no_talk() -> None:
    bare = Noted(LINKEDID, "support", second(8.5), "PJSIP/109-00000001")
    call = settle(bare, None)
    assert call is not None
    assert (call.started_at, call.queued_at, call.ended_at) == (BEGAN, second(8.5), second(8.5))
    assert not call.end_seen
    assert call.legs == (Leg(None, "PJSIP/109", *[second(8.5)] * 3),)
    told_later = settle(NOTED, call)
    assert told_later is not None
    assert told_later.ended_at == told_later.legs[0].ended_at == second(60.75)


@pytest.mark.parametrize("state", [CallState.RINGING, CallState.TALKING])
def test_a_call_that_goes_on_is_left_alone(state: CallState) -> None:
    assert settle(NOTED, replace(RANG, state=state, ended_at=None, outcome=None)) is None


def test_a_call_whose_end_was_missed_was_answered_as_noted() -> None:
    call = settle(NOTED, RANG)
    assert call is not None
    assert (call.answered_at, call.ended_at, call.end_seen) == (second(8.5), second(60.75), True)
    assert (call.started_at, call.queued_at, call.caller_name) == (
        second(0.2),
        second(1.4),
        "Élise",
    )
    assert call.legs == (
        RANG.legs[0],
        Leg("ana", "PJSIP/101", second(2), second(8.5), second(60.75)),
    )
    assert [fact.change for fact in backfill.facts(call, RANG)] == [
        Change.ANSWERED,
        Change.UPDATED,
    ]


def test_an_answer_out_of_sight_counts_though_the_end_was_seen() -> None:
    seen = replace(RANG, end_seen=True)
    call = settle(NOTED, seen, Unseen(second(5), second(12)))
    assert call is not None
    assert (call.answered_at, call.ended_at) == (second(8.5), second(90))


@pytest.mark.parametrize(
    "unseen", [(), (Unseen(second(-90), second(-60)),), (Unseen(second(60)),)], ids=str
)
def test_a_caller_who_was_seen_to_hang_up_before_the_two_were_joined_is_not_answered(
    unseen: tuple[Unseen, ...],
) -> None:
    assert settle(NOTED, replace(RANG, end_seen=True), *unseen) is None


def test_an_answered_call_is_answered_once() -> None:
    assert settle(NOTED, replace(TALKED, end_seen=True)) is None
    assert settle(replace(NOTED, ended_at=None), TALKED) is None


def test_the_end_of_an_answered_call_that_was_missed_is_told_as_noted() -> None:
    call = settle(NOTED, TALKED)
    assert call is not None
    assert (call.ended_at, call.legs[1].ended_at, call.end_seen) == (*[second(60.75)] * 2, True)
    assert (call.answered_at, call.legs[0]) == (TALKED.answered_at, TALKED.legs[0])
    assert [fact.change for fact in backfill.facts(call, TALKED)] == [Change.UPDATED]


@pytest.mark.parametrize(
    ("channel", "roster", "interface"),
    [
        ("PJSIP/101-0000002a", {}, "PJSIP/101"),
        ("PJSIP/front-desk-0000002a", {}, "PJSIP/front-desk"),
        ("PJSIP/front-desk", {}, "PJSIP/front-desk"),
        ("PJSIP/floor-2", {"PJSIP/floor-2": "ana", "PJSIP/floor": "bob"}, "PJSIP/floor-2"),
        ("Anne-Lise Morel", {}, "Anne-Lise Morel"),
        ("Local/101@queue-0000002a;1", {}, "Local/101@queue"),
        ("Local/101@queue-0000002a;1", {"Local/101@queue/n": "ana"}, "Local/101@queue/n"),
        ("Local/101@queue-0000002a;1", {"Local/101@queue": "ana"}, "Local/101@queue"),
        ("Local/101@queue-0000002a;1", {"PJSIP/101": "ana", "SIP/102": "bob"}, "PJSIP/101"),
        ("Local/101@queue-0000002a;1", {"PJSIP/101": "ana", "SIP/101": "bob"}, "Local/101@queue"),
    ],
)
def test_the_telephone_that_answered(channel: str, roster: dict[str, str], interface: str) -> None:
    assert telephone(channel, roster) == interface


@pytest.mark.parametrize("member", ["Anne Morel", "Anne-Lise Morel", "PJSIP/front-desk"])
def test_a_channel_tells_more_than_what_a_queue_calls_its_member(member: str) -> None:
    named, seen = replace(NOTED, channel=member), replace(NOTED, channel="PJSIP/101-0000002a")
    assert completed(named, seen) == completed(seen, named) == seen
