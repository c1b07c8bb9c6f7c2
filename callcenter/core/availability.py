"""How long agents could have taken the next call, by quarter of an hour: what occupancy is against.

An agent is available from one change of state to the next, as far as somebody looked: while no PBX
was in sight nobody knows who could be rung.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.core.agent_state import AgentState
from callcenter.core.slots import SLOT_MINUTES, slot_of

MILLISECOND: Final = timedelta(milliseconds=1)
SLOT: Final = timedelta(minutes=SLOT_MINUTES)


@dataclass(frozen=True, slots=True, order=True)
class Spell:
    """From a moment until before another one."""

    begins: datetime
    ends: datetime


def available(
    before: AgentState | None, changes: Sequence[tuple[datetime, AgentState]], day: Spell
) -> list[Spell]:
    """When an agent was available. ``before`` is the state at the beginning of the day, None: not
    known; the changes are those within it, oldest first."""
    states = [(day.begins, before), *changes, (day.ends, None)]
    return [
        Spell(at, until)
        for (at, state), (until, _) in pairwise(states)
        if state is AgentState.AVAILABLE and at < until
    ]


def common(these: Iterable[Spell], others: Sequence[Spell]) -> list[Spell]:
    """What is in both; within each, no spell reaches into another."""
    return [
        Spell(max(one.begins, other.begins), min(one.ends, other.ends))
        for one in these
        for other in others
        if max(one.begins, other.begins) < min(one.ends, other.ends)
    ]


def without(these: Iterable[Spell], others: Iterable[Spell]) -> list[Spell]:
    """What of these is in none of the others."""
    found = list(these)
    for other in others:
        found = [
            part
            for one in found
            for part in (
                Spell(one.begins, min(one.ends, other.begins)),
                Spell(max(one.begins, other.ends), one.ends),
            )
            if part.begins < part.ends
        ]
    return found


def by_slot(spells: Iterable[Spell], zone: ZoneInfo) -> Mapping[int, int]:
    """Milliseconds by the slot of the day (core/slots.py); all are of one day."""
    found: defaultdict[int, int] = defaultdict(int)
    for spell in spells:
        at = spell.begins
        while at < spell.ends:
            # Every time zone's quarters are those of UTC.
            quarter = at - timedelta(
                minutes=at.minute % SLOT_MINUTES, seconds=at.second, microseconds=at.microsecond
            )
            until = min(spell.ends, quarter + SLOT)
            found[slot_of(at, zone).slot] += (until - at) // MILLISECOND
            at = until
    return found
