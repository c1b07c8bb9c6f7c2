"""The month before the morning, as figures: enough calls that every table and plot has its shape.

The calls themselves are not there, as after they were removed for their age: figures stay.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from callcenter.core.call import Outcome
from callcenter.core.counts import NAMES, Fact
from callcenter.core.slots import month_of, slot_of
from callcenter.core.tally import NOBODY, Kind, Part, Sums, Tally, Told
from callcenter.db.schema import figure_days, figure_months, figure_slots, figure_waits
from tests.web.browser.cast import LINES, NUMBERS
from tests.web.browser.morning import Morning

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
CALLS_A_DAY = 46
BY_HOUR = {8: 6, 9: 11, 10: 10, 11: 8, 12: 3, 13: 4, 14: 9, 15: 7, 16: 6, 17: 3}
SHARES = {
    Outcome.ANSWERED: 86,
    Outcome.ABANDONED: 7,
    Outcome.SHORT_ABANDON: 3,
    Outcome.OVERFLOW: 3,
    Outcome.CLOSED: 1,
}
THRESHOLD_S = 20.0
ZONE = ZoneInfo("Europe/Paris")


async def write(morning: Morning) -> None:
    """Write them."""
    random = Random(11)
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    tallies: dict[tuple[str, int], Tally] = {}
    for day in days:
        for told in _calls(morning, random, day):
            slot = slot_of(told.fact.started_at, ZONE)
            tally = tallies.setdefault((told.fact.line, slot.day), Tally(THRESHOLD_S))
            tally.add(told, slot.slot)
    async with morning.scene.database.transaction() as connection:
        await connection.execute(insert(figure_slots), _slots(tallies))
        await connection.execute(insert(figure_waits), _waits(tallies))
        await connection.execute(insert(figure_days), _days(tallies))
        await connection.execute(insert(figure_months), _months(tallies))


def _calls(morning: Morning, random: Random, day: date) -> Iterator[Told]:
    busy = 0.1 if day.weekday() > 4 else random.uniform(0.8, 1.2)
    for number in range(round(CALLS_A_DAY * busy)):
        (hour,) = random.choices(list(BY_HOUR), list(BY_HOUR.values()))
        at = datetime(day.year, day.month, day.day, hour, random.randrange(60), tzinfo=ZONE)
        (outcome,) = random.choices(list(SHARES), list(SHARES.values()))
        yield _told(morning, random, f"{day}-{number}", at, outcome)


def _told(morning: Morning, random: Random, id_: str, at: datetime, outcome: Outcome) -> Told:
    firm = min(int(random.expovariate(0.5)), len(NUMBERS) + 20)
    is_answered = outcome is Outcome.ANSWERED
    agent = str(1 + int(random.triangular(0, 8, 2)))
    talk, hold = random.lognormvariate(5, 0.7), random.choice((0, 0, 0, 35))
    is_new = is_answered and random.random() < 0.8
    is_known = firm < len(NUMBERS)
    return Told(
        fact=Fact(
            id=id_,
            line=LINES[min(int(random.expovariate(0.7)), len(LINES) - 1)],
            outcome=outcome,
            started_at=at,
            wait_s=None if outcome is Outcome.CLOSED else random.expovariate(1 / 14),
            talk_s=talk if is_answered else 0,
            hold_s=hold if is_answered else 0,
            acw_s=random.expovariate(1 / 50) if is_answered else None,
            transfers=int(random.random() < 0.08),
            has_ticket=is_answered,
            is_new_problem=is_new,
            is_solved=is_new and random.random() < 0.6,
            called_before=random.random() < 0.15,
            calls_again=random.random() < 0.12,
            is_recovered=random.random() < 0.7,
        ),
        company=str(morning.firm(firm)[0]) if is_known else NOBODY,
        caller=f"+33{NUMBERS[firm][1:]}" if is_known else f"+331990042{firm:02}",
        category=str(1 + int(random.triangular(0, 4, 1))) if is_answered else NOBODY,
        answered_by=agent if is_answered else None,
        parts={agent: Part(talk, hold)} if is_answered else {},
    )


def _slots(tallies: Mapping[tuple[str, int], Tally]) -> list[dict[str, Any]]:
    return [
        {"line": line, "day": day, "slot": slot, **_full(sums)}
        for (line, day), tally in tallies.items()
        for slot, sums in tally.slots.items()
    ]


def _waits(tallies: Mapping[tuple[str, int], Tally]) -> list[dict[str, Any]]:
    return [
        {"line": line, "day": day, "outcome": outcome.value, "second": second, "calls": calls}
        for (line, day), tally in tallies.items()
        for (outcome, second), calls in tally.waits.items()
    ]


def _days(tallies: Mapping[tuple[str, int], Tally]) -> list[dict[str, Any]]:
    return [
        {"kind": kind.value, "line": line, "day": day, "key": key, **_full(sums)}
        for (line, day), tally in tallies.items()
        for kind in Kind
        for key, sums in tally.by[kind].items()
    ]


def _months(tallies: Mapping[tuple[str, int], Tally]) -> list[dict[str, Any]]:
    of: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: _full({}))
    for row in _days(tallies):
        sums = of[row["kind"], row["line"], row["key"]]
        for name in NAMES:
            sums[name] += row[name]
    month = month_of(FIRST.toordinal())
    return [
        {"kind": kind, "line": line, "month": month, "key": key, **sums}
        for (kind, line, key), sums in of.items()
    ]


def _full(sums: Sums) -> dict[str, int]:
    return {name: sums.get(name, 0) for name in NAMES}
