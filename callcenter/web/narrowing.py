"""Which calls a list is narrowed to: by the address, in which no number and no name ever stands.

A caller is told by a call of theirs; agents, companies, contacts and categories by their ids; what
companies have in common, a contract or an account owner, by one of them.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, get_args
from urllib.parse import urlencode

from callcenter.core.call import Outcome
from callcenter.core.tally import NOBODY
from callcenter.db.reports import DAYS_A_WEEK, HOURS
from callcenter.web.context import WebContext
from callcenter.web.ids import id_of
from callcenter.web.period import Period, of_query
from webhooks.ticket import Priority, TicketStatus

BETWEEN = "-"
"""Between the outcomes in an address."""

CALL_ID = re.compile("[0-9a-f-]{36}")

IDS: Final = ("agent", "company", "contact", "category", "technician", "contract", "owner")
AS_THEY_ARE: Final = (*IDS, "caller", "priority", "status", "hour", "weekday")
"""What an address has in the same words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What an address says; None, or no outcome, does not narrow. ``caller`` is the id of a call of
    theirs, ``contract`` and ``owner`` that of a company which has it; 0, or an empty word, is
    nobody, or none. ``hour`` and ``weekday`` are of the days of ``period``."""

    line: str | None = None
    period: Period | None = None
    hour: int | None = None
    weekday: int | None = None  # 0 is Monday
    outcomes: tuple[Outcome, ...] = ()
    agent: int | None = None
    company: int | None = None
    caller: str | None = None
    contact: int | None = None
    category: int | None = None
    priority: str | None = None
    status: str | None = None
    technician: int | None = None
    contract: int | None = None
    owner: int | None = None

    @property
    def is_any(self) -> bool:
        """Whether it narrows at all."""
        return self != Narrowing()

    @property
    def query(self) -> str:
        """It, in an address; empty where it does not narrow."""
        days = self.period
        fields = {
            "line": self.line,
            "from": days.first.isoformat() if days else None,
            "to": days.last.isoformat() if days else None,
            "outcome": BETWEEN.join(self.outcomes) or None,
            **{name: getattr(self, name) for name in AS_THEY_ARE},
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})

    @property
    def address(self) -> str:
        """Where these calls are listed."""
        return f"/calls?{self.query}"


def read(query: Mapping[str, str], context: WebContext, now: datetime) -> Narrowing:
    """What an address says. What cannot be is left out: the page says what it shows."""
    caller = query.get("caller", "")
    outcomes = query.get("outcome", "").split(BETWEEN)
    period = None
    if "from" in query or "to" in query:
        asked = of_query(query, now.astimezone(context.timezone).date())
        period = None if asked.wrong else asked
    return Narrowing(
        line=query["line"] if query.get("line") in context.lines else None,
        period=period,
        hour=_number(query.get("hour"), HOURS) if period else None,
        weekday=_number(query.get("weekday"), DAYS_A_WEEK) if period else None,
        outcomes=tuple(outcome for outcome in Outcome if outcome in outcomes),
        caller=caller if CALL_ID.fullmatch(caller) else None,
        priority=_word(query, "priority", get_args(Priority)),
        status=_word(query, "status", get_args(TicketStatus)),
        **{name: id_of(query.get(name)) for name in IDS},
    )


def _word(query: Mapping[str, str], name: str, words: Collection[str]) -> str | None:
    """One of the words, or the empty one."""
    return query[name] if query.get(name) in {*words, NOBODY} else None


def _number(text: str | None, end: int) -> int | None:
    """From 0 until before ``end``."""
    found = id_of(text)
    return found if found is not None and found < end else None
