"""Four weeks of a help desk's calls, drawn at random as such calls come.

They arrive as a Poisson process whose rate follows the weekday and the hour, with a dip at noon.
Few callers call often and many seldom. Patience and the wait for an agent are exponential, the
lesser of them decides; conversations are log-normal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from callcenter.core.call import Outcome
from callcenter.core.slots import begins
from callcenter.db.schema import calls, legs, obligations, tickets, wrap_ups

DAYS: Final = 28
CALLS_A_DAY: Final = 10_000

WEEKDAYS: Final = (1.24, 1.12, 1.04, 1.02, 0.96, 0.2, 0.07)
"""Of Monday to Sunday, by their sum."""

HOURS: Final = {
    7: 2,
    8: 9,
    9: 13,
    10: 14,
    11: 12,
    12: 5,
    13: 7,
    14: 12,
    15: 11,
    16: 9,
    17: 5,
    18: 1,
}
"""Of a day, by their sum; the others have no calls."""

LINES: Final = (("support", 0.8), ("network", 0.2))

NUMBERS: Final = 20_000
PREFIXES: Final = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
COMPANIES: Final = 1_500
OFTEN: Final = 0.8
"""How unequal callers are: the n-th calls in proportion to ``1 / n ** OFTEN``."""

MENU_S: Final = (3.0, 15.0)
WAIT_S: Final = 14.0
BUSY_WAIT_S: Final = 45.0
BUSY_HOURS: Final = (9, 10, 11, 14)
PATIENCE_S: Final = 150.0
SHORT_S: Final = 6.0
OVERFLOW_S: Final = 180.0
TALK: Final = (5.2, 0.8)
"""Of the logarithm of the seconds, mean and deviation: half talk for less than three minutes."""
HOLD_S: Final = 40.0
ACW_S: Final = 60.0

OFFERS: Final = 3
"""Telephones that are noted as rung, of one call."""

Rows: TypeAlias = "dict[Table, list[dict[str, Any]]]"


@dataclass(slots=True, kw_only=True)
class Draw:
    """Calls of the days from ``first`` on (``core/slots.py``). Ids are those in the database."""

    random: Random
    first: int
    zone: ZoneInfo
    agents: Sequence[int]
    companies: Sequence[int]
    categories: Sequence[int]
    _numbers: int = field(default=0, init=False)
    _last_ticket: dict[int, str] = field(default_factory=dict, init=False)
    _often: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._often = list(accumulate(1 / n**OFTEN for n in range(1, NUMBERS + 1)))

    def days(self, days: int = DAYS) -> Iterator[Rows]:
        """The rows of one day after the other, in the order in which tables need each other."""
        for day in range(self.first, self.first + days):
            rows: Rows = {table: [] for table in (calls, legs, tickets, obligations, wrap_ups)}
            for at in self._arrivals(day):
                self._call(rows, at)
            yield rows

    def _arrivals(self, day: int) -> Iterator[datetime]:
        weekday = WEEKDAYS[(day - 1) % 7] / sum(WEEKDAYS) * 7 * CALLS_A_DAY
        midnight = begins(day, self.zone)
        for hour, share in HOURS.items():
            a_second = weekday * share / sum(HOURS.values()) / 3600
            at_s = self.random.expovariate(a_second)
            while at_s < 3600:
                yield midnight + _s(hour * 3600 + at_s)
                at_s += self.random.expovariate(a_second)

    def _call(self, rows: Rows, at: datetime) -> None:
        random = self.random
        self._numbers += 1
        who = random.choices(range(NUMBERS), cum_weights=self._often)[0]
        is_known = random.random() > 0.03
        call: dict[str, Any] = {
            "id": call_id(random),
            "pbx": "main",
            "linkedid": f"{self._numbers}.0",
            "channel": f"{self._numbers}.0",
            "line": random.choices([name for name, _ in LINES], [part for _, part in LINES])[0],
            "caller_raw": number(who) if is_known else "anonymous",
            "caller_e164": number(who) if is_known else None,
            "company_id": company(who, self.companies) if is_known else None,
            "state": "ended",
            "outcome": Outcome.ANSWERED.value,
            "started_at": at,
            "queued_at": at + _s(random.uniform(*MENU_S)),
            "answered_at": None,
            "ended_at": None,
            "transfers": 0,
        }
        rows[calls].append(call)
        self._end(rows, call, who)

    def _end(self, rows: Rows, call: dict[str, Any], who: int) -> None:
        random, queued_at = self.random, call["queued_at"]
        is_busy = call["started_at"].astimezone(self.zone).hour in BUSY_HOURS
        wait_s = random.expovariate(1 / (BUSY_WAIT_S if is_busy else WAIT_S))
        patience_s = random.expovariate(1 / PATIENCE_S)
        luck = random.random()
        if luck < 0.03:  # was told that it is closed, or turned away
            is_closed = luck < 0.02
            call |= {
                "outcome": (Outcome.CLOSED if is_closed else Outcome.REJECTED).value,
                "queued_at": None,
                "ended_at": queued_at,
            }
        elif patience_s < wait_s and patience_s < OVERFLOW_S:
            outcome = Outcome.SHORT_ABANDON if patience_s < SHORT_S else Outcome.ABANDONED
            call |= {"outcome": outcome.value, "ended_at": queued_at + _s(patience_s)}
            self._ring(rows, call)
        elif wait_s > OVERFLOW_S:
            ended_at = queued_at + _s(OVERFLOW_S)
            call |= {"outcome": Outcome.OVERFLOW.value, "ended_at": ended_at}
            self._ring(rows, call)
        else:
            self._answer(rows, call, who, queued_at + _s(wait_s))

    def _ring(self, rows: Rows, call: dict[str, Any], *, but: Sequence[int] = ()) -> None:
        rung = [agent for agent in self.random.sample(self.agents, OFFERS) if agent not in but]
        for position, agent in enumerate(rung, start=len(but)):
            ended_at = call["answered_at"] or call["ended_at"]
            rows[legs].append(_leg(call, position, agent, call["queued_at"], None, ended_at, 0.0))

    def _answer(self, rows: Rows, call: dict[str, Any], who: int, at: datetime) -> None:
        random = self.random
        talk_s = min(random.lognormvariate(*TALK), 7_200.0)
        hold_s = min(round(random.expovariate(1 / HOLD_S), 3), talk_s / 2)
        ends = [at + _s(talk_s)]
        own = random.sample(self.agents, 2)
        if random.random() < 0.08:
            call["transfers"] = 1
            ends.append(ends[0] + _s(random.lognormvariate(*TALK)))
        call |= {"answered_at": at, "ended_at": ends[-1]}
        begun = [at, *ends]
        for position, (agent, end) in enumerate(zip(own, ends, strict=False)):
            offered_at = call["queued_at"] if position == 0 else begun[position]
            held_s = hold_s if position == 0 and random.random() < 0.2 else 0.0
            rows[legs].append(_leg(call, position, agent, offered_at, begun[position], end, held_s))
        self._ring(rows, call, but=own[: len(ends)])
        self._owe(rows, call, who, own[0], ends[0])

    def _owe(
        self, rows: Rows, call: dict[str, Any], who: int, agent: int, ended_at: datetime
    ) -> None:
        random, answered_at = self.random, call["answered_at"]
        debt = {
            "call_id": call["id"],
            "desk": "builtin",
            "state": "exempt",
            "agent_id": agent,
            "answered_at": answered_at,
            "ticket_number": None,
            "ticketed_at": None,
            "qualified_at": None,
            "exempt_reason": "spam",
        }
        rows[obligations].append(debt)
        if random.random() < 0.04:
            return
        old = self._last_ticket.get(who) if random.random() < 0.2 else None
        written_at = ended_at + _s(random.expovariate(1 / ACW_S))
        debt |= {
            "state": "qualified",
            "ticket_number": old or f"T{self._numbers:08}",
            "ticketed_at": answered_at,
            "qualified_at": written_at,
            "exempt_reason": None,
        }
        category = random.choices(self.categories, range(len(self.categories), 0, -1))[0]
        is_solved = random.random() < 0.55
        said = {"title": "Call", "category_id": category, "solved_on_call": is_solved}
        rows[wrap_ups].append(
            {
                "call_id": call["id"],
                "agent_id": agent,
                "note": "",
                "summary": "",
                "updated_at": written_at,
                "finished_at": written_at,
                **said,
            }
        )
        if old is None:
            self._last_ticket[who] = debt["ticket_number"]
            rows[tickets].append(
                {
                    "number": debt["ticket_number"],
                    "call_key": call["id"],
                    "company_id": call["company_id"],
                    "queue": call["line"],
                    "primary_resource_id": agent,
                    "source": "phone",
                    "status": "complete" if is_solved else "new",
                    "priority": "medium",
                    "created_at": answered_at,
                    "completed_at": written_at if is_solved else None,
                    "resolution": "Solved" if is_solved else None,
                    **said,
                }
            )


def call_id(random: Random) -> str:
    """Like a call's, with zeros where ``laying.py`` has the number of the layer."""
    made = str(UUID(int=random.getrandbits(128)))
    return f"{made[:14]}0000{made[18:]}"


def number(who: int) -> str:
    """One of the ranges that are reserved for fiction."""
    prefix = PREFIXES[who % len(PREFIXES)]
    return f"{prefix}{who // len(PREFIXES):0{12 - len(prefix)}}"


def company(who: int, companies: Sequence[int]) -> int | None:
    """Whose number it is; of every fourth it is not known."""
    return None if who % 4 == 3 else companies[who % len(companies)]


def _leg(  # noqa: PLR0917  (a row's values in the order of its columns)
    call: dict[str, Any],
    position: int,
    agent: int,
    offered_at: datetime,
    answered_at: datetime | None,
    ended_at: datetime,
    hold_s: float,
) -> dict[str, Any]:
    return {
        "call_id": call["id"],
        "position": position,
        "agent_id": agent,
        "interface": f"PJSIP/{100 + agent}",
        "offered_at": offered_at,
        "answered_at": answered_at,
        "ended_at": ended_at,
        "hold_s": hold_s,
    }


def _s(seconds: float) -> timedelta:
    """To the millisecond, as SQLite's own arithmetic has it."""
    return timedelta(milliseconds=round(seconds * 1000))
