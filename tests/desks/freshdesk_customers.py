"""Companies and contacts of the Freshdesk for tests.

Built from developers.freshdesk.com (Companies, Contacts, Pagination, Rate Limit).

Its traps: lists go by their length, and that of companies has no condition; lists of contacts leave
out the blocked and what is in the bin, which is there when it is asked for; what is not there is
404 without a word; most contacts are not ``active``, and there all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

Rows = dict[int, dict[str, Any]]


@dataclass
class FreshdeskCustomers:
    """``left`` is what its answers say is left of 400 requests a minute; ``combines``: it takes
    two conditions together."""

    companies: Rows = field(default_factory=dict)
    contacts: Rows = field(default_factory=dict)
    left: int = 390
    combines: bool = True
    _at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def put(self, rows: Rows, number: int, **said: Any) -> None:
        """A new one, or another state of it."""
        self._at += timedelta(seconds=1)
        fresh = {"id": number, "active": False}
        rows[number] = rows.get(number, fresh) | {"updated_at": f"{self._at:%FT%TZ}"} | said

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/api/v2/companies", self._companies),
            web.get("/api/v2/contacts", self._contacts),
            web.get(r"/api/v2/companies/{id:\d+}", self._company),
            web.get(r"/api/v2/contacts/{id:\d+}", self._contact),
        ]

    async def _companies(self, request: web.Request) -> web.Response:
        assert "_updated_since" not in request.query
        return self._page(request, list(self.companies.values()))

    async def _contacts(self, request: web.Request) -> web.Response:
        asked, found = request.query, list(self.contacts.values())
        if {"state", "_updated_since"} <= asked.keys() and not self.combines:
            told = {"description": "Validation failed", "errors": []}
            return web.json_response(told, status=400)
        if since := asked.get("_updated_since"):
            at = datetime.fromisoformat(since)
            found = [one for one in found if datetime.fromisoformat(one["updated_at"]) >= at]
        is_deleted = asked.get("state") == "deleted"
        found = [one for one in found if one.get("deleted", False) is is_deleted]
        return self._page(request, [one for one in found if not one.get("blocked")])

    def _page(self, request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
        size = min(int(request.query.get("per_page", 30)), 100)
        start = (int(request.query.get("page", 1)) - 1) * size
        found = sorted(rows, key=lambda one: one["name"])
        return self._answer(found[start : start + size])

    async def _company(self, request: web.Request) -> web.Response:
        return self._one(self.companies, request)

    async def _contact(self, request: web.Request) -> web.Response:
        return self._one(self.contacts, request)

    def _one(self, rows: Rows, request: web.Request) -> web.Response:
        found = rows.get(int(request.match_info["id"]))
        return web.Response(status=404) if found is None else self._answer(found)

    def _answer(self, told: Any) -> web.Response:
        limits = {"X-RateLimit-Total": "400", "X-RateLimit-Remaining": str(self.left)}
        return web.json_response(told, headers=limits)
