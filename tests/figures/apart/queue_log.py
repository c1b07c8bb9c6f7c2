"""Asterisk's queue_log, read anew: ``EPOCH|CALL|QUEUE|MEMBER|EVENT|...``, in whole seconds.

CALL is the Uniqueid of the caller's channel, which is the Linkedid of the call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class End(Enum):
    """How a caller left a queue."""

    CONNECTED = "connected"
    GAVE_UP = "gave up"
    TIMED_OUT = "timed out"
    EMPTIED = "emptied"  # no telephone could be reached any more


LEFT = {
    "ABANDON": End.GAVE_UP,
    "EXITWITHTIMEOUT": End.TIMED_OUT,
    "EXITEMPTY": End.EMPTIED,
}
"""Events of those who left unanswered; their arguments end with the seconds that they waited."""

PARTED = {
    "COMPLETEAGENT": (1, False),
    "COMPLETECALLER": (1, False),
    "BLINDTRANSFER": (3, True),
    "ATTENDEDTRANSFER": (-2, True),
}
"""Events by which an agent parts from a caller: which argument has the seconds since the answer,
and whether the caller was handed on."""


@dataclass(slots=True)
class Visit:
    """One time that a caller was in a queue. Seconds are whole: those of a talk are from the answer
    until the agent parted from the caller, holds in it."""

    queue: str
    entered_at: int  # epoch
    end: End | None = None
    waited_s: int | None = None
    agent: str | None = None  # a telephone, "PJSIP/101"
    talked_s: int | None = None
    was_handed_on: bool = False


def read(lines: Iterable[str]) -> dict[str, list[Visit]]:
    """The visits of each call, oldest first. Raises ValueError for a line that is none."""
    found: dict[str, list[Visit]] = {}
    for line in lines:
        try:
            at, call, queue, agent, event, *arguments = line.rstrip("\n").split("|")
            if event == "ENTERQUEUE":
                found.setdefault(call, []).append(Visit(queue, int(at)))
            elif call in found:
                _take(found[call][-1], agent, event, arguments)
        except (ValueError, IndexError) as error:
            raise ValueError(f"queue_log: {line!r}: {error}") from None
    return found


def _take(visit: Visit, agent: str, event: str, arguments: list[str]) -> None:
    if event == "CONNECT":
        visit.end, visit.agent, visit.waited_s = End.CONNECTED, agent, int(arguments[0])
    elif event in LEFT:
        visit.end, visit.waited_s = LEFT[event], int(arguments[2])
    elif event in PARTED and visit.talked_s is None:
        place, visit.was_handed_on = PARTED[event]
        visit.talked_s = int(arguments[place])
