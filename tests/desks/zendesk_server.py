"""A Zendesk for tests: its REST interface, from its documentation.

Built from developer.zendesk.com (Tickets, Ticket Comments, Groups, Users, Incremental Exports, Talk
Partner Edition, Idempotency, Webhooks: anatomy and verifying).

Its traps: the same ``Idempotency-Key`` is answered with the same ticket, and with 400 where the
request is another; a closed ticket takes nothing; a merged one is closed, and only its last comment
tells into which; archived tickets are in no list, and its search is minutes behind; what changed
within a minute is in no export.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.desks.faults import Faults
from tests.desks.trial import Filed
from tests.desks.zendesk_customers import ZendeskCustomers

USER, TOKEN = "callcenter@example.com", "zendesk-api-token"
SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
LOGIN = base64.b64encode(f"{USER}/token:{TOKEN}".encode()).decode()

ABOUT = {
    "id": 81,
    "title": "About",
    "type": "tagger",
    "active": True,
    "custom_field_options": [{"id": 1, "name": "Machines", "value": "about_machines"}],
}


@dataclass
class ZendeskServer:
    """``keys`` has each request that made a ticket, by its Idempotency-Key."""

    groups: dict[str, int] = field(default_factory=lambda: {"Sales": 1, "Support": 2})
    agents: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": 4, "email": "Nadia@example.com"}, {"id": 5, "email": None}]
    )
    page: int = 100  # of groups, agents and comments at most
    keeps: set[str] = field(default_factory=set)  # what a trigger sets back at each update
    archived: set[int] = field(default_factory=set)
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    own: dict[int, str] = field(default_factory=dict)  # what tickets have in the field 81
    comments: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    keys: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    shown: list[tuple[int, int]] = field(default_factory=list)  # on an agent's screen, a ticket
    asked: list[tuple[str, Any]] = field(default_factory=list)
    deliveries: int = 0
    customers: ZendeskCustomers = field(default_factory=ZendeskCustomers)
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))
    _indexed: dict[int, str] = field(default_factory=dict)
    _at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware, self._guard])
        add = app.router.add_route
        add("GET", "/api/v2/tickets.json", self._list)
        add("POST", "/api/v2/tickets.json", self._create)
        add("POST", "/api/v2/channels/voice/tickets.json", self._create)
        add("GET", "/api/v2/search.json", self._search)
        add("GET", "/api/v2/tickets/{id}.json", self._show)
        add("PUT", "/api/v2/tickets/{id}.json", self._update)
        add("GET", "/api/v2/tickets/{id}/comments.json", self._comments)
        add("GET", "/api/v2/ticket_fields.json", self._fields)
        add("GET", "/api/v2/groups.json", self._groups)
        add("GET", "/api/v2/groups/{id}/users.json", self._agents)
        add("GET", "/api/v2/incremental/tickets/cursor.json", self._export)
        app.add_routes(self.customers.routes())
        return app

    # -- what somebody does there ----------------------------------------------------------------

    def numbers(self, key: str) -> list[str]:
        return [str(one["id"]) for one in self.tickets.values() if one["external_id"] == key]

    def numbered(self, number: str) -> dict[str, Any]:
        return self.tickets[int(number)]

    def change(self, number: str, **changed: Any) -> None:
        self._at += timedelta(seconds=1)
        self.numbered(number).update(changed, generated_timestamp=int(self._at.timestamp()))

    def delete(self, number: str) -> None:
        del self.tickets[int(number)]

    def index(self) -> None:
        """Some minutes pass."""
        self._indexed = {number: one["external_id"] for number, one in self.tickets.items()}

    def merge(self, number: str, into: str, words: str | None = None) -> None:
        said = words or f'This request was closed and merged into request #{into} "Printer".'
        self.comments.append((int(number), {"body": said, "public": False}))
        self.change(number, status="closed", tags=["closed_by_merge"])
        self.change(into)

    def filed(self, number: str) -> Filed:
        ticket = self.numbered(number)
        return ticket["priority"], self.own.get(int(number))

    def webhook(
        self, number: str, at: datetime | None = None, body: bytes | None = None
    ) -> tuple[Mapping[str, str], bytes]:
        """What its webhook sends of this ticket, each time with an id of its own."""
        self.deliveries += 1
        sent = f"{at or datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        body = body or json.dumps({"ticket_id": number}).encode()
        signed = hmac.new(SECRET.encode(), sent.encode() + body, hashlib.sha256).digest()
        return {
            "x-zendesk-webhook-invocation-id": str(8350205000 + self.deliveries),
            "x-zendesk-webhook-signature": base64.b64encode(signed).decode(),
            "x-zendesk-webhook-signature-timestamp": sent,
        }, body

    # -- what it answers -------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Basic {LOGIN}":
            return web.json_response({"error": "Couldn't authenticate you"}, status=401)
        body = await request.read()
        self.asked.append((f"{request.method} {request.path}", json.loads(body) if body else None))
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        wanted = request.query["external_id"]
        found = [one for one in self.tickets.values() if one["external_id"] == wanted]
        found = [one for one in found if one["id"] not in self.archived]
        return web.json_response({"tickets": found[::-1], "count": len(found)})

    async def _search(self, request: web.Request) -> web.Response:
        quoted = re.fullmatch(r'type:ticket external_id:"(.*)"', request.query["query"])
        assert quoted
        found = [number for number, key in self._indexed.items() if key == quoted[1]]
        results = [{"id": number, "result_type": "ticket"} for number in found]
        return web.json_response({"results": results, "count": len(results)})

    async def _create(self, request: web.Request) -> web.Response:
        key, body = request.headers["Idempotency-Key"], await request.read()
        if key in self.keys:
            before, number = self.keys[key]
            if before != body:
                why = "Request parameters don't match the given idempotency key"
                return _error(400, "IdempotentRequestError", why)
            ticket = self.tickets.get(number, {"id": number, "status": "new"})
            hit = {"x-idempotency-lookup": "hit"}
            return web.json_response({"ticket": ticket}, status=201, headers=hit)
        wanted = json.loads(body)
        ticket = wanted["ticket"]
        if refused := self._refused(ticket):
            return refused
        number = len(self.keys) + 101
        self.keys[key] = (body, number)
        self.comments.append((number, ticket.pop("comment")))
        self.tickets[number] = {"id": number, "status": "new", "tags": [], **ticket}
        self.change(str(number))
        if "display_to_agent" in wanted:
            self.shown.append((wanted["display_to_agent"], number))
        return web.json_response({"ticket": self.tickets[number], "audit": {}}, status=201)

    def _refused(self, ticket: dict[str, Any]) -> web.Response | None:
        if ticket["group_id"] not in self.groups.values():
            return _invalid("group", "Group is invalid")
        if "assignee_id" in ticket and ticket["assignee_id"] not in [a["id"] for a in self.agents]:
            return _invalid("assignee", "Assignee is not a member of the group")
        if "@" not in ticket.get("requester", {"email": "@"})["email"]:
            return _invalid("requester", "Requester: Email is not properly formatted")
        return None

    async def _show(self, request: web.Request) -> web.Response:
        number = request.match_info["id"]
        if not number.isdecimal() or int(number) not in self.tickets:
            return _error(404, "RecordNotFound", "Not found")
        return web.json_response({"ticket": self._told(int(number))})

    def _told(self, number: int) -> dict[str, Any]:
        own = {"id": ABOUT["id"], "value": self.own.get(number)}
        return {**self.tickets[number], "custom_fields": [own]}

    async def _update(self, request: web.Request) -> web.Response:
        number, wanted = request.match_info["id"], (await request.json())["ticket"]
        if self.numbered(number)["status"] == "closed":
            return _invalid("status", "Status: closed prevents ticket update")
        if "comment" in wanted:
            self.comments.append((int(number), wanted.pop("comment")))
        for one in wanted.pop("custom_fields", ()):
            assert one["id"] == ABOUT["id"]
            self.own[int(number)] = one["value"]
        kept = {name: self.numbered(number)[name] for name in self.keeps}
        self.change(number, **wanted | kept)
        return web.json_response({"ticket": self._told(int(number))})

    async def _comments(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        found = [comment for one, comment in self.comments if one == number]
        assert request.query["sort"] == "-created_at"
        return self._paged(request, "comments", found[::-1])

    async def _fields(self, request: web.Request) -> web.Response:
        known = {"id": 80, "title": "About", "type": "text", "active": True}
        return self._paged(request, "ticket_fields", [known, ABOUT])

    async def _groups(self, request: web.Request) -> web.Response:
        groups = [{"id": number, "name": name} for name, number in self.groups.items()]
        return self._paged(request, "groups", groups)

    async def _agents(self, request: web.Request) -> web.Response:
        return self._paged(request, "users", self.agents)

    def _paged(self, request: web.Request, name: str, found: list[Any]) -> web.Response:
        start = int(request.query.get("page[after]", "0"))
        end = start + min(int(request.query["page[size]"]), self.page)
        meta = {"has_more": end < len(found), "after_cursor": str(end)}
        return web.json_response({name: found[start:end], "meta": meta, "links": {}})

    async def _export(self, request: web.Request) -> web.Response:
        settled = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp())
        since, start = int(request.query.get("start_time", "0")), 0
        if "cursor" in request.query:
            since, start = map(int, request.query["cursor"].split("-"))
        if since > settled:
            return _error(400, "InvalidValue", "Too recent start_time. Use a start_time older")
        found = [one for one in self.tickets.values() if since <= _changed(one) <= settled]
        found.sort(key=_changed)
        end = start + int(request.query["per_page"])
        page = {"tickets": found[start:end], "after_cursor": f"{since}-{end}"}
        return web.json_response({**page, "end_of_stream": end >= len(found)})


def _changed(ticket: dict[str, Any]) -> int:
    at: int = ticket["generated_timestamp"]
    return at


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path.endswith(("/tickets.json", "/search.json"))


def _error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "description": description}, status=status)


def _invalid(name: str, description: str) -> web.Response:
    details = {name: [{"description": description, "error": "InvalidValue"}]}
    told = {"error": "RecordInvalid", "description": "Record validation errors"}
    return web.json_response({**told, "details": details}, status=422)
