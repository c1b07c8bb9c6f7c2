"""Which calls a list is narrowed to: by the address, in which no number and no name ever stands.

A caller is told by a call of theirs, an agent and a company by their ids.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.slots import begins
from callcenter.db import calls
from callcenter.db.call_filter import CallFilter
from callcenter.web.context import WebContext
from callcenter.web.ids import id_of
from callcenter.web.period import Period, of_query

BETWEEN = "-"
"""Between the outcomes in an address."""

CALL_ID = re.compile("[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What an address says; None, or no outcome, does not narrow. ``caller`` is the id of a call of
    theirs."""

    line: str | None = None
    period: Period | None = None
    outcomes: tuple[Outcome, ...] = ()
    agent: int | None = None
    company: int | None = None
    caller: str | None = None

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
            "agent": self.agent,
            "company": self.company,
            "caller": self.caller,
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})


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
        outcomes=tuple(outcome for outcome in Outcome if outcome in outcomes),
        agent=id_of(query.get("agent")),
        company=id_of(query.get("company")),
        caller=caller if CALL_ID.fullmatch(caller) else None,
    )


async def call_filter(
    connection: AsyncConnection,
    narrowing: Narrowing,
    context: WebContext,
    lines: Collection[str] | None,
) -> CallFilter | None:
    """The same for the database, of ``lines`` alone; None: there is no such call.

    A day begins where the line is; of several lines, where the site is.
    """
    if narrowing.line is not None:
        if lines is not None and narrowing.line not in lines:
            return None
        lines = (narrowing.line,)
    outcomes = narrowing.outcomes
    if narrowing.agent is not None and outcomes and Outcome.ANSWERED not in outcomes:
        return None  # an agent's calls are those they answered: all would be read in vain
    caller = None
    if narrowing.caller is not None:
        call = await calls.get(connection, narrowing.caller)
        if call is None or call.caller.removed:  # whoever is removed cannot be told apart
            return None
        caller = call.caller.e164 or call.caller.raw
    zone = context.line_zones.get(narrowing.line or "", context.timezone)
    since, until = _moments(narrowing.period, zone)
    return CallFilter(
        lines=lines,
        since=since,
        until=until,
        outcomes=narrowing.outcomes or None,
        caller=caller,
        agent_id=narrowing.agent,
        company_id=narrowing.company,
    )


def _moments(
    period: Period | None, zone: ZoneInfo
) -> tuple[datetime, datetime] | tuple[None, None]:
    if period is None:
        return None, None
    return begins(period.first.toordinal(), zone), begins(period.until.toordinal(), zone)
