"""A day's calls, tallied: by quarter of an hour, and by whom they concern.

Whatever a day is cut by, its parts come to the whole. By agent, a call is counted for who answered
it; what others talked in it is added to their talk and hold, and makes no call of theirs.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from types import MappingProxyType
from typing import Final, TypeAlias

from callcenter.core.call import Outcome
from callcenter.core.counts import NAMES, Counts, Fact, additions, ms

EVERY_LINE: Final = ""
"""The line of what concerns no line alone: the time of agents."""

NOBODY: Final = ""
"""The key of what concerns no agent, no known company, or has no category."""

REMOVED: Final = "\nremoved"
"""The key of callers whose numbers were removed: nothing that anybody can send or type."""


class Kind(StrEnum):
    """What calls are told apart by, beside their time. The keys are ids, callers, or the words of
    tickets."""

    AGENT = "agent"
    COMPANY = "company"
    CALLER = "caller"
    CONTACT = "contact"
    CATEGORY = "category"
    PRIORITY = "priority"  # of the ticket
    STATUS = "status"  # of the ticket, as far as the desk told
    TECHNICIAN = "technician"  # whose the ticket is


@dataclass(frozen=True, slots=True)
class Part:
    """An agent's own conversation in a call."""

    talk_s: float = 0.0
    hold_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A call with those it concerns, and what became of its ticket. ``answered_by`` is the key of
    who answered, None: nobody did; ``parts`` has what each agent talked."""

    fact: Fact
    company: str = NOBODY
    caller: str = NOBODY
    contact: str = NOBODY
    category: str = NOBODY
    priority: str = NOBODY
    status: str = NOBODY
    technician: str = NOBODY
    answered_by: str | None = None
    parts: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))


Sums: TypeAlias = Mapping[str, int]
"""By the names of Counts; a name that is not there is 0."""

_Sums: TypeAlias = "defaultdict[str, int]"


def _sums() -> _Sums:
    return defaultdict(int)


@dataclass(slots=True)
class Tally:
    """Of one line's calls. ``waits`` counts calls by outcome and by the seconds that they waited,
    the last one begun counted whole: within 20 s are those of up to 20."""

    threshold_s: float
    slots: defaultdict[int, _Sums] = field(default_factory=lambda: defaultdict(_sums))
    waits: Counter[tuple[Outcome, int]] = field(default_factory=Counter)
    by: Mapping[Kind, defaultdict[str, _Sums]] = field(
        default_factory=lambda: {kind: defaultdict(_sums) for kind in Kind}
    )

    def add(self, told: Told, slot: int) -> None:
        """Count a call that began in this slot."""
        fact = told.fact
        added = additions(fact, self.threshold_s)
        _add(self.slots[slot], added)
        _add(self.by[Kind.COMPANY][told.company], added)
        _add(self.by[Kind.CALLER][told.caller], added)
        _add(self.by[Kind.CONTACT][told.contact], added)
        if fact.wait_s is not None:
            self.waits[fact.outcome, ceil(ms(fact.wait_s) / 1000)] += 1
        if fact.outcome is Outcome.ANSWERED:
            _add(self.by[Kind.CATEGORY][told.category], added)
            _add(self.by[Kind.PRIORITY][told.priority], added)
            _add(self.by[Kind.STATUS][told.status], added)
            _add(self.by[Kind.TECHNICIAN][told.technician], added)
            self._add_agents(told, added)

    def add_available(self, agent: str, slots: Mapping[int, int]) -> None:
        """An agent could have been rung for so many milliseconds of each slot."""
        for slot, available_ms in slots.items():
            _add(self.slots[slot], {"available_ms": available_ms})
            _add(self.by[Kind.AGENT][agent], {"available_ms": available_ms})

    def _add_agents(self, told: Told, added: Sums) -> None:
        agents = self.by[Kind.AGENT]
        _add(agents[told.answered_by or NOBODY], {**added, "talk_ms": 0, "hold_ms": 0})
        for agent, part in told.parts.items():
            _add(agents[agent], {"talk_ms": ms(part.talk_s), "hold_ms": ms(part.hold_s)})


def _add(sums: _Sums, added: Sums) -> None:
    for name, value in added.items():
        if value:
            sums[name] += value


def counts(sums: Sums) -> Counts:
    """The sums as counts."""
    return Counts(**{name: sums.get(name, 0) for name in NAMES})
