"""A queue_log of years, drawn at random as a help desk's callers come.

Callers arrive as ``year/calls.py`` has it: by weekday and hour, few of them often. A queue rings
four members together for fifteen seconds at a time, and again: each that rings in vain has a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from bench.year.calls import (
    BUSY_HOURS,
    BUSY_WAIT_S,
    HOURS,
    NUMBERS,
    OFTEN,
    PATIENCE_S,
    TALK,
    WAIT_S,
    WEEKDAYS,
    number,
)
from callcenter.core.slots import begins

RING_S = 15
"""For so long the members ring before the queue begins anew."""

TIMEOUT_S = 180
MEMBERS = 12
RUNG = 4
"""Members that are free when a caller comes, of all."""


@dataclass(slots=True, kw_only=True)
class QueueLogDraw:
    """The log of one queue from a day on (``core/slots.py``), so many callers a day in the mean."""

    random: Random
    zone: ZoneInfo
    first: int
    queue: str = "support"
    a_day: int = 200
    _often: list[float] = field(init=False)
    _count: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._often = list(accumulate(1 / n**OFTEN for n in range(1, NUMBERS + 1)))

    def lines(self, count: int) -> Iterator[str]:
        """So many lines, in the order of their times."""
        day, written = self.first, 0
        while True:
            events = sorted(line for at in self._arrivals(day) for line in self._call(at))
            for _, _, line in events:
                if written == count:
                    return
                written += 1
                yield line
            day += 1

    def _arrivals(self, day: int) -> Iterator[float]:
        share = WEEKDAYS[(day - 1) % 7] / sum(WEEKDAYS) * 7 * self.a_day
        midnight = begins(day, self.zone).timestamp()
        for hour, part in HOURS.items():
            a_second = share * part / sum(HOURS.values()) / 3600
            at = self.random.expovariate(a_second)
            while at < 3600:
                yield midnight + hour * 3600 + at
                at += self.random.expovariate(a_second)

    def _call(self, at: float) -> Iterator[tuple[float, int, str]]:
        random = self.random
        self._count += 1
        call, order = f"{int(at)}.{self._count % 100_000}", self._count * 100
        who = random.choices(range(NUMBERS), cum_weights=self._often)[0]
        caller = number(who).replace("+33", "0") if random.random() > 0.03 else "anonymous"

        def line(after: float, agent: str, event: str, *rest: object) -> tuple[float, int, str]:
            nonlocal order
            order += 1
            words = (int(at + after), call, self.queue, agent, event, *rest)
            return at + after, order, "|".join(map(str, words))

        entered = random.uniform(3.0, 15.0)
        yield line(entered, "NONE", "ENTERQUEUE", "", caller, 1)
        hour = int(at % 86_400 // 3600)
        wait = random.expovariate(1 / (BUSY_WAIT_S if hour in BUSY_HOURS else WAIT_S))
        patience = random.expovariate(1 / PATIENCE_S)
        end = min(wait, patience, TIMEOUT_S)
        rung = [f"PJSIP/{101 + one}" for one in random.sample(range(MEMBERS), RUNG)]
        for begun in range(RING_S, int(end) + 1, RING_S):
            for member in rung:
                yield line(entered + begun, member, "RINGNOANSWER", RING_S * 1000)
        gone = entered + end
        if end == patience:
            yield line(gone, "NONE", "ABANDON", 1, 1, int(end))
        elif end == TIMEOUT_S:
            yield line(gone, "NONE", "EXITWITHTIMEOUT", 1, 1, TIMEOUT_S)
        else:
            talk = min(random.lognormvariate(*TALK), 7_200.0)
            yield line(gone, rung[0], "CONNECT", int(end), f"{call}1", int(end) % RING_S)
            if random.random() < 0.06:
                yield line(
                    gone + talk, rung[0], "BLINDTRANSFER", 103, "agents", int(end), int(talk), 1
                )
                return
            who_ends = "COMPLETECALLER" if random.random() < 0.6 else "COMPLETEAGENT"
            yield line(gone + talk, rung[0], who_ends, int(end), int(talk), 1)
