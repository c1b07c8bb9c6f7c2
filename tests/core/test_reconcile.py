"""Every difference between the PBX's records, calls, obligations and desks; and what is none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.core.backfill import Unseen
from callcenter.core.call import Call, CallState, Outcome, call_id
from callcenter.core.differences import MENDED, WORDS, Difference, Kind
from callcenter.core.evidence import Debt, Evidence, Gap, Holding, Records, Removed
from callcenter.core.noted import Noted
from callcenter.core.obligation import ObligationState
from callcenter.core.reconcile import GRACE, join, reconcile

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = START + timedelta(hours=1)
LINKEDID = "1795421524.1"
ID = call_id("main", LINKEDID)
NUMBER = "T20261123.0001"

NOTE = Noted(
    LINKEDID, "support", START + timedelta(seconds=4), "PJSIP/101-00000002", "0639981122",
    ended_at=START + timedelta(seconds=64),
)  # fmt: skip
CALL = Call(
    pbx="main",
    linkedid=LINKEDID,
    channel=LINKEDID,
    line="support",
    caller_raw="0639981122",
    caller_name="",
    state=CallState.ENDED,
    started_at=START,
    queued_at=START,
    answered_at=START + timedelta(seconds=4),
    ended_at=START + timedelta(seconds=64),
    outcome=Outcome.ANSWERED,
)
UNANSWERED = replace(CALL, answered_at=None, outcome=Outcome.ABANDONED)
DEBT = Debt(
    ID, "builtin", ObligationState.TICKETED, NUMBER, START + timedelta(seconds=5), words=None
)
CDR = Records("main", "cdr", {LINKEDID: NOTE}, START - timedelta(hours=1), frozenset({"support"}))
HELD = Holding("builtin", frozenset({ID}), {ID: [NUMBER]})

ALL_WELL = Evidence(
    since=START - timedelta(hours=1),
    until=NOW,
    now=NOW,
    calls={ID: CALL},
    debts={ID: DEBT},
    records=[CDR],
    holdings=[HELD],
)


def kinds(**different: Any) -> list[str]:
    return [one.kind.value for one in differences(**different)]


def differences(**different: Any) -> list[Difference]:
    return list(reconcile(replace(ALL_WELL, **different)).differences)


def test_where_all_agrees_there_is_no_difference_and_it_says_what_was_compared() -> None:
    report = reconcile(ALL_WELL)
    assert list(report.differences) == []
    assert report.counts == {
        "calls": 1,
        "obligations": 1,
        "obligations.ticketed": 1,
        "records.main.cdr": 1,
        "desk.builtin": 1,
    }


def test_a_call_that_only_the_pbx_knows_is_missing() -> None:
    (found,) = differences(calls={}, debts={}, holdings=[])
    assert found == Difference(
        Kind.CALL_MISSING, NOTE.answered_at, "main", "support", ID, detail="PJSIP/101-00000002"
    )


@pytest.mark.parametrize(
    ("call", "unseen", "expected"),
    [
        (UNANSWERED, [], []),  # a candidate that was none: everything was seen
        (UNANSWERED, [Unseen(START, START + timedelta(seconds=20))], ["not_answered"]),
        (replace(UNANSWERED, end_seen=False), [], ["not_answered"]),
        (replace(UNANSWERED, state=CallState.RINGING, ended_at=None), [], []),  # it goes on
        (CALL, [Unseen(START, None)], []),
    ],
)
def test_an_answer_that_is_not_known_here_is_one_if_it_was_out_of_sight(
    call: Call, unseen: list[Unseen], expected: list[str]
) -> None:
    debts = {ID: DEBT} if call.answered_at else {}
    assert kinds(calls={ID: call}, unseen={"main": unseen}, debts=debts, holdings=[]) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"since": START - timedelta(hours=1)}, ["not_recorded"]),
        ({"since": START + timedelta(seconds=1)}, []),  # it begins after that call did
        ({"since": None}, []),
        ({"lines": frozenset({"network"})}, []),
        ({"pbx": "other"}, []),
    ],
)
def test_a_call_is_missed_in_records_that_tell_of_its_time_and_line(
    change: dict[str, Any], expected: list[str]
) -> None:
    assert kinds(records=[replace(CDR, notes={}, **change)]) == expected


def test_any_source_that_has_the_call_will_do_by_either_of_its_ids() -> None:
    empty = replace(CDR, notes={})
    assert kinds(records=[empty, CDR]) == []
    renamed = replace(CALL, linkedid="1795421520.9")
    assert (
        kinds(
            calls={renamed.id: renamed, ID: CALL},
            debts={renamed.id: replace(DEBT, call_id=renamed.id), ID: DEBT},
        )
        == []
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"answered_at": START + timedelta(seconds=7)}, ["not_recorded", "call_missing"]),
        ({"line": "network"}, ["call_missing", "not_recorded"]),
    ],
)
def test_a_call_that_the_records_have_under_another_id_is_the_same_call(
    change: dict[str, Any], expected: list[str]
) -> None:
    half = replace(NOTE, linkedid="1795421524.9", **change)
    assert kinds(records=[replace(CDR, notes={half.linkedid: half})]) == expected


def test_an_answered_call_without_an_obligation_is_named() -> None:
    assert kinds(debts={}, holdings=[]) == ["no_obligation"]


def test_an_open_debt_is_named_with_the_desks_words() -> None:
    owed = Debt(ID, "builtin", ObligationState.OPEN, None, None, "quota exceeded")
    (found,) = differences(debts={ID: owed}, holdings=[])
    assert (found.kind, found.detail) == (Kind.OBLIGATION_OPEN, "quota exceeded")


@pytest.mark.parametrize(
    ("state", "numbers", "expected"),
    [
        (ObligationState.TICKETED, [], ["ticket_gone"]),
        (ObligationState.QUALIFIED, [], ["ticket_gone"]),
        (ObligationState.EXEMPT, [], []),
        (ObligationState.OPEN, [], ["obligation_open"]),
        (ObligationState.TICKETED, ["T20261123.0009"], ["ticket_renumbered"]),
        (ObligationState.TICKETED, [NUMBER, "T20261123.0009"], ["ticket_doubled"]),
        (
            ObligationState.TICKETED,
            ["T20261123.0008", "T20261123.0009"],
            ["ticket_doubled", "ticket_renumbered"],
        ),
        (ObligationState.EXEMPT, [NUMBER, "T20261123.0009"], ["ticket_doubled"]),
    ],
)
def test_what_the_desk_holds_is_held_against_the_obligation(
    state: ObligationState, numbers: list[str], expected: list[str]
) -> None:
    held = replace(HELD, numbers={ID: numbers} if numbers else {})
    assert kinds(debts={ID: replace(DEBT, state=state)}, holdings=[held]) == expected


def test_a_desk_that_cannot_be_asked_says_nothing_of_its_tickets() -> None:
    (found,) = differences(holdings=[Holding("builtin", frozenset({ID}), problem="no route")])
    assert (found.kind, found.detail) == (Kind.DESK_UNASKED, "builtin: no route")


def test_records_that_cannot_be_read_are_named() -> None:
    broken = Records("main", "cdr", {}, problem="no such file")
    (found,) = differences(records=[broken])
    assert (found.kind, found.pbx, found.detail) == (Kind.UNREAD, "main", "cdr: no such file")
    assert "records.main.cdr" not in reconcile(replace(ALL_WELL, records=[broken])).counts


def test_a_removed_call_is_named_once_with_all_that_speaks_of_it() -> None:
    (found,) = differences(
        calls={},
        debts={},
        holdings=[],
        removed=[Removed(ID, NOTE.answered_at, "support"), Removed(ID, None, ticket_number=NUMBER)],
    )
    assert found == Difference(
        Kind.CALL_REMOVED,
        NOTE.answered_at,
        "main",
        "support",
        ID,
        NUMBER,
        "PJSIP/101-00000002",
    )


def test_a_time_out_of_sight_that_is_not_closed_is_named() -> None:
    gap = Gap("main", Unseen(START, START + timedelta(minutes=5)), "connection refused")
    (found,) = differences(gaps=[gap])
    assert (found.kind, found.at, found.pbx) == (Kind.TIMES_OPEN, START, "main")
    assert found.detail == "until 2026-11-23T09:05:00+00:00: connection refused"


JUST_NOW = NOW - GRACE + timedelta(seconds=5)


@pytest.mark.parametrize(
    "change",
    [
        lambda: {  # the PBX has just written of it
            "calls": {},
            "debts": {},
            "holdings": [],
            "records": [replace(CDR, notes={LINKEDID: replace(NOTE, ended_at=JUST_NOW)})],
        },
        lambda: {  # it has just ended, and CDR is written then
            "records": [replace(CDR, notes={})],
            "calls": {ID: replace(CALL, ended_at=JUST_NOW)},
        },
        lambda: {  # it goes on
            "records": [replace(CDR, notes={})],
            "calls": {ID: replace(CALL, state=CallState.TALKING, ended_at=None)},
        },
        lambda: {  # its ticket is about to be made
            "calls": {ID: replace(CALL, answered_at=JUST_NOW)},
            "debts": {ID: replace(DEBT, state=ObligationState.OPEN, ticket_number=None)},
            "holdings": [],
        },
        lambda: {  # its ticket was just made, and the desk may not show it yet
            "debts": {ID: replace(DEBT, ticketed_at=JUST_NOW)},
            "holdings": [replace(HELD, numbers={})],
        },
        lambda: {"since": NOTE.answered_at + timedelta(seconds=1), "calls": {}, "debts": {}},
    ],
)
def test_what_is_on_its_way_or_of_another_time_is_no_difference(
    change: Callable[[], dict[str, Any]],
) -> None:
    assert kinds(**change()) == []


def test_differences_stand_in_the_order_of_time_behind_what_has_none() -> None:
    later = Gap("main", Unseen(NOW, None), None)
    assert kinds(debts={}, holdings=[Holding("house", problem="away")], gaps=[later]) == [
        "desk_unasked",
        "no_obligation",
        "times_open",
    ]


def test_sources_complete_each_other() -> None:
    of_queue = Noted(LINKEDID, "support", NOTE.answered_at, "Zoé", queued_at=START)
    joined = join([replace(CDR, source="queue_log", notes={LINKEDID: of_queue}), CDR])
    assert joined == {
        ("main", LINKEDID): replace(NOTE, queued_at=START),
    }


def test_each_kind_has_its_words_and_fits_the_table() -> None:
    assert set(WORDS) == set(Kind)
    assert max(map(len, Kind)) <= 32
    gone = Difference(Kind.TICKET_GONE, call_id=ID)
    assert gone.mended().kind is MENDED[Kind.TICKET_GONE] is Kind.TICKET_REOPENED
