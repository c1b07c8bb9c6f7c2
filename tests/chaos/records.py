"""What others than the service wrote of the calls: Asterisk, the telephones, the callers, the desk.

This and ``oracle`` share no code with the service, on purpose: standard library alone, formats read
anew. All times are epochs in seconds.

============================  ====================================================================
queue_log                     Asterisk's, ``EPOCH|CALL|QUEUE|MEMBER|EVENT|...``
Master.csv                    Asterisk's CDR: a row for each telephone that was rung, in UTC
callers-EXTENSION.logged      by SIPp: ``placed``, ``answered``, ``gave-up``, ``over`` of each call
telephone-N.logged            by SIPp: ``connected`` and ``over`` of each call at a telephone
outages.csv                   by the harness: from when to when Asterisk was gone
tickets.csv                   the desk's store: ``number,key,at``
calls.csv                     the service's table: ``linkedid,line,caller,answered_at``
============================  ====================================================================
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

NUMBER_LENGTH = 10
TRUNK = "PJSIP/trunk-"
CDR_NUMBER, CDR_CHANNEL, CDR_PEER, CDR_APP = 1, 5, 6, 7
CDR_BILLSEC, CDR_DISPOSITION, CDR_UNIQUEID = 13, 14, 16


@dataclass(slots=True)
class Seen:
    """One caller's call, as everybody but the service saw it. ``number`` is the call's alone."""

    number: str
    extension: str = ""
    placed_at: float | None = None
    talking: tuple[float, float] | None = None  # the caller: from the 200 to the BYE
    at_telephones: list[tuple[float, float]] = field(default_factory=list)  # from ACK to BYE
    linkedids: set[str] = field(default_factory=set)
    connected_at: int | None = None  # queue_log's CONNECT
    talk_s: int | None = None  # queue_log's, of whole seconds
    cdr_answered: bool = False  # a telephone's row says ANSWERED
    cdr_dial_s: int = 0  # seconds of conversation by a Dial's row


@dataclass(frozen=True, slots=True)
class Ticket:
    """One in the desk's store."""

    number: str
    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Row:
    """One of the service's calls."""

    linkedid: str
    line: str
    caller: str
    answered_at: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one house. ``seen`` is by the caller's number."""

    seen: dict[str, Seen]
    outages: list[tuple[float, float]]
    tickets: list[Ticket]
    calls: list[Row]


def read(folder: Path) -> Evidence:
    """Read what the harness kept in a folder."""
    seen: dict[str, Seen] = {}
    _read_callers(folder, seen)
    _read_telephones(folder, seen)
    _read_queue_log(folder / "queue_log", seen)
    _read_cdr(folder / "Master.csv", seen)
    return Evidence(
        seen=seen,
        outages=[(float(row["from"]), float(row["to"])) for row in _rows(folder / "outages.csv")],
        tickets=[
            Ticket(row["number"], row["key"], moment(row["at"]) or 0.0)
            for row in _rows(folder / "tickets.csv")
        ],
        calls=[
            Row(row["linkedid"], row["line"], row["caller"], moment(row["answered_at"]))
            for row in _rows(folder / "calls.csv")
        ],
    )


def moment(text: str) -> float | None:
    """The epoch of what a database prints; without an offset it is UTC."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _read_callers(folder: Path, seen: dict[str, Seen]) -> None:
    for path in folder.glob("callers-*.logged"):
        extension = path.stem.partition("-")[2]
        for what, number, at in _logged(path):
            call = seen.setdefault(number, Seen(number))
            call.extension = extension
            if what == "placed":
                call.placed_at = at
            elif what == "answered":
                call.talking = (at, float("inf"))
            elif what == "over" and call.talking:
                call.talking = (call.talking[0], at)


def _read_telephones(folder: Path, seen: dict[str, Seen]) -> None:
    for path in folder.glob("telephone-*.logged"):
        begun: dict[str, float] = {}
        for what, number, at in _logged(path):
            if what == "connected":
                begun[number] = at
            elif number in begun:
                seen.setdefault(number, Seen(number)).at_telephones.append((begun.pop(number), at))
        for number, at in begun.items():
            seen.setdefault(number, Seen(number)).at_telephones.append((at, float("inf")))


def _read_queue_log(path: Path, seen: dict[str, Seen]) -> None:
    callers: dict[str, str] = {}
    for line in _lines(path):
        at, call, _queue, _member, event, *arguments = line.split("|")
        if event == "ENTERQUEUE":
            number = callers[call] = arguments[1]
            seen.setdefault(number, Seen(number)).linkedids.add(call)
        elif event == "CONNECT" and call in callers:
            seen[callers[call]].connected_at = int(at)
        elif event in {"COMPLETEAGENT", "COMPLETECALLER"} and call in callers:
            seen[callers[call]].talk_s = int(arguments[1])


def _read_cdr(path: Path, seen: dict[str, Seen]) -> None:
    for row in csv.reader(_lines(path)):
        if not row[CDR_CHANNEL].startswith(TRUNK):
            continue
        number = row[CDR_NUMBER]
        call = seen.setdefault(number, Seen(number))
        call.linkedids.add(row[CDR_UNIQUEID])
        if row[CDR_DISPOSITION] != "ANSWERED" or not row[CDR_PEER]:
            continue  # the mailbox answers too, and is no telephone
        call.cdr_answered = True
        if row[CDR_APP] == "Dial":
            call.cdr_dial_s = max(call.cdr_dial_s, int(row[CDR_BILLSEC]))


def _logged(path: Path) -> Iterator[tuple[str, str, float]]:
    """What, whose and when, of each line that SIPp wrote whole."""
    for line in _lines(path):
        words = line.split()
        if len(words) >= 3 and len(words[1]) == NUMBER_LENGTH:
            yield words[0], words[1], float(words[-1])


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(_lines(path)))
