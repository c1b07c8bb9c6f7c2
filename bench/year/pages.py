"""The pages of figures, asked for over HTTP as a supervisor's browser does."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import aiohttp
from sqlalchemy import select

from callcenter.core.call import MISSED, Outcome
from callcenter.core.tally import Kind
from callcenter.db.engine import Database
from callcenter.db.reports import Span, by_kind
from callcenter.db.schema import calls
from callcenter.web.history import NO_ID, By

COOKIE: Final = "callcenter"


class PageError(Exception):
    """A page did not come; how long that took would mean nothing."""


@dataclass(frozen=True, slots=True)
class Timed:
    """How long a page took to come whole."""

    what: str
    median_s: float
    worst_s: float


async def addresses(database: Database, first: int, last: int) -> Mapping[str, str]:
    """What is asked for of these days, by what it is called in the table."""
    span = {
        "from": date.fromordinal(first).isoformat(),
        "to": date.fromordinal(last).isoformat(),
    }

    def to(path: str, **fields: object) -> str:
        return f"{path}?{urlencode(span | fields)}"

    found = {f"history by {by}": to("/history", by=by) for by in By}
    found |= {
        "history by day, one line": to("/history", by=By.DAY, line="support"),
        "history by company, CSV": to("/history.csv", by=By.COMPANY),
        "history by day, XLSX": to("/history.xlsx", by=By.DAY),
        "wallboard": "/wallboard",
        "staffing": "/staffing",
        "staffing of 52 weeks": "/staffing?weeks=52",
    }
    whole = Span(first, last + 1)
    async with database.reading() as connection:
        categories = [one.key for one in await by_kind(connection, whole, Kind.CATEGORY)]
        companies = [one.key for one in await by_kind(connection, whole, Kind.COMPANY) if one.key]
        callers = [one.key for one in await by_kind(connection, whole, Kind.CALLER)]
        number = next(key for key in callers if key.startswith("+"))
        query = select(calls.c.id).where(calls.c.caller_e164 == number).limit(1)
        caller = (await connection.execute(query)).scalar_one()
    listed: dict[str, Mapping[str, object]] = {
        "all": {},
        "of a line": {"line": "network"},
        "missed": {"outcome": "-".join(sorted(MISSED))},
        "turned away": {"outcome": Outcome.REJECTED},
        "of an agent": {"agent": 7},
        "of an agent, missed": {"agent": 7, "outcome": "-".join(sorted(MISSED))},
        "of the company that calls most": {"company": companies[0]},
        "of the company that calls least": {"company": companies[-1]},
        "of a company, turned away": {"company": companies[-1], "outcome": Outcome.REJECTED},
        "of the caller who calls most": {"caller": caller},
        "about what there is most": {"category": categories[0] or NO_ID},
        "about what there is least": {"category": categories[-1] or NO_ID},
        "of a technician": {"technician": 7},
        "of no contact that is known": {"contact": NO_ID},
        "of an account owner": {"owner": companies[0]},
        "at nine": {"hour": 9},
        "at six in the evening on Sundays": {"hour": 18, "weekday": 6},
        "at three at night": {"hour": 3},
    }
    return found | {f"calls {what}": to("/calls", **fields) for what, fields in listed.items()}


async def measure(url: str, token: str, wanted: Mapping[str, str], times: int) -> Sequence[Timed]:
    """Ask for each page so many times, one after the other. Raises PageError."""
    found = []
    async with aiohttp.ClientSession(url, cookies={COOKIE: token}) as client:
        await _ask(client, "/history")  # what a first page compiles is no page's own cost
        for what, address in wanted.items():
            seconds = [await _ask(client, address) for _ in range(times)]
            found.append(Timed(what, statistics.median(seconds), max(seconds)))
    return found


async def _ask(client: aiohttp.ClientSession, address: str) -> float:
    began = time.perf_counter()
    async with client.get(address, allow_redirects=False) as response:
        await response.read()
        if response.status != HTTPStatus.OK:
            raise PageError(f"{response.status} {response.reason}: {address}")
    return time.perf_counter() - began
