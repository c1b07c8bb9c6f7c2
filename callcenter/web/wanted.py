"""What a list of calls is narrowed to, for the database: the very calls that a figure counts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import Outcome
from callcenter.core.slots import Moments, begins, spans
from callcenter.core.tally import NOBODY, Kind
from callcenter.db import called_days, calls
from callcenter.db.call_filter import CallFilter, Companies
from callcenter.db.reports import Span
from callcenter.web import names
from callcenter.web.context import WebContext
from callcenter.web.narrowing import Narrowing
from callcenter.web.period import Period

COMPANIES_MAX: Final = 500
"""More of them call so often that their days need not be looked for."""

EVER: Final = (1, date.max.toordinal())


async def call_filter(
    connection: AsyncConnection,
    narrowing: Narrowing,
    context: WebContext,
    lines: Collection[str] | None,
) -> CallFilter | None:
    """The calls of ``lines`` alone; None: there is no such call.

    A day begins where the line is; of several lines, where the site is.
    """
    if narrowing.line is not None:
        if lines is not None and narrowing.line not in lines:
            return None
        lines = (narrowing.line,)
    caller = None
    if narrowing.caller is not None:
        call = await calls.get(connection, narrowing.caller)
        if call is None or call.caller.removed:  # whoever is removed cannot be told apart
            return None
        caller = call.caller.e164 or call.caller.raw
    zone = context.line_zones.get(narrowing.line or "", context.timezone)
    since, until = _moments(narrowing.period, zone)
    companies = await _alike(connection, narrowing, context)
    wanted = CallFilter(
        lines=lines,
        since=since,
        until=until,
        spans=await _spans(connection, narrowing, companies, lines, context),
        outcomes=narrowing.outcomes or None,
        caller=caller,
        agent_id=narrowing.agent,
        company_id=narrowing.company,
        companies=companies,
        contact_id=narrowing.contact,
        category_id=narrowing.category,
        technician_id=narrowing.technician,
        priority=narrowing.priority,
        status=narrowing.status,
    )
    if wanted.is_of_answered and wanted.outcomes and Outcome.ANSWERED not in wanted.outcomes:
        return None  # all would be read in vain
    return wanted


def _moments(period: Period | None, zone: ZoneInfo) -> Moments | tuple[None, None]:
    if period is None:
        return None, None
    return begins(period.first.toordinal(), zone), begins(period.until.toordinal(), zone)


# -- companies that have something in common -------------------------------------------------------


async def _alike(
    connection: AsyncConnection, narrowing: Narrowing, context: WebContext
) -> Sequence[Companies]:
    found = []
    if narrowing.contract is not None:
        today = context.now().astimezone(context.timezone).date()
        agreed = await names.agreements(connection, today)
        keys = {id_: one.key for id_, one in agreed.items()}
        found.append(_with_the_same(narrowing.contract, keys))
    if narrowing.owner is not None:
        found.append(_with_the_same(narrowing.owner, await names.owners(connection)))
    return found


def _with_the_same(company: int, keys: Mapping[str, str]) -> Companies:
    key = keys.get(str(company))
    if key is None:
        return Companies([int(id_) for id_ in keys], are_left_out=True)
    return Companies([int(id_) for id_, one in keys.items() if one == key])


# -- when they began -------------------------------------------------------------------------------


async def _spans(
    connection: AsyncConnection,
    narrowing: Narrowing,
    companies: Sequence[Companies],
    lines: Collection[str] | None,
    context: WebContext,
) -> Sequence[Moments] | None:
    """Where the calls are, among all of the period; None: anywhere."""
    period, hour, weekday = narrowing.period, narrowing.hour, narrowing.weekday
    since, until = (
        (period.first.toordinal(), period.until.toordinal()) if period is not None else EVER
    )
    span = Span(since, until, lines)
    found = [
        await called_days.of_keys(connection, span, kind, keys)
        for kind, keys in _keys(narrowing, companies).items()
    ]
    if hour is not None or weekday is not None:
        found.append(await called_days.of_hours(connection, span, hour))
    if not found:
        return None
    days = set.intersection(*found) | await called_days.uncounted(connection, span)
    zone = context.line_zones.get(narrowing.line or "", context.timezone)
    if narrowing.line is None and set(context.line_zones.values()) - {zone}:
        # Where a line is elsewhere, its day is of two of ours.
        days |= {day + beside for day in days for beside in (-1, 1)}
    wanted = [
        day
        for day in days
        if since <= day < until and (weekday is None or date.fromordinal(day).weekday() == weekday)
    ]
    return spans(wanted, zone, hour)


def _keys(narrowing: Narrowing, companies: Sequence[Companies]) -> Mapping[Kind, Collection[str]]:
    """The keys of figures by which their days are known."""
    ids = {
        Kind.AGENT: narrowing.agent,
        Kind.CONTACT: None if narrowing.contact else narrowing.contact,  # theirs are few
        Kind.CATEGORY: narrowing.category,
        Kind.TECHNICIAN: narrowing.technician,
    }
    words = {Kind.PRIORITY: narrowing.priority, Kind.STATUS: narrowing.status}
    found: dict[Kind, Collection[str]] = {
        **{kind: [str(id_ or NOBODY)] for kind, id_ in ids.items() if id_ is not None},
        **{kind: [word] for kind, word in words.items() if word is not None},
    }
    for one in companies:
        if not one.are_left_out and len(one.ids) <= COMPANIES_MAX:
            found[Kind.COMPANY] = [str(id_) for id_ in one.ids]
    return found
