"""The separate program, on records that were written by hand."""

import ast
import sys
from pathlib import Path

import pytest

from tests.figures import apart
from tests.figures.apart import calls, cel, figures, holds, queue_log
from tests.figures.apart.calls import Call, Rules
from tests.figures.apart.queue_log import End

RULES = Rules(
    lines={"0465711010": "support", "0465711020": "network", "0465711040": "menu"},
    threshold_s=4.0,
    short_abandon_s=6.0,
)
CALLER = "0639981122"


def of_queue(*lines: str) -> list[queue_log.Visit]:
    """The visits of call 1.0, which enters at 1000."""
    entered = "1000|1.0|support|NONE|ENTERQUEUE||0639981122|1"
    return queue_log.read([entered, *(line.format(call="1.0|support") for line in lines)])["1.0"]


def row(event: str, at: float, channel: str, id_: str, *rest: str) -> str:
    """A row of CEL; ``rest`` is application and EXTRA."""
    application, extra = [*rest, "", ""][:2]
    extension = "0465711010" if channel.startswith("PJSIP/trunk") else "s"
    extra = extra.replace('"', '""')
    cells = (event, f"{at:.6f}", channel, id_, "1.0", extension, CALLER, application, extra)
    return ",".join(f'"{cell}"' for cell in cells)


TRUNK = ("PJSIP/trunk-0", "1.0")
ZOE = ("PJSIP/101-1", "1.1")
BEGUN = row("CHAN_START", 1000.0, *TRUNK)
ASKED = row("APP_START", 1000.1, *TRUNK, "Queue")
BRIDGE = '{"bridge_id":"a"}'
MET = [
    row("BRIDGE_ENTER", 1003.2, *ZOE, "AppQueue", BRIDGE),
    row("BRIDGE_ENTER", 1003.3, *TRUNK, "Queue", BRIDGE),
]
ZOE_GONE = row("HANGUP", 1009.4, *ZOE)
CALLER_GONE = row("HANGUP", 1009.5, *TRUNK, "", '{"hangupsource":"PJSIP/trunk-0"}')


def joined(
    visits: list[queue_log.Visit] | None, rows: list[str], held: holds.Holds | None = None
) -> Call:
    """The one call of these records."""
    found = calls.joined({"1.0": visits} if visits else {}, cel.read(rows), held or {}, RULES)
    return found["1.0"]


# -- queue_log -----------------------------------------------------------------------------------


def test_an_answer_and_its_end_are_read() -> None:
    (visit,) = of_queue(
        "1003|{call}|PJSIP/101|CONNECT|3|1.1|2", "1009|{call}|PJSIP/101|COMPLETECALLER|3|6|1"
    )
    assert (visit.end, visit.waited_s, visit.agent, visit.talked_s) == (
        End.CONNECTED,
        3,
        "PJSIP/101",
        6,
    )
    assert not visit.was_handed_on


@pytest.mark.parametrize(
    "line",
    [
        "1009|{call}|PJSIP/101|BLINDTRANSFER|106|internal|3|6|1",
        "1009|{call}|PJSIP/101|ATTENDEDTRANSFER|BRIDGE|b-1|3|6|1",
        "1009|{call}|PJSIP/101|ATTENDEDTRANSFER|LINK|PJSIP/101-1|PJSIP/108-2|3|6|1",
    ],
)
def test_a_transfer_ends_the_part_of_who_answered(line: str) -> None:
    (visit,) = of_queue("1003|{call}|PJSIP/101|CONNECT|3|1.1|2", line)
    assert (visit.talked_s, visit.was_handed_on) == (6, True)


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("1007|{call}|NONE|ABANDON|1|1|7", End.GAVE_UP),
        ("1007|{call}|NONE|EXITWITHTIMEOUT|1|1|7", End.TIMED_OUT),
        ("1007|{call}|NONE|EXITEMPTY|1|1|7", End.EMPTIED),
    ],
)
def test_who_leaves_unanswered_has_waited(line: str, end: End) -> None:
    (visit,) = of_queue(line)
    assert (visit.end, visit.waited_s, visit.agent) == (end, 7, None)


def test_lines_of_no_caller_are_passed_over() -> None:
    lines = ["999|NONE|NONE|NONE|QUEUESTART|", "999|NONE|support|PJSIP/102|PAUSE|lunch"]
    assert queue_log.read(lines) == {}


def test_a_line_that_is_cut_off_is_refused() -> None:
    with pytest.raises(ValueError, match=r"queue_log: '1003.1\.0.support.PJ"):
        of_queue("1003|{call}|PJSIP/101|CONNECT")


# -- calls ---------------------------------------------------------------------------------------


def test_of_a_queue_queue_log_tells_the_wait_and_the_talk_and_the_telephone_the_hold() -> None:
    visits = of_queue(
        "1003|{call}|PJSIP/101|CONNECT|3|1.1|2", "1009|{call}|PJSIP/101|COMPLETEAGENT|3|6|1"
    )
    call = joined(
        visits, [BEGUN, ASKED, *MET, ZOE_GONE, CALLER_GONE], {("PJSIP/101", CALLER): (1, 1.5)}
    )
    (part,) = call.legs
    assert (call.line, call.outcome, call.wait_s) == ("support", "answered", 3)
    assert call.is_in_time
    assert (part.telephone, part.talk_s, part.hold_s) == ("PJSIP/101", 4.5, 1.5)
    assert call.exact_wait_s == pytest.approx(3.2)
    assert part.exact_talk_s == pytest.approx(4.6)
    assert call.doubts == ()


@pytest.mark.parametrize(("met_at", "is_in_time"), [(1004.0, True), (1004.2, False)])
def test_where_whole_seconds_leave_it_open_cel_says_what_was_in_time(
    met_at: float, is_in_time: bool
) -> None:
    visits = of_queue(
        "1004|{call}|PJSIP/101|CONNECT|4|1.1|2", "1009|{call}|PJSIP/101|COMPLETEAGENT|4|5|1"
    )
    met = [row("BRIDGE_ENTER", met_at, *one, "", BRIDGE) for one in (ZOE, TRUNK)]
    call = joined(visits, [BEGUN, ASKED, *met, ZOE_GONE, CALLER_GONE])
    assert call.is_in_time is is_in_time


def test_of_a_dial_cel_tells_all() -> None:
    rows = [
        BEGUN.replace("0465711010", "0465711020"),
        row("APP_START", 1000.1, *TRUNK, "Dial"),
        *MET,
        ZOE_GONE,
        CALLER_GONE,
    ]
    call = joined(None, rows)
    (part,) = call.legs
    assert (call.line, call.outcome) == ("network", "answered")
    assert call.wait_s == pytest.approx(3.2)
    assert part.talk_s == pytest.approx(6.1)


def test_who_is_handed_on_has_two_agents() -> None:
    transfer = row(
        "BLINDTRANSFER", 1006.0, *ZOE, "", '{"transferee_channel_uniqueid":"1.0","bridge_id":"a"}'
    )
    ida = ("PJSIP/107-2", "1.2")
    rows = [
        BEGUN.replace("0465711010", "0465711020"),
        row("APP_START", 1000.1, *TRUNK, "Dial"),
        *MET,
        transfer,
        row("BRIDGE_EXIT", 1006.0, *ZOE, "", BRIDGE),
        row("BRIDGE_EXIT", 1006.0, *TRUNK, "", BRIDGE),
        row("HANGUP", 1006.1, *ZOE),
        row("BRIDGE_ENTER", 1007.0, *ida, "", '{"bridge_id":"b"}'),
        row("BRIDGE_ENTER", 1007.0, *TRUNK, "", '{"bridge_id":"b"}'),
        row("HANGUP", 1009.0, *ida),
        CALLER_GONE,
    ]
    call = joined(None, rows)
    assert call.was_handed_on
    told = [(part.telephone, round(part.talk_s, 3)) for part in call.legs]
    assert told == [("PJSIP/101", 2.8), ("PJSIP/107", 2.0)]


def test_who_is_consulted_has_a_part_only_once_the_caller_hears_them() -> None:
    ida = ("PJSIP/108-2", "1.2")
    halves = [("Local/108@telephones-0;1", "1.3"), ("Local/108@telephones-0;2", "1.4")]
    consultation, far = '{"bridge_id":"b"}', '{"bridge_id":"c"}'
    rows = [
        BEGUN,
        ASKED,
        *MET,
        *(row("CHAN_START", 1004.0, *half) for half in halves),
        row("BRIDGE_ENTER", 1004.0, *halves[0], "", consultation),
        row("BRIDGE_EXIT", 1004.0, *ZOE, "", BRIDGE),
        row("BRIDGE_ENTER", 1004.0, *ZOE, "", consultation),
        row("BRIDGE_ENTER", 1005.0, *ida, "", far),
        row("BRIDGE_ENTER", 1005.0, *halves[1], "", far),
        row("BRIDGE_EXIT", 1006.0, *ZOE, "", consultation),
        row("BRIDGE_EXIT", 1006.0, *halves[0], "", consultation),
        row("BRIDGE_ENTER", 1006.0, *halves[0], "", BRIDGE),
        row("HANGUP", 1006.0, *ZOE),
        row("HANGUP", 1009.0, *ida),
        CALLER_GONE,
    ]
    parts = cel.read(rows)["1.0"].parts
    assert [(part.telephone, part.begun_at) for part in parts] == [
        ("PJSIP/101", 1003.3),
        ("PJSIP/108", 1006.0),
    ]


@pytest.mark.parametrize(
    ("applications", "outcome"),
    [
        (["Dial"], "abandoned"),
        (["Dial", "VoiceMail"], "overflow"),
        (["Read"], "abandoned"),
        (["Read", "Playback"], "rejected"),
        (["Playback"], "closed"),
    ],
)
def test_where_no_queue_was_asked_the_last_application_tells_what_became_of_it(
    applications: list[str], outcome: str
) -> None:
    rows = [row("APP_START", 1000.1, *TRUNK, name) for name in applications]
    assert joined(None, [BEGUN, *rows, CALLER_GONE]).outcome == outcome


@pytest.mark.parametrize(("gone_at", "outcome"), [(5.9, "short_abandon"), (6.1, "abandoned")])
def test_who_gives_up_at_once_is_told_apart_however_long_the_channel_takes_to_go(
    gone_at: float, outcome: str
) -> None:
    visits = of_queue("1006|{call}|NONE|ABANDON|1|1|6")
    gone = row("APP_END", 1000.1 + gone_at, *TRUNK, "Queue")
    assert joined(visits, [BEGUN, ASKED, gone, CALLER_GONE]).outcome == outcome


def test_records_that_contradict_each_other_are_named() -> None:
    visits = of_queue(
        "1003|{call}|PJSIP/102|CONNECT|8|1.1|2", "1009|{call}|PJSIP/102|COMPLETEAGENT|8|2|1"
    )
    call = joined(visits, [BEGUN, ASKED, *MET, ZOE_GONE, CALLER_GONE])
    assert len(call.doubts) == 3
    assert "answered by PJSIP/102 by queue_log, PJSIP/101 by CEL" in call.doubts


def test_a_transfer_that_queue_log_leaves_out_is_one() -> None:
    visits = of_queue(
        "1003|{call}|PJSIP/101|CONNECT|3|1.1|2", "1009|{call}|PJSIP/101|COMPLETEAGENT|3|6|1"
    )
    transfer = row("ATTENDEDTRANSFER", 1009.0, *ZOE, "", '{"transferee_channel_uniqueid":"1.0"}')
    call = joined(visits, [BEGUN, ASKED, *MET, transfer, ZOE_GONE, CALLER_GONE])
    assert call.was_handed_on
    assert (call.doubts, call.gaps) == ((), ("the transfer",))


def test_a_call_that_is_not_over_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.0 is not over"):
        joined(None, [BEGUN])


# -- holds ---------------------------------------------------------------------------------------


def test_a_hold_lasts_until_it_is_taken_back_or_the_call_is_over() -> None:
    lines = [
        "held 0639981122 2026-11-30 10:00:01 1001.5",
        "taken-back 0639981122 2026-11-30 10:00:03 1003.0",
        "over 0199004711 2026-11-30 10:00:03 1003.5",
        "held 0639981122 2026-11-30 10:00:04 1004.0",
        "over 0639981122 2026-11-30 10:00:05 1005.0",
    ]
    assert holds.read("PJSIP/101", lines) == {("PJSIP/101", "0639981122"): (2, 2.5)}


# -- figures -------------------------------------------------------------------------------------


def call(outcome: str, line: str = "support", **more: object) -> Call:
    """One whose number and beginning do not matter."""
    return Call(linkedid="1.0", number=CALLER, line=line, started_at=0.0, outcome=outcome, **more)


def leg(telephone: str, talk_s: float, hold_s: float = 0.0) -> calls.Leg:
    """One that is as exact as it may be."""
    return calls.Leg(telephone, talk_s, hold_s, 0.5, 0.5, exact_talk_s=talk_s)


def test_the_metrics_are_those_of_their_formulas() -> None:
    legs = (leg("PJSIP/101", 8.0, 2.0), leg("PJSIP/107", 4.0))
    counted = figures.of(
        [
            call("answered", wait_s=3.0, is_in_time=True, legs=legs, was_handed_on=True),
            call("answered", wait_s=9.0, legs=(leg("PJSIP/102", 6.0),)),
            call("abandoned", wait_s=7.0),
            call("short_abandon", wait_s=2.0),
            call("overflow", reached_mailbox=True),
            call("closed"),
            call("rejected"),
        ]
    )
    assert counted.service_level == pytest.approx(1 / 3)
    assert counted.asa_s == 6.0
    assert counted.abandonment_rate == pytest.approx(1 / 6)
    assert counted.abandoned_of_all == pytest.approx(2 / 7)
    assert counted.answer_rate == pytest.approx(2 / 6)
    assert counted.transfer_rate == 0.5
    assert counted.handling_s == 10.0
    assert counted.to_mailbox == 1


def test_of_no_call_there_is_no_figure() -> None:
    counted = figures.of([])
    assert (counted.service_level, counted.asa_s, counted.answer_rate) == (None, None, None)


def test_a_call_is_of_who_answered_it_and_the_talk_of_who_talked() -> None:
    legs = (leg("PJSIP/101", 8.0, 2.0), leg("PJSIP/107", 4.0))
    found = figures.by_telephone([call("answered", legs=legs, was_handed_on=True)])
    assert (found["PJSIP/101"].answered, found["PJSIP/101"].talk_s) == (1, 8.0)
    assert (found["PJSIP/107"].answered, found["PJSIP/107"].talk_s) == (0, 4.0)


def test_an_hour_is_that_of_the_line() -> None:
    found = figures.by_hour([call("closed")], "Europe/Paris")
    assert list(found) == [1]  # the epoch began at one in the morning there


def test_it_shares_no_code_with_what_it_checks() -> None:
    modules = list(Path(next(iter(apart.__path__))).glob("*.py"))
    assert modules
    for path in modules:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                is_own = name.startswith("tests.figures.apart")
                assert is_own or name.partition(".")[0] in sys.stdlib_module_names, path
