"""Which call must have a ticket, by everything but the service; and which has one.

    python -m tests.chaos.oracle FOLDER      judge again what a run has kept

What the records prove is a question of races, and is decided here, once:

must    Somebody talked with the caller for half a second or more: by queue_log (CONNECT, and
        COMPLETE* with two whole seconds, which are more than one), by the CDR of a Dial (ANSWERED
        with a telephone, one second billed), or by both ends themselves (the caller and a telephone
        that had acknowledged an answer were both connected; SIPp logs it). Of a call that Asterisk
        took with it, queue_log has no COMPLETE and the CDR no row: the two ends are all there is.
        A queue's billed seconds prove nothing: they run from the music on.
may     A telephone was picked up, and whether anybody talked is not sure: a caller who hung up
        while Asterisk was still joining the two (queue_log says CONNECT all the same, the CDR
        ANSWERED with nothing billed), two telephones picked up at once, less than half a second; or
        the last two seconds before Asterisk lost its power, in which its own database, which it
        writes once a second, may have lost the note.
never   No CONNECT, no row with ANSWERED, and no telephone that was picked up.

A call with a ticket that it may not have is invented; with two it is doubled; one that must have
a ticket and has none is lost. A ticket carries the call's id as its key, which is recomputed here
from the Linkedid: UUID version 5 of ``callcenter:PBX:LINKEDID`` in the namespace of URLs.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from tests.chaos.records import Evidence, Row, Seen, Ticket, read

PBX = "main"
TALKED_S = 0.5
TALKED_BY_QUEUE_LOG_S = 2  # of whole seconds, each cut off
UNWRITTEN_S = 2.0
"""What Asterisk's own database may lose when its power is cut: it is written once a second."""

TIME_TOLERANCE_S = 2.0
"""queue_log has whole seconds, and is written when the telephone's subroutine is over."""


class Owed(Enum):
    """Whether a call has to have a ticket."""

    MUST = "must"
    MAY = "may"
    NEVER = "never"


@dataclass(slots=True)
class Verdict:
    """Of one line. What is named is the caller's number, or a ticket's."""

    placed: int = 0
    answered: int = 0  # those that must have a ticket
    doubtful: int = 0  # those that may
    calls: int = 0  # that the service knows
    tickets: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    times: int = 0  # answers that queue_log has a time for, and the service too
    mistimed: list[str] = field(default_factory=list)
    slowest_s: float = 0.0  # from the answer to the ticket

    @property
    def is_good(self) -> bool:
        return not self.lost and not self.doubled


def judge(evidence: Evidence) -> dict[str, Verdict]:
    """The verdict on each extension; "" has the tickets of no call that anybody saw."""
    tickets = _by_caller(evidence)
    verdicts: dict[str, Verdict] = defaultdict(Verdict)
    for number, found in tickets.items():
        if number not in evidence.seen:
            verdicts[""].invented += [ticket.number for ticket in found]
    rows = {row.caller: row for row in evidence.calls}
    for number, seen in evidence.seen.items():
        verdict, own = verdicts[seen.extension], tickets.get(number, [])
        _count(verdict, seen, owes(seen, evidence.outages), own)
        if row := rows.get(number):
            verdict.calls += 1
            _compare(verdict, seen, row, own)
    return dict(verdicts)


def _count(verdict: Verdict, seen: Seen, owed: Owed, own: list[Ticket]) -> None:
    verdict.placed += 1
    verdict.answered += owed is Owed.MUST
    verdict.doubtful += owed is Owed.MAY
    verdict.tickets += len(own)
    if owed is Owed.MUST and not own:
        verdict.lost.append(seen.number)
    if len(own) > 1:
        verdict.doubled.append(seen.number)
    if owed is Owed.NEVER and own:
        verdict.invented.append(seen.number)


def _compare(verdict: Verdict, seen: Seen, row: Row, own: list[Ticket]) -> None:
    """The service's time of the answer with queue_log's, and with that of the ticket."""
    if row.answered_at is None:
        return
    verdict.slowest_s = max([verdict.slowest_s, *(one.at - row.answered_at for one in own)])
    if seen.connected_at is not None:
        verdict.times += 1
        if abs(seen.connected_at - row.answered_at) > TIME_TOLERANCE_S:
            verdict.mistimed.append(seen.number)


def owes(seen: Seen, outages: list[tuple[float, float]]) -> Owed:
    """Whether this call has to have a ticket; the docstring of this module says why."""
    begun, talked_s = conversation(seen, outages)
    proven = (
        (seen.connected_at is not None and (seen.talk_s or 0) >= TALKED_BY_QUEUE_LOG_S)
        or seen.cdr_dial_s >= 1
        or talked_s >= TALKED_S
    )
    cut_short = begun is not None and any(0 <= at - begun < UNWRITTEN_S for at, _ in outages)
    if proven and not cut_short:
        return Owed.MUST
    picked_up = seen.connected_at is not None or seen.cdr_answered or seen.at_telephones
    return Owed.MAY if picked_up else Owed.NEVER


def conversation(seen: Seen, outages: list[tuple[float, float]]) -> tuple[float | None, float]:
    """When the longest time began in which caller and one telephone were both connected, and its
    length in seconds, as far as Asterisk was there to connect them.
    """
    longest: tuple[float | None, float] = (None, 0.0)
    for begun, ended in seen.at_telephones:
        if seen.talking is None:
            continue
        since, until = max(begun, seen.talking[0]), min(ended, seen.talking[1])
        until = min([until, *(at for at, back in outages if back > since)])
        if until - since > longest[1]:
            longest = (since, until - since)
    return longest


def call_id(linkedid: str) -> str:
    """The key that a ticket of this call carries."""
    return str(uuid5(NAMESPACE_URL, f"callcenter:{PBX}:{linkedid}"))


def _by_caller(evidence: Evidence) -> dict[str, list[Ticket]]:
    """The desk's tickets by the caller's number, "" where no record has their call."""
    numbers = {call_id(row.linkedid): row.caller for row in evidence.calls}
    for number, seen in evidence.seen.items():
        numbers |= {call_id(linkedid): number for linkedid in seen.linkedids}
    found: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in evidence.tickets:
        found[numbers.get(ticket.key, "")].append(ticket)
    return found


def main() -> None:
    """Print the verdict on each line of a run that was kept; exit code 1 if one is not good."""
    verdicts = judge(read(Path(sys.argv[1])))
    for extension, verdict in sorted(verdicts.items()):
        print(extension or "no line", verdict)
    sys.exit(not all(verdict.is_good for verdict in verdicts.values()))


if __name__ == "__main__":
    main()
