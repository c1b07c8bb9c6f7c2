"""Organizations and users of the Zammad for tests.

Built from ``renders_models.rb``, ``can_search.rb``, ``user/search.rb`` and ``sql_helper.rb`` of
Zammad 6.5: what is searched for without words is answered by its database.

Its traps: at most 200 on a page, whatever is asked for; before 6.5 a condition is not looked at,
and nothing is found; the user with the id 1 is never found.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

PAGE_MAX = 200
FORMER = "2026-11-01T08:00:00.000Z"


@dataclass
class ZammadCustomers:
    """``conditional``: its version looks at conditions."""

    organizations: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"id": 9, "login": "callcenter", "active": True, "updated_at": FORMER}
        ]
    )
    conditional: bool = True
    _at: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC))

    def put(self, rows: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
        """A new one, or another state of what has its id."""
        self._at += timedelta(milliseconds=1)
        at = self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = next((one for one in rows if one["id"] == said["id"]), None)
        if row is None:
            rows.append(row := {"active": True})
        row.update({"updated_at": at, **said})
        return row

    def search(self, kind: str, rows: list[dict[str, Any]], asked: dict[str, Any]) -> web.Response:
        if not self.conditional:
            return web.json_response([])
        ((name, condition),) = asked["condition"].items()
        assert name == f"{kind}.updated_at"
        assert condition["operator"] == "after (absolute)"
        since = datetime.fromisoformat(condition["value"])
        found = [one for one in rows if datetime.fromisoformat(one["updated_at"]) >= since]
        assert (asked["sort_by"], asked["order_by"]) == ("updated_at,id", "asc,asc")
        found = sorted(found, key=lambda one: (one["updated_at"], one["id"]))
        size = min(asked["per_page"], PAGE_MAX)
        start = (asked["page"] - 1) * size
        return web.json_response([one for one in found if one["id"] != 1][start : start + size])

    def show(self, kind: str, rows: list[dict[str, Any]], number: int) -> web.Response:
        found = next((one for one in rows if one["id"] == number), None)
        if found is None:
            why = f"Couldn't find {kind.title()} with 'id'={number}"
            return web.json_response({"error": why, "error_human": why}, status=404)
        return web.json_response(found)
