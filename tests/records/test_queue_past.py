"""What years of queue_log tell of calls: of real ones, and of every odd end and beginning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.records.past import PastFiles
from callcenter.records.queue_log import QueueLog
from callcenter.records.queue_past import QueuePast
from tests.records.played import LATER, LINES, VERSIONS, queue_log, truths

BORN = 1795421520
ID = f"{BORN}.1"
NOW = datetime.fromtimestamp(BORN, UTC) + timedelta(days=1)

ENTER = (4, "NONE", "ENTERQUEUE", "", "0639981122", "1")
RANG = (19, "PJSIP/101", "RINGNOANSWER", "15000")
CONNECT = (24, "PJSIP/102", "CONNECT", "20", f"{BORN}.5", "3")
COMPLETE = (84, "PJSIP/102", "COMPLETECALLER", "20", "60", "1")

Event = tuple[int | str, ...]


def at(after: float) -> datetime:
    return datetime.fromtimestamp(BORN + after, UTC)


def past(now: datetime = NOW) -> QueuePast:
    return QueuePast(pbx="main", lines=LINES, who=lambda name: (None, name), now=now)


def line(event: Event, queue: str = "support", call: str = ID) -> str:
    after, *words = event
    return "|".join([str(BORN + int(after)), call, queue, *map(str, words)])


def told(*lines: str, now: datetime = NOW) -> list[Call]:
    teller = past(now)
    rows = [row for one in lines if (row := QueueLog(LINES).from_text(one)) is not None]
    return [*teller.take(rows), *teller.rest()]


def only(*events: Event) -> Call:
    [call] = told(*map(line, events))
    return call


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_real_queue_log_gives_the_calls_that_were_played(version: int) -> None:
    teller, calls = past(LATER), list[Call]()
    async for part in PastFiles([queue_log(version)], QueueLog(LINES), LATER).parts():
        assert not part.refused
        calls += teller.take(part.rows)
    by_id = {call.linkedid: call for call in [*calls, *teller.rest()]}
    played = [one for one in truths(version) if one.line == "support"]
    assert set(by_id) == {one.linkedid for one in played}
    for one in played:
        call = by_id[one.linkedid]
        assert (call.line, call.caller_raw, call.imported) == ("support", one.caller, True)
        assert (call.outcome is Outcome.ANSWERED) == bool(one.agents)
        assert bool(call.transfers) == ("transfer" in one.scenario)
        if one.agents:
            # Of a call that was picked up it names the member whose telephone rang.
            answering = call.answered_by
            assert answering is not None
            picked_up = one.scenario.endswith("pickup")
            assert answering.interface == ("PJSIP/101" if picked_up else one.agents[0])


def test_a_call_that_was_answered_has_its_times_and_everybody_who_rang() -> None:
    assert only(ENTER, RANG, CONNECT, COMPLETE) == Call(
        pbx="main",
        linkedid=ID,
        channel=ID,
        line="support",
        caller_raw="0639981122",
        caller_name="",
        state=CallState.ENDED,
        started_at=at(0),
        queued_at=at(4),
        answered_at=at(24),
        ended_at=at(84),
        outcome=Outcome.ANSWERED,
        imported=True,
        legs=(
            Leg(None, "PJSIP/101", at(4), None, at(19)),
            Leg(None, "PJSIP/102", at(21), at(24), at(84)),
        ),
    )


@pytest.mark.parametrize(
    ("events", "outcome", "ended"),
    [
        ([ENTER, (12, "NONE", "ABANDON", "1", "1", "8")], Outcome.ABANDONED, 12),
        ([ENTER, (9, "NONE", "ABANDON", "1", "1", "5")], Outcome.SHORT_ABANDON, 9),
        ([ENTER, (34, "NONE", "EXITWITHTIMEOUT", "1", "1", "30")], Outcome.OVERFLOW, 34),
        ([ENTER, (34, "NONE", "EXITWITHTIMEOUT", "1")], Outcome.OVERFLOW, 34),
        ([ENTER, (5, "NONE", "EXITEMPTY", "1", "1", "1")], Outcome.OVERFLOW, 5),
        ([ENTER, (8, "NONE", "EXITWITHKEY", "9", "1", "1", "4")], Outcome.OVERFLOW, 8),
        ([ENTER, CONNECT, (60, "PJSIP/102", "COMPLETEAGENT", "20", "36")], Outcome.ANSWERED, 60),
        (
            [ENTER, CONNECT, (60, "PJSIP/102", "COMPLETEAGENT", "20", "36", "1")],
            Outcome.ANSWERED,
            60,
        ),
    ],
    ids=lambda value: value[-1][2] if isinstance(value, list) else None,
)
def test_how_a_call_ended(events: Sequence[Event], outcome: Outcome, ended: int) -> None:
    call = only(*events)
    assert (call.outcome, call.ended_at, call.end_seen) == (outcome, at(ended), True)


def test_of_a_call_that_was_handed_on_the_end_is_not_told() -> None:
    call = only(
        ENTER, CONNECT, (50, "PJSIP/102", "BLINDTRANSFER", "103", "agents", "20", "26", "1")
    )
    assert (call.transfers, call.ended_at, call.end_seen) == (1, at(50), False)


def test_a_call_that_was_handed_on_to_a_queue_again_goes_on() -> None:
    call = only(
        ENTER,
        CONNECT,
        (50, "PJSIP/102", "BLINDTRANSFER", "600", "agents", "20", "26", "1"),
        (51, "NONE", "ENTERQUEUE", "", "0639981122", "1"),
        (55, "PJSIP/102", "CONNECT", "4", f"{BORN}.8", "4"),
        (90, "PJSIP/102", "COMPLETEAGENT", "4", "35", "1"),
    )
    assert (call.answered_at, call.ended_at, call.end_seen) == (at(24), at(90), True)
    assert [(leg.answered_at, leg.ended_at) for leg in call.legs] == [
        (at(24), at(50)),
        (at(55), at(90)),
    ]


def test_a_later_queue_that_is_no_lines_is_told_of_the_same_call() -> None:
    [call] = told(
        line(ENTER),
        line((34, "NONE", "EXITWITHTIMEOUT", "1", "1", "30")),
        line((35, "NONE", "ENTERQUEUE", "", "0639981122", "1"), queue="night"),
        line((40, "Zoé", "CONNECT", "5", f"{BORN}.8", "5"), queue="night"),
        line((70, "Zoé", "COMPLETECALLER", "5", "30", "1"), queue="night"),
    )
    assert (call.line, call.outcome, call.queued_at) == ("support", Outcome.ANSWERED, at(4))
    assert [leg.interface for leg in call.legs] == ["Zoé"]


def test_what_later_events_count_stands_in_for_a_beginning_that_was_rotated_away() -> None:
    call = only(COMPLETE)
    assert (call.queued_at, call.answered_at, call.ended_at) == (at(4), at(24), at(84))
    assert only(CONNECT, COMPLETE).queued_at == at(4)
    assert only((12, "NONE", "ABANDON", "1", "1", "8")).queued_at == at(4)


def test_a_call_without_an_end_is_not_made_up() -> None:
    call = only(ENTER, CONNECT)
    assert (call.answered_at, call.ended_at, call.end_seen) == (at(24), at(24), False)
    teller = past()
    row = QueueLog(LINES).from_text(line(ENTER))
    assert row is not None
    assert [*teller.take([row]), *teller.rest()] == []
    assert (teller.untold, teller.going_on) == (1, 0)


def test_a_call_that_may_go_on_is_left_for_the_next_time() -> None:
    for now, going_on in ((at(3600), 1), (at(7 * 3600), 0)):
        teller = past(now)
        rows = [QueueLog(LINES).from_text(line(event)) for event in (ENTER, CONNECT)]
        found = [*teller.take([row for row in rows if row]), *teller.rest()]
        assert (len(found), teller.going_on) == (1 - going_on, going_on)


def test_asterisk_that_begins_anew_has_ended_what_went_on() -> None:
    start = f"{BORN + 40}|NONE|NONE|NONE|QUEUESTART|"
    [call] = told(line(ENTER), line(CONNECT), start, now=at(60))
    assert (call.ended_at, call.end_seen) == (at(24), False)


def test_a_clock_that_went_back_gives_no_time_less_than_none() -> None:
    call = only(ENTER, CONNECT, (20, "PJSIP/102", "COMPLETECALLER", "20", "60", "1"))
    assert call.answered_at == call.ended_at == at(24)
    assert only((4, "NONE", "ABANDON", "x", "y", "99999999999")).queued_at == at(4)


def test_callers_of_other_queues_are_counted_by_queue() -> None:
    teller = past()
    other = QueueLog(LINES).from_text(line(ENTER, queue="sales"))
    assert other is not None
    assert [*teller.take([other]), *teller.rest()] == []
    assert teller.elsewhere == {"sales": 1}


def test_calls_come_while_it_is_read_once_no_more_is_to_be_told_of_them() -> None:
    teller = past(at(10 * 86_400))
    events = [line(ENTER), line(CONNECT), line(COMPLETE)]
    later = line((9 * 3600, "NONE", "ENTERQUEUE", "", "0639981123", "1"), call=f"{BORN + 32_400}.9")
    rows = [QueueLog(LINES).from_text(one) for one in events]
    assert teller.take([row for row in rows if row]) == []
    row = QueueLog(LINES).from_text(later)
    assert row is not None
    assert [call.linkedid for call in teller.take([row])] == [ID]
