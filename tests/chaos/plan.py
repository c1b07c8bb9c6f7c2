"""Which faults, in which order and when: decided by a seed before anything runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from random import Random

FIRST_AFTER_S = 4.0
BETWEEN_S = (1.0, 6.0)
"""From the end of a fault to the next one: some come while the last is still being mended."""


class Kind(Enum):
    """What breaks. The value is what the run prints."""

    SERVICE_KILLED = "service killed"  # kill -9 of one instance
    ALL_KILLED = "every instance killed"
    ASLEEP = "instance asleep"  # SIGSTOP of the one that follows the PBX
    POSTGRES_KILLED = "PostgreSQL killed"
    DISK_FULL = "disk full"
    CLOCK_BACK = "clock an hour back"
    AMI_CUT = "AMI cut"
    AMI_STALLED = "AMI stalled"
    AMI_TRICKLING = "AMI trickling"
    ASTERISK_STOPPED = "Asterisk restarted"
    ASTERISK_CUT = "Asterisk's power cut"
    DESK_500 = "desk answers 500"
    DESK_BUSY = "desk asks to come again later"
    DESK_DEAF = "desk drops the connection before it makes the ticket"
    DESK_SILENT = "desk answers nothing"
    DESK_DROPS = "desk makes the ticket and drops the connection"
    DESK_SLOW = "desk slow"


LASTS_S = {
    Kind.SERVICE_KILLED: (0.2, 6.0),
    Kind.ALL_KILLED: (0.2, 6.0),
    Kind.ASLEEP: (2.0, 14.0),
    Kind.POSTGRES_KILLED: (0.2, 5.0),
    Kind.DISK_FULL: (3.0, 9.0),
    Kind.CLOCK_BACK: (4.0, 12.0),
    Kind.AMI_CUT: (0.0, 4.0),
    Kind.AMI_STALLED: (1.0, 15.0),  # the service notices after eleven seconds at the latest
    Kind.AMI_TRICKLING: (3.0, 9.0),
    Kind.ASTERISK_STOPPED: (0.0, 2.0),
    Kind.ASTERISK_CUT: (0.0, 2.0),
    Kind.DESK_500: (2.0, 10.0),
    Kind.DESK_BUSY: (2.0, 8.0),
    Kind.DESK_DEAF: (2.0, 8.0),
    Kind.DESK_SILENT: (4.0, 10.0),
    Kind.DESK_DROPS: (2.0, 10.0),
    Kind.DESK_SLOW: (2.0, 8.0),
}
"""How long each is left broken, at least and at most."""

MENDS_S = {Kind.ASTERISK_STOPPED: 6.0, Kind.ASTERISK_CUT: 6.0, Kind.ASLEEP: 4.0}
"""What mending takes beyond that, where it is long."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: seconds from the first call to it, and how long it lasts."""

    at_s: float
    kind: Kind
    lasts_s: float
    seed: int  # of what else is left to chance

    def __str__(self) -> str:
        return f"{self.kind.value}, for {self.lasts_s:.1f} s"


def planned(dice: Random, kinds: Iterable[Kind], during_s: float, pace: float = 1.0) -> list[Fault]:
    """Faults one after another for so long: each kind once in a random order, then any of them.

    With a ``pace`` of 2 they last half as long, and so do the pauses between them.
    """
    every = list(kinds)
    coming = dice.sample(every, len(every))
    found: list[Fault] = []
    at_s = FIRST_AFTER_S / pace
    while True:
        kind = coming.pop() if coming else dice.choice(every)
        fault = Fault(at_s, kind, dice.uniform(*LASTS_S[kind]) / pace, dice.getrandbits(32))
        at_s += fault.lasts_s + MENDS_S.get(kind, 1.0)
        if at_s > during_s:
            return found
        found.append(fault)
        at_s += dice.uniform(*BETWEEN_S) / pace
