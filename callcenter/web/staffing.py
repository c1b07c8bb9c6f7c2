"""What somebody asks of the staffing page, and what it shows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import urlencode

from callcenter.core.erlang import Target
from callcenter.core.slots import Slot, slot_of
from callcenter.core.staffing import DAYS_MIN, Need, Past, Traffic, Wish, past, plan
from callcenter.db import figure_marks, staffing
from callcenter.web.context import WebContext
from callcenter.web.errors import NotFoundError

SHADES: Final = 8
"""Of the table of a week: the darker, the more agents."""


class Number(NamedTuple):
    """A field of the form: whole numbers, with the one that stands there at first."""

    name: str
    default: int
    lowest: int
    highest: int


FIELDS: Final = (
    Number("weeks", 8, DAYS_MIN, 52),
    Number("share", 80, 50, 99),  # per cent
    Number("within", 20, 1, 600),  # seconds
    Number("occupancy", 85, 50, 100),  # per cent, at most
    Number("shrinkage", 30, 0, 70),  # per cent
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address. ``typed`` is it as it came, ``numbers`` those fields that can be
    had as they were asked for, and ``wrong`` the others."""

    line: str
    typed: Mapping[str, str]
    numbers: Mapping[str, int]
    wrong: Sequence[Number]
    weekday: int | None = None

    @property
    def wish(self) -> Wish:
        """What is wanted, of an address without a mistake."""
        share, occupancy, shrinkage = (
            self.numbers[name] / 100 for name in ("share", "occupancy", "shrinkage")
        )
        return Wish(Target(share, self.numbers["within"], occupancy), shrinkage)

    def query(self, weekday: int | None = None) -> str:
        """The same in an address, for this weekday."""
        fields = {"line": self.line, **self.numbers}
        return urlencode(fields if weekday is None else fields | {"weekday": weekday})


class HeatRow(NamedTuple):
    """A half-hour of the week: agents needed, a weekday each; None where nothing is known."""

    begins: str
    agents: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Found:
    """The plan of a line. ``counting``: so many of the days are yet to be counted anew."""

    first: date
    last: date
    past: Past
    needs: Sequence[Need]
    counting: int

    def of(self, weekday: int) -> list[Need]:
        """The half-hours of a weekday."""
        return [need for need in self.needs if need.at.weekday == weekday]

    @property
    def weekday(self) -> int:
        """The first weekday that there is something to say of."""
        return self.needs[0].at.weekday if self.needs else 0

    @property
    def heat(self) -> list[HeatRow]:
        """The week, from the first to the last half-hour in which anybody is needed."""
        agents = {(need.at.half_hour, need.at.weekday): need.mean.agents for need in self.needs}
        begins = {need.at.half_hour: need.at.begins for need in self.needs}
        return [
            HeatRow(begins[half_hour], [agents.get((half_hour, day)) for day in range(7)])
            for half_hour in sorted(begins)
        ]

    def shade(self, agents: int) -> int:
        """How dark a number of agents is, from 0 to SHADES."""
        most = max(need.mean.agents for need in self.needs)
        return -(-agents * SHADES // most)

    def hours(self, weekday: int) -> float:
        """Hours of work on the plan of a weekday."""
        return sum(need.mean.scheduled for need in self.of(weekday)) / 2


def read(query: Mapping[str, str], lines: Sequence[str]) -> Asked:
    """What an address asks for; what is not in it is as at first. Raises NotFoundError for a line
    that is not there."""
    line = query.get("line") or (lines[0] if lines else "")
    if line not in lines:
        raise NotFoundError("there is no such line: choose one from the list")
    typed = {one.name: query.get(one.name, "").strip() or str(one.default) for one in FIELDS}
    wrong = [one for one in FIELDS if not _fits(typed[one.name], one)]
    numbers = {one.name: int(typed[one.name]) for one in FIELDS if one not in wrong}
    weekday = query.get("weekday", "")
    is_day = weekday in {str(day) for day in range(7)}
    return Asked(line, typed, numbers, wrong, int(weekday) if is_day else None)


async def find(context: WebContext, asked: Asked) -> Found:
    """The plan that was asked for, by the whole weeks before today."""
    zone = context.line_zones.get(asked.line, context.timezone)
    until = slot_of(context.now(), zone).day
    since = until - 7 * asked.numbers["weeks"]
    async with context.database.reading() as connection:
        slots = await staffing.half_hours(connection, asked.line, since, until)
        waited_s = await staffing.overflow_wait_s(connection, asked.line, since, until)
        counting = await figure_marks.whole_days_marked(connection, [asked.line], since, until)
    found, needs = await asyncio.to_thread(_planned, slots, waited_s, asked.wish)
    return Found(date.fromordinal(since), date.fromordinal(until - 1), found, needs, counting)


def _planned(
    slots: Mapping[Slot, Traffic], waited_s: float, wish: Wish
) -> tuple[Past, Sequence[Need]]:
    found = past(slots, waited_s)
    return found, plan(found, wish)


def _fits(text: str, number: Number) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(number.highest))
    return is_number and number.lowest <= int(text) <= number.highest
