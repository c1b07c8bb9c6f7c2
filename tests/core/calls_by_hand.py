"""Twelve calls of one morning, and what they come to, worked out with a pencil.

===  ==============  =====  =====  =====  =====  ========================================
no.  outcome         wait   talk   hold   ACW    beside
===  ==============  =====  =====  =====  =====  ========================================
1    answered        5      100    0      20     ticket, new, solved
2    answered        20     200    30     10     ticket, new, solved, calls again
3    answered        20.001 60     0      30     ticket, new, transferred twice
4    answered        0      40     0      none   no ticket yet, called before
5    answered        12     10     0      0      exempt
6    answered        60     300    60     45     ticket of an earlier call, called before
7    abandoned       45                          recovered
8    abandoned       15
9    short_abandon   3                           recovered
10   overflow        60
11   closed          none
12   rejected        none
===  ==============  =====  =====  =====  =====  ========================================
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts, Fact

THRESHOLD_S = 20.0
NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)


def _call(number: int, outcome: Outcome, wait_s: float | None, **more: Any) -> Fact:
    return Fact(
        id=str(number),
        line="support",
        outcome=outcome,
        started_at=NINE + timedelta(minutes=number),
        wait_s=wait_s,
        **more,
    )


NEW = {"has_ticket": True, "is_new_problem": True}

FACTS = (
    _call(1, Outcome.ANSWERED, 5, talk_s=100, acw_s=20, is_solved=True, **NEW),
    _call(
        2,
        Outcome.ANSWERED,
        20,
        talk_s=200,
        hold_s=30,
        acw_s=10,
        is_solved=True,
        calls_again=True,
        **NEW,
    ),
    _call(3, Outcome.ANSWERED, 20.001, talk_s=60, acw_s=30, transfers=2, **NEW),
    _call(4, Outcome.ANSWERED, 0, talk_s=40, is_new_problem=True, called_before=True),
    _call(5, Outcome.ANSWERED, 12, talk_s=10, acw_s=0, is_exempt=True),
    _call(
        6,
        Outcome.ANSWERED,
        60,
        talk_s=300,
        hold_s=60,
        acw_s=45,
        has_ticket=True,
        called_before=True,
    ),
    _call(7, Outcome.ABANDONED, 45, is_recovered=True),
    _call(8, Outcome.ABANDONED, 15),
    _call(9, Outcome.SHORT_ABANDON, 3, is_recovered=True),
    _call(10, Outcome.OVERFLOW, 60),
    _call(11, Outcome.CLOSED, None),
    _call(12, Outcome.REJECTED, None),
)

COUNTS = Counts(
    offered=12,
    answered=6,
    abandoned=3,
    short_abandons=1,
    overflowed=1,
    closed=1,
    rejected=1,
    in_time=4,
    wait_ms=117_001,
    lost_wait_ms=63_000,
    talk_ms=710_000,
    hold_ms=90_000,
    acw_ms=105_000,
    wrapped_up=5,
    transferred=1,
    ticketed=4,
    exempt=1,
    new_problems=4,
    solved_first=1,
    repeated=2,
    missed=4,
    recovered=2,
)
