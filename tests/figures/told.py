"""The same figures as a supervisor gets them from the service: its page, its CSV, its API."""

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import Any, Self

from aiohttp import ClientSession, CookieJar

from tests.rig.errors import RigError

COUNTED_WITHIN_S = 30
POLL_S = 0.5
DAY = timedelta(days=1)

COLUMNS = {
    "Calls": "offered",
    "Answered": "answered",
    "Given up": "abandoned",
    "Not answered in time": "overflowed",
    "Outside opening hours": "closed",
    "Service level": "service_level",
    "Average speed of answer": "asa_s",
    "Abandonment rate": "abandonment_rate",
    "Given up, of all calls": "abandoned_of_all",
    "Answer rate": "answer_rate",
    "Talk": "talk_s",
    "Hold": "hold_s",
    "Handling time": "handling_s",
    "Transfer rate": "transfer_rate",
}
"""What the page calls a figure, in English. What is not here is not counted twice."""

Cells = Mapping[str, float | None]
"""Figures by the names above, as CSV has them: a mean or a share has four decimals."""

Share = tuple[int, int]
"""Calls, of how many."""


@dataclass(frozen=True, slots=True)
class Page:
    """Of all calls, or a line's. ``counts`` are calls; ``shares`` what each share is made of."""

    counts: Mapping[str, int]
    shares: Mapping[str, Share]


@dataclass(frozen=True, slots=True)
class Told:
    """All that is compared. ``calls`` are the API's, by Linkedid; "" is the page of all lines."""

    calls: Mapping[str, Mapping[str, Any]]
    pages: Mapping[str, Page]
    by_line: Mapping[str, Cells]
    by_hour: Mapping[str, Cells]
    by_agent: Mapping[str, Cells]


class Supervisor:
    """Signed in, and reading; use it as an async context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._session = ClientSession(
            url, headers={"Accept-Language": "en"}, cookie_jar=CookieJar(unsafe=True)
        )
        self._url, self._token = url, token

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._session.close()

    async def sign_in(self, login: str, password: str) -> None:
        """Fill in the form."""
        form = await self._text("/sign-in")
        found = re.search(r'name="csrf_token" value="([^"]+)"', form)
        fields = {"login": login, "password": password, "csrf_token": found[1] if found else ""}
        origin = {"Origin": self._url}
        async with self._session.post("/sign-in", data=fields, headers=origin) as response:
            if response.status != 200 or response.url.path == "/sign-in":
                raise RigError(f"{login} cannot sign in: {response.status} {response.url}")

    async def read(self, lines: list[str], today: date, calls: int) -> Told:
        """Everything, once so many calls are counted. Raises RigError where they never are."""
        span = {"from": (today - DAY).isoformat(), "to": (today + DAY).isoformat()}
        pages = {"": await self._counted(span, calls)}
        for line in lines:
            pages[line] = page(await self._text("/history", by="line", line=line, **span))
        cuts = {by: table(await self._text("/history.csv", by=by, **span)) for by in CUTS}
        return Told(await self._calls(), pages, cuts["line"], cuts["hour"], cuts["agent"])

    async def _counted(self, span: Mapping[str, str], calls: int) -> Page:
        for _ in range(int(COUNTED_WITHIN_S / POLL_S)):
            text = await self._text("/history", by="line", **span)
            found = page(text)
            if "still being counted" not in text and found.counts.get("offered") == calls:
                return found
            await asyncio.sleep(POLL_S)
        raise RigError(f"of {calls} calls the service has counted {found.counts}")

    async def _calls(self) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        cursor: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {self._token}"}
        while True:
            query = {"limit": "200", **cursor}
            async with self._session.get("/api/v1/calls", params=query, headers=headers) as answer:
                answer.raise_for_status()
                some = await answer.json()
            found |= {call["linkedid"]: call for call in some["calls"]}
            if some["next"] is None:
                return found
            cursor = {"cursor": some["next"]}

    async def _text(self, path: str, **query: str) -> str:
        async with self._session.get(path, params=query) as response:
            response.raise_for_status()
            return await response.text()


CUTS = ("line", "hour", "agent")

TOTALS = {
    "calls": "offered",
    "answered": "answered",
    "not answered in time": "overflowed",
    "outside opening hours": "closed",
    "rejected": "rejected",
}
"""What stands behind the numbers at the top of the page."""

TOTAL = re.compile(r'<span class="figure">(\d+)</span> ([^<]+)<')
GIVEN_UP = re.compile(
    r'<span class="figure">(\d+)</span> given up</(?:a|span)> \((?:<a [^>]*>)?(\d+) at once'
)
SHARE = re.compile(
    r"<dt>([^<]+)</dt>(?:(?!<dt>).)*?<summary><span[^>]*>(\d+) / (\d+)</span>", re.DOTALL
)


def page(text: str) -> Page:
    """What the page of the history says above its table."""
    counts = {TOTALS[what]: int(count) for count, what in TOTAL.findall(text) if what in TOTALS}
    if given_up := GIVEN_UP.search(text):
        counts |= {"abandoned": int(given_up[1]), "short_abandons": int(given_up[2])}
    shares = {
        COLUMNS[name]: (int(over), int(of))
        for name, over, of in ((unescape(a), b, c) for a, b, c in SHARE.findall(text))
        if name in COLUMNS
    }
    return Page(counts, shares)


def table(text: str) -> dict[str, Cells]:
    """A table's rows by their first cell, "All" among them."""
    heading, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return {
        row[0]: {
            COLUMNS[name]: float(cell) if cell else None
            for name, cell in zip(heading[1:], row[1:], strict=True)
            if name in COLUMNS
        }
        for row in rows
    }
