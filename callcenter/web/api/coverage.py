"""``/api/v1/coverage``: the figure that the product is about, and every call that it lacks."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from aiohttp import web
from pydantic import Field

from callcenter.core.coverage import FORMULA, Coverage, join, spans
from callcenter.core.obligation import ExemptReason
from callcenter.db import sights
from callcenter.db.coverage import coverage
from callcenter.db.sights import Interval
from callcenter.web.api.answers import json_answer
from callcenter.web.api.errors import BadParameterError
from callcenter.web.api.parameters import Parameters
from callcenter.web.context import CONTEXT
from webhooks.call import ObligationState
from webhooks.shape import Moment, Shape

SPAN_DEFAULT = timedelta(days=1)
SPAN_MAX = timedelta(days=366)
"""A year, leap years too: a longer one would read the whole database for one figure."""

PART = timedelta(days=1)
"""Read in one go: a day of 10,000 calls takes some 15 ms, for which a call that rings can wait."""

EARLIEST = datetime(1, 1, 1, tzinfo=UTC)


class OpenCall(Shape):
    """An answered call that has no ticket yet."""

    call: str
    line: str
    agent: str | None
    answered_at: Moment
    attempts: int
    last_error: str | None
    stuck_at: Moment | None


class OutOfSight(Shape):
    """A time in which a PBX was out of sight, and of whose calls not all are known yet.

    ``until`` None: it still is.
    """

    pbx: str
    since: Moment = Field(serialization_alias="from")
    until: Moment | None = Field(serialization_alias="to")
    reason: str | None


class Delay(Shape):
    """Seconds from the answer to the ticket; None where no call has one."""

    median: float | None
    p95: float | None


class CoverageReport(Shape):
    """Of the calls answered from ``from`` until before ``to``."""

    since: Moment = Field(serialization_alias="from")
    until: Moment = Field(serialization_alias="to")
    answered: int
    coverage: float | None
    formula: Literal["answered calls with a ticket / answered calls"] = FORMULA
    obligations: dict[ObligationState, int]
    exempt: dict[ExemptReason, int]
    open: list[OpenCall]
    delay_s: Delay
    out_of_sight: list[OutOfSight]


async def get_coverage(request: web.Request) -> web.Response:
    """The report of a span of time, by default the 24 hours until now."""
    context = request.app[CONTEXT]
    asked = Parameters(request, ("from", "to"))
    until = asked.moment("to") or context.now()
    since = asked.moment("from") or until - min(SPAN_DEFAULT, until - EARLIEST)
    if not timedelta() < until - since <= SPAN_MAX:
        raise BadParameterError(f"from must be before to, by at most {SPAN_MAX.days} days")
    parts = []
    for begin, end in spans(since, until, PART):
        async with context.database.reading() as connection:
            parts.append(await coverage(connection, begin, end))
    async with context.database.reading() as connection:
        unseen = await sights.between(connection, since, until)
    incomplete = [one for one in unseen if one.closed_at is None]
    return json_answer(_report(join(parts), incomplete).model_dump_json(by_alias=True))


def _report(found: Coverage, incomplete: Iterable[Interval]) -> CoverageReport:
    states: tuple[ObligationState, ...] = ("open", "ticketed", "qualified", "exempt")
    return CoverageReport(
        since=found.since,
        until=found.until,
        answered=found.answered,
        coverage=found.figure,
        obligations={state: found.obligations.get(state, 0) for state in states},
        exempt={reason: found.exempt.get(reason, 0) for reason in ExemptReason},
        open=[
            OpenCall(
                call=owed.call,
                line=owed.line,
                agent=owed.agent,
                answered_at=owed.answered_at,
                attempts=owed.attempts,
                last_error=owed.last_error,
                stuck_at=owed.stuck_at,
            )
            for owed in found.open
        ],
        delay_s=Delay(median=found.delay_median_s, p95=found.delay_p95_s),
        out_of_sight=[
            OutOfSight(pbx=one.pbx, since=one.began_at, until=one.ended_at, reason=one.reason)
            for one in incomplete
        ],
    )
