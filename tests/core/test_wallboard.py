"""When the state of a line is an alarm, and what several lines come to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.core.agent_state import AgentState
from callcenter.core.counts import Counts
from callcenter.core.wallboard import Aged, Alarm, Limits, LineState, alarms

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HERE = {AgentState.AVAILABLE: 1}
NEVER = Limits(
    waiting=0,
    longest_wait_s=0,
    nobody_available=False,
    service_level=0,
    oldest_obligation_s=0,
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def day(in_time: int, answered: int, abandoned: int = 0) -> Counts:
    offered = answered + abandoned
    return Counts(offered=offered, in_time=in_time, answered=answered, abandoned=abandoned)


@pytest.mark.parametrize(
    ("state", "due"),
    [
        ({}, {}),
        ({"waiting": (ago(20), ago(5))}, {Alarm.LONGEST_WAIT: NOW + timedelta(seconds=40)}),
        (
            {"waiting": (ago(61), ago(5), ago(1))},
            {Alarm.WAITING: NOW, Alarm.LONGEST_WAIT: ago(1)},
        ),
        ({"agents": {AgentState.ON_CALL: 2}}, {Alarm.NOBODY_AVAILABLE: NOW}),
        ({"agents": {AgentState.OFFLINE: 2}}, {}),
        (
            {"agents": {}, "waiting": (NOW,)},
            {Alarm.NOBODY_AVAILABLE: NOW, Alarm.LONGEST_WAIT: NOW + timedelta(seconds=60)},
        ),
        ({"today": day(8, 9, 1)}, {}),
        ({"today": day(7, 9, 1)}, {Alarm.SERVICE_LEVEL: NOW}),
        ({"today": day(0, 9)}, {}),
        ({"unwritten": Aged((0, 1, 0), ago(1800))}, {Alarm.OLDEST_OBLIGATION: NOW}),
        (
            {"without_ticket": Aged((1, 0, 0), ago(60)), "unwritten": Aged((1, 0, 0), ago(30))},
            {Alarm.OLDEST_OBLIGATION: ago(60 - 1800)},
        ),
    ],
)
def test_alarms_are_known_with_their_moments(
    state: dict[str, Any], due: dict[Alarm, datetime]
) -> None:
    line = LineState(**({"agents": HERE} | state))
    assert alarms(line, Limits(), NOW) == due
    assert alarms(line, NEVER, NOW) == {}


def test_lines_together_are_their_sums_and_the_oldest_of_each() -> None:
    lines = [
        LineState(
            waiting=(ago(9),),
            agents=HERE,
            today=day(1, 2),
            unwritten=Aged((1, 0, 2), ago(7200)),
            missed=1,
            missed_since=ago(50),
        ),
        LineState(waiting=(ago(12), ago(3)), agents=HERE, today=day(3, 3), missed=0),
    ]
    both = LineState.total(lines, HERE)
    assert (both.waiting, both.waits_since) == ((ago(12), ago(9), ago(3)), ago(12))
    assert (both.agents, both.today) == (HERE, day(4, 5))
    assert (both.unwritten.total, both.owed_since) == (3, ago(7200))
    assert (both.missed, both.missed_since) == (1, ago(50))
    assert LineState.total([], {}).waits_since is None
