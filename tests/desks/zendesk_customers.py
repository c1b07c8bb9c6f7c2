"""Organizations and users of the Zendesk for tests.

Built from developer.zendesk.com (Organizations, Users, Cursor pagination, Incremental Exports, Rate
limits).

Its traps: agents are users, too; lists leave out what was deleted, exports and single users do not;
what changed within a minute is in no export, and no export is asked from there; that of
organizations has no cursor, but a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

Rows = dict[int, dict[str, Any]]


@dataclass
class ZendeskCustomers:
    """``left`` is what its answers say is left of 700 requests a minute."""

    organizations: Rows = field(default_factory=dict)
    users: Rows = field(default_factory=dict)
    left: int = 690
    _at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def put(self, rows: Rows, number: int, **said: Any) -> None:
        """A new one, or another state of it."""
        self._at += timedelta(seconds=1)
        fresh = {"id": number, "active": True, "role": "end-user"}
        rows[number] = rows.get(number, fresh) | {"updated": int(self._at.timestamp())} | said

    def routes(self) -> Sequence[web.RouteDef]:
        root = "/api/v2"
        return [
            web.get(f"{root}/organizations.json", self._organizations),
            web.get(f"{root}/users.json", self._users),
            web.get(root + r"/organizations/{id:\d+}.json", self._organization),
            web.get(root + r"/users/{id:\d+}.json", self._user),
            web.get(f"{root}/incremental/organizations.json", self._changed_organizations),
            web.get(f"{root}/incremental/users/cursor.json", self._changed_users),
        ]

    async def _organizations(self, request: web.Request) -> web.Response:
        found = [one for one in self.organizations.values() if not one.get("deleted_at")]
        return self._list(request, "organizations", found)

    async def _users(self, request: web.Request) -> web.Response:
        return self._list(request, "users", [one for one in self.users.values() if one["active"]])

    def _list(self, request: web.Request, name: str, rows: list[dict[str, Any]]) -> web.Response:
        after, size = int(request.query.get("page[after]", 0)), int(request.query["page[size]"])
        found = sorted((one for one in rows if one["id"] > after), key=lambda one: one["id"])
        page = found[:size]
        cursor = str(page[-1]["id"]) if page else None
        meta = {"has_more": len(found) > size, "after_cursor": cursor}
        return self._answer({name: page, "meta": meta})

    async def _organization(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        found = self.organizations.get(number)
        return self._one("organization", None if found and found.get("deleted_at") else found)

    async def _user(self, request: web.Request) -> web.Response:
        return self._one("user", self.users.get(int(request.match_info["id"])))

    def _one(self, name: str, found: dict[str, Any] | None) -> web.Response:
        if found is None:
            return self._answer({"error": "RecordNotFound", "description": "Not found"}, 404)
        return self._answer({name: found})

    async def _changed_organizations(self, request: web.Request) -> web.Response:
        since, size = int(request.query["start_time"]), int(request.query["per_page"])
        if since > _settled():
            return self._too_recent()
        found = _since(self.organizations, since)
        page = found[:size]
        end = page[-1]["updated"] if page else since
        told = {"end_time": end, "end_of_stream": len(found) <= size, "count": len(page)}
        return self._answer({"organizations": page, **told})

    async def _changed_users(self, request: web.Request) -> web.Response:
        size, start = int(request.query["per_page"]), 0
        if "cursor" in request.query:
            since, start = map(int, request.query["cursor"].split("-"))
        else:
            since = int(request.query["start_time"])
        if since > _settled():
            return self._too_recent()
        found, end = _since(self.users, since), start + size
        told = {"after_cursor": f"{since}-{end}", "end_of_stream": end >= len(found)}
        return self._answer({"users": found[start:end], **told})

    def _too_recent(self) -> web.Response:
        why = "Too recent start_time. Use a start_time older than 60 seconds"
        return self._answer({"error": "InvalidValue", "description": why}, 400)

    def _answer(self, told: dict[str, Any], status: int = 200) -> web.Response:
        limits = {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": str(self.left)}
        return web.json_response(told, status=status, headers=limits)


def _settled() -> int:
    return int((datetime.now(UTC) - timedelta(minutes=1)).timestamp())


def _since(rows: Rows, since: int) -> list[dict[str, Any]]:
    found = [one for one in rows.values() if since <= one["updated"] <= _settled()]
    return sorted(found, key=lambda one: one["updated"])
