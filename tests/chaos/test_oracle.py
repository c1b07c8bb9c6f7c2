"""What the oracle makes of records written by hand, of each race that its docstring tells."""

import ast
from pathlib import Path

import pytest

from tests.chaos import oracle
from tests.chaos.oracle import Owed, call_id, judge
from tests.chaos.records import moment, read

HERE = Path(__file__).parent
QUEUE, DIAL = "0465711010", "0465711020"
CALLER = "0639981122"
LINKEDID = "1795486370.0"
ENTERQUEUE = f"1795486370|{LINKEDID}|support|NONE|ENTERQUEUE||{CALLER}|1"
CONNECT = f"1795486371|{LINKEDID}|support|PJSIP/101|CONNECT|1|1795486370.6|0"
ANSWERED_AT = 1795486371.0


def cdr(application: str, peer: str, billed_s: int, disposition: str) -> str:
    """A row of Master.csv, as Asterisk 22 writes it."""
    times = '"2026-11-24 02:12:50","2026-11-24 02:12:51","2026-11-24 02:12:55"'
    return (
        f'"","{CALLER}","{DIAL}","callcenter-network","""{CALLER}"" <{CALLER}>",'
        f'"PJSIP/trunk-00000001","{peer}","{application}","data",{times},'
        f'5,{billed_s},"{disposition}","DOCUMENTATION","{LINKEDID}"'
    )


def sipp(what: str, at: float) -> str:
    """A line of SIPp's log."""
    return f"{what} {CALLER} 2026-11-24\t02:12:50.301839\t{at:.6f}"


class House:
    """A folder with what a run keeps; one call was placed."""

    def __init__(self, folder: Path, extension: str) -> None:
        self._folder = folder
        self.write(f"callers-{extension}.logged", sipp("placed", ANSWERED_AT - 1))

    def write(self, name: str, *lines: str) -> "House":
        with (self._folder / name).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)
        return self

    def talked(self, seconds: float, extension: str) -> "House":
        """Caller and telephone log a conversation."""
        begun, ended = sipp("connected", ANSWERED_AT), sipp("over", ANSWERED_AT + seconds)
        self.write(f"callers-{extension}.logged", sipp("answered", ANSWERED_AT), ended)
        return self.write("telephone-0.logged", begun, ended)

    def ticket(self, number: str = "T1", linkedid: str = LINKEDID) -> "House":
        name = "tickets.csv"
        if not (self._folder / name).exists():
            self.write(name, "number,key,at")
        return self.write(name, f"{number},{call_id(linkedid)},2026-11-24 02:12:52.5")

    def owed(self) -> Owed:
        evidence = read(self._folder)
        return oracle.owes(evidence.seen[CALLER], evidence.outages)

    def verdict(self, extension: str) -> oracle.Verdict:
        return judge(read(self._folder))[extension]


@pytest.fixture
def queue(tmp_path: Path) -> House:
    return House(tmp_path, QUEUE)


@pytest.fixture
def dial(tmp_path: Path) -> House:
    return House(tmp_path, DIAL)


def test_a_conversation_in_queue_log_must_have_a_ticket(queue: House) -> None:
    completed = f"1795486375|{LINKEDID}|support|PJSIP/101|COMPLETECALLER|1|4|1"
    queue.write("queue_log", ENTERQUEUE, CONNECT, completed)
    assert queue.owed() is Owed.MUST


def test_a_conversation_in_the_cdr_of_a_dial_must_have_a_ticket(dial: House) -> None:
    dial.write("Master.csv", cdr("Dial", "PJSIP/101-00000002", 1, "ANSWERED"))
    assert dial.owed() is Owed.MUST


def test_both_ends_are_enough_where_asterisk_was_killed_before_it_wrote(dial: House) -> None:
    dial.talked(20, DIAL).write("outages.csv", "from,to", f"{ANSWERED_AT + 3},{ANSWERED_AT + 8}")
    assert dial.owed() is Owed.MUST


def test_what_the_power_cut_may_have_taken_may_have_a_ticket(dial: House) -> None:
    dial.talked(20, DIAL).write("outages.csv", "from,to", f"{ANSWERED_AT + 1.5},{ANSWERED_AT + 8}")
    assert dial.owed() is Owed.MAY


def test_who_hung_up_while_the_two_were_joined_may_have_a_ticket(queue: House) -> None:
    completed = f"1795486371|{LINKEDID}|support|PJSIP/101|COMPLETECALLER|1|0|1"
    queue.talked(0.2, QUEUE).write("queue_log", ENTERQUEUE, CONNECT, completed)
    assert queue.owed() is Owed.MAY


def test_a_dial_with_nothing_billed_may_have_a_ticket(dial: House) -> None:
    dial.write("Master.csv", cdr("Dial", "PJSIP/101-00000002", 0, "ANSWERED"))
    assert dial.owed() is Owed.MAY


def test_a_queues_billed_seconds_run_from_the_music_and_prove_nothing(queue: House) -> None:
    queue.write("queue_log", ENTERQUEUE)
    queue.write("Master.csv", cdr("Queue", "PJSIP/101-00000002", 6, "NO ANSWER"))
    assert queue.owed() is Owed.NEVER


def test_the_mailbox_is_no_telephone(dial: House) -> None:
    dial.write("Master.csv", cdr("VoiceMail", "", 9, "ANSWERED"))
    assert dial.owed() is Owed.NEVER


def test_a_call_without_its_ticket_is_lost(dial: House) -> None:
    assert dial.talked(3, DIAL).verdict(DIAL).lost == [CALLER]


def test_a_call_with_its_ticket_is_not(dial: House) -> None:
    dial.talked(3, DIAL).write("Master.csv", cdr("Dial", "PJSIP/101-2", 3, "ANSWERED")).ticket()
    verdict = dial.verdict(DIAL)
    assert (verdict.lost, verdict.doubled, verdict.invented, verdict.tickets) == ([], [], [], 1)


@pytest.mark.parametrize("linkedid", [LINKEDID, "1795486999.7"])
def test_two_tickets_for_one_caller_are_doubled(dial: House, linkedid: str) -> None:
    """Also where the call was known by two ids."""
    dial.talked(3, DIAL).ticket("T1").ticket("T2", linkedid)
    header = "linkedid,line,caller,answered_at"
    rows = [f"{one},network,{CALLER},2026-11-24 02:12:51" for one in {LINKEDID, linkedid}]
    assert dial.write("calls.csv", header, *rows).verdict(DIAL).doubled == [CALLER]


def test_a_ticket_of_a_call_that_nobody_answered_is_invented(queue: House) -> None:
    verdict = queue.write("queue_log", ENTERQUEUE).ticket().verdict(QUEUE)
    assert verdict.invented == [CALLER]


def test_a_ticket_of_no_call_at_all_is_invented(queue: House) -> None:
    assert queue.ticket(linkedid="1795486999.7").verdict("").invented == ["T1"]


@pytest.mark.parametrize(("told", "mistimed"), [("02:12:51.9", []), ("02:12:58.0", [CALLER])])
def test_the_services_time_of_the_answer_is_queue_logs(
    queue: House, told: str, mistimed: list[str]
) -> None:
    queue.write("queue_log", ENTERQUEUE, CONNECT)
    row = f"{LINKEDID},support,{CALLER},2026-11-24 {told}"
    verdict = queue.write("calls.csv", "linkedid,line,caller,answered_at", row).verdict(QUEUE)
    assert (verdict.times, verdict.mistimed) == (1, mistimed)


def test_both_databases_print_the_same_moment() -> None:
    assert moment("2026-11-24 02:12:51.5") == moment("2026-11-24 02:12:51.5+00")


@pytest.mark.parametrize("module", ["oracle", "records"])
def test_it_shares_no_code_with_the_service(module: str) -> None:
    """Nor with anything that might import it."""
    tree = ast.parse((HERE / f"{module}.py").read_text())
    modules = {
        name.split(".")[0] if not name.startswith("tests.") else name
        for node in ast.walk(tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert not modules & {"callcenter", "dialplan", "webhooks"}
    assert {name for name in modules if name.startswith("tests")} <= {"tests.chaos.records"}
