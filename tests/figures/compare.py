"""What both sides say, held against each other: first call by call, then figure by figure.

Counts, and the shares that are made of them, are equal or they differ. Seconds are equal within
what the records can tell (``apart/calls.py``, WHOLE_S and LATE_S); a sum, within the sum of what
its parts may be off by.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.figures.apart import figures
from tests.figures.apart.calls import LATE_S, Call, Leg
from tests.figures.apart.figures import Figures, OfAgent
from tests.figures.told import Cells, Page, Told

PRINTED = 0.0001
"""A share or a mean in CSV has four decimals."""

COUNTED = ("offered", "answered", "abandoned", "overflowed", "closed")
"""Counts that pages and tables have; pages have two more."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison. ``whose`` is a call's Linkedid, or what is added up: "line support"; numbers
    may differ by ``within``."""

    whose: str
    what: str
    by_asterisk: object
    by_service: object
    within: float = 0.0

    @property
    def is_equal(self) -> bool:
        one, other = self.by_asterisk, self.by_service
        if isinstance(one, float | int) and isinstance(other, float | int):
            return abs(one - other) <= self.within
        return one == other

    def __str__(self) -> str:
        may = f", which may differ by {self.within:.4g}" if self.within else ""
        told = f"{self.by_asterisk} by Asterisk, {self.by_service} by the service"
        return f"{self.whose}: {self.what}: {told}{may}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the service's words mean: who sits at each telephone, and where the hours are."""

    agents: Mapping[str, str]
    timezone: str
    threshold_s: float


def of_calls(
    calls: Mapping[str, Call], told: Mapping[str, Mapping[str, Any]], threshold_s: float
) -> Iterator[Check]:
    """Call by call, whoever knows it."""
    for linkedid in sorted(calls.keys() | told.keys()):
        call, other = calls.get(linkedid), told.get(linkedid)
        if call is None or other is None:
            yield Check(linkedid, "the call", call and call.outcome, other and other["outcome"])
        else:
            yield from _of_call(call, other, threshold_s)


def _of_call(call: Call, told: Mapping[str, Any], threshold_s: float) -> Iterator[Check]:
    whose, wait_s = call.linkedid, told["wait_s"]
    is_answered = told["outcome"] == "answered"
    yield Check(whose, "caller", call.number, told["caller"]["raw"])
    yield Check(whose, "line", call.line, told["line"])
    yield Check(whose, "outcome", call.outcome, told["outcome"])
    is_in_time = is_answered and wait_s is not None and wait_s <= threshold_s
    yield Check(whose, "answered in time", call.is_in_time, is_in_time)
    yield Check(whose, "handed on", call.was_handed_on, told["transfers"] > 0)
    if call.outcome != "overflow":  # to the service that one waits in the mailbox, too
        yield Check(whose, "wait", call.wait_s, wait_s, call.wait_within_s)
        yield Check(whose, "wait, by CEL", call.exact_wait_s, wait_s, LATE_S)
    legs = [leg for leg in told["legs"] if leg["answered_at"]]
    legs.sort(key=lambda leg: datetime.fromisoformat(leg["answered_at"]))
    telephones = [leg.telephone for leg in call.legs]
    yield Check(whose, "who talked", telephones, [leg["interface"] for leg in legs])
    for leg, other in zip(call.legs, legs, strict=False):
        yield from _of_leg(f"{whose} {leg.telephone}", leg, other)


def _of_leg(whose: str, leg: Leg, told: Mapping[str, Any]) -> Iterator[Check]:
    yield Check(whose, "talk", leg.talk_s, told["talk_s"], leg.within_s)
    late_s = LATE_S + leg.hold_within_s
    yield Check(whose, "talk, by CEL", leg.exact_talk_s, told["talk_s"], late_s)
    yield Check(whose, "hold", leg.hold_s, told["hold_s"], leg.hold_within_s)


def of_figures(calls: Mapping[str, Call], told: Told, site: Site) -> Iterator[Check]:
    """Figure by figure: every page, and every table."""
    every, by_line = figures.of(calls.values()), figures.by_line(calls.values())
    for line, page in told.pages.items():
        counted = by_line.get(line, Figures()) if line else every
        yield from _of_page(f"page of {line or 'all lines'}", counted, page)
    by_hour = {
        f"{hour:02}:00\N{EN DASH}{(hour + 1) % 24:02}:00": one
        for hour, one in figures.by_hour(calls.values(), site.timezone).items()
    }
    for what, counted_by, table in (
        ("line", {**by_line, "All": every}, told.by_line),
        ("hour", {**by_hour, "All": every}, told.by_hour),
    ):
        for key in sorted(counted_by.keys() | table.keys()):
            one = counted_by.get(key, Figures())
            yield from _of_row(f"{what} {key}", one, table.get(key, {}))
    yield from _of_agents(calls, told.by_agent, site.agents)


def _of_page(whose: str, counted: Figures, page: Page) -> Iterator[Check]:
    for name in (*COUNTED, "short_abandons", "rejected"):
        yield Check(whose, name, getattr(counted, name), page.counts.get(name, 0))
    if counted.offered:
        for name, share in shares(counted).items():
            yield Check(whose, name, share, page.shares.get(name))


def shares(counted: Figures) -> Mapping[str, tuple[int, int]]:
    """What each share is made of, by its formula."""
    lost = counted.abandoned - counted.short_abandons
    return {
        "service_level": (counted.in_time, counted.answered + lost),
        "abandonment_rate": (lost, counted.offered - counted.short_abandons),
        "abandoned_of_all": (counted.abandoned, counted.offered),
        "answer_rate": (counted.answered, counted.offered - counted.closed),
        "transfer_rate": (counted.handed_on, counted.answered),
    }


def _of_row(whose: str, counted: Figures, cells: Cells) -> Iterator[Check]:
    for name in COUNTED:
        yield Check(whose, name, getattr(counted, name), cells.get(name))
    for name in ("service_level", "abandonment_rate"):
        yield Check(whose, name, getattr(counted, name), cells.get(name), PRINTED)
    for name, within_s in (("asa_s", counted.wait_within_s), ("handling_s", counted.talk_within_s)):
        within = _mean(within_s, counted.answered) + PRINTED
        yield Check(whose, name, getattr(counted, name), cells.get(name), within)


def _of_agents(
    calls: Mapping[str, Call], table: Mapping[str, Cells], names: Mapping[str, str]
) -> Iterator[Check]:
    by_telephone = figures.by_telephone(calls.values())
    counted = {names[telephone]: one for telephone, one in by_telephone.items()}
    nobody = OfAgent(answered=0, handed_on=0, talk_s=0.0, hold_s=0.0, within_s=0.0)
    for name in sorted(counted.keys() | (table.keys() - {"All"})):
        one, cells = counted.get(name, nobody), table.get(name, {})
        within = _mean(one.within_s, one.answered) + PRINTED
        yield Check(f"agent {name}", "answered", one.answered, cells.get("answered"))
        for what, by_asterisk, may in (
            ("talk_s", one.talk_s, within),
            ("hold_s", one.hold_s, within),
            ("transfer_rate", one.handed_on, PRINTED),
        ):
            mean = by_asterisk / one.answered if one.answered else None
            yield Check(f"agent {name}", what, mean, cells.get(what), may)


def _mean(seconds: float, calls: int) -> float:
    return seconds / calls if calls else 0.0
