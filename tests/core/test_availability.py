"""How long agents were available, by hand, and that nothing is lost in between."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.core.agent_state import AgentState
from callcenter.core.availability import Spell, available, by_slot, common, without
from callcenter.core.slots import begins

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
DAY = Spell(MIDNIGHT, MIDNIGHT + timedelta(days=1))


def at(hours: float) -> datetime:
    """So many hours after midnight."""
    return MIDNIGHT + timedelta(hours=hours)


def test_an_agent_is_available_until_the_next_change() -> None:
    changes = [
        (at(8), AgentState.AVAILABLE),
        (at(9), AgentState.ON_CALL),
        (at(9.5), AgentState.AVAILABLE),
        (at(12), AgentState.PAUSED),
    ]
    assert available(None, changes, DAY) == [Spell(at(8), at(9)), Spell(at(9.5), at(12))]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (AgentState.AVAILABLE, [Spell(at(0), at(8)), Spell(at(9), at(24))]),
        (AgentState.OFFLINE, [Spell(at(9), at(24))]),
        (None, [Spell(at(9), at(24))]),
    ],
)
def test_a_state_goes_on_over_midnight(before: AgentState | None, expected: list[Spell]) -> None:
    changes = [(at(8), AgentState.PAUSED), (at(9), AgentState.AVAILABLE)]
    assert available(before, changes, DAY) == expected


def test_what_nobody_saw_is_left_out() -> None:
    spells = [Spell(at(8), at(12)), Spell(at(13), at(17))]
    unseen = [Spell(at(7), at(8.5)), Spell(at(9), at(10)), Spell(at(11), at(14))]
    assert without(spells, unseen) == [
        Spell(at(8.5), at(9)),
        Spell(at(10), at(11)),
        Spell(at(14), at(17)),
    ]
    assert common(spells, unseen) == [
        Spell(at(8), at(8.5)),
        Spell(at(9), at(10)),
        Spell(at(11), at(12)),
        Spell(at(13), at(14)),
    ]


def test_time_is_in_the_quarters_of_an_hour_that_the_wall_shows() -> None:
    found = by_slot([Spell(at(8) + timedelta(minutes=10), at(8) + timedelta(minutes=31))], PARIS)
    assert found == {32: 5 * 60_000, 33: 15 * 60_000, 34: 60_000}


def test_the_hour_that_comes_twice_has_twice_the_time() -> None:
    day = date(2026, 10, 25).toordinal()
    found = by_slot([Spell(begins(day, PARIS), begins(day + 1, PARIS))], PARIS)
    assert found[2 * 4] == 2 * found[3 * 4] == 30 * 60_000
    assert sum(found.values()) == 25 * 3_600_000


moments = st.integers(0, 24 * 3600).map(lambda seconds: MIDNIGHT + timedelta(seconds=seconds))
spans = st.tuples(moments, moments).filter(lambda ends: ends[0] < ends[1])


@given(
    st.lists(st.tuples(moments, st.sampled_from(AgentState)), max_size=20).map(sorted),
    st.lists(spans.map(lambda ends: Spell(*ends)), max_size=5),
)
def test_what_is_left_and_what_is_taken_come_to_the_whole(
    changes: list[tuple[datetime, AgentState]], holes: list[Spell]
) -> None:
    spells = available(None, changes, DAY)
    taken: list[Spell] = []
    for hole in holes:  # holes may overlap
        taken += without(common(spells, [hole]), taken)

    def total(these: list[Spell]) -> int:
        return sum(by_slot(these, PARIS).values())

    assert total(without(spells, holes)) + total(taken) == total(spells)
