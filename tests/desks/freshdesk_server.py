"""A Freshdesk for tests: its REST interface, from its documentation.

Built from developers.freshdesk.com (Tickets, Conversations, Ticket Fields, Search, Errors).

Its traps: what is searched for stands in quotes, and the index is minutes behind; the list leaves
out what was deleted, and what is asked for by number does not; a missing ticket is 404 without a
word; an unknown field is refused; who calls becomes a contact.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

from aiohttp import web

from tests.desks.faults import Faults
from tests.desks.freshdesk_customers import FreshdeskCustomers
from tests.desks.trial import Filed

KEY = "freshdesk-api-key"
SECRET = "what the header has"
LOGIN = base64.b64encode(f"{KEY}:X".encode()).decode()
COLUMNS = {"subject", "description", "status", "priority", "source", "group_id", "responder_id"}
COLUMNS |= {"requester_id", "email", "phone", "name", "type"}
FOUND = 30  # results of a search on a page


def form(**changed: Any) -> list[dict[str, Any]]:
    """Its ticket form; ``changed`` are choices, or whole fields, by name."""
    fields = {
        "requester": {"type": "default_requester", "required_for_agents": True},
        "subject": {"type": "default_subject", "required_for_agents": True},
        "group": {"type": "default_group", "choices": {"Sales": 1, "Support": 2}},
        "agent": {"type": "default_agent", "choices": {"Nadia Martin": 4}},
        "status": {"type": "default_status", "choices": {"2": ["Open", "Open"]}},
        "ticket_type": {"type": "default_ticket_type", "choices": ["Question", "Incident"]},
        "cf_call_id": {"type": "custom_text"},
    }
    return [{"name": name, **one} for name, one in (fields | changed).items() if one]


@dataclass
class FreshdeskServer:
    """``lags``: nothing that is made or deleted is in the index, until ``index`` is called."""

    fields: list[dict[str, Any]] = field(default_factory=form)
    lags: bool = True
    keeps: set[str] = field(default_factory=set)  # what an automation sets back at each update
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    notes: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    contacts: list[Mapping[str, str]] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    deliveries: int = 0
    customers: FreshdeskCustomers = field(default_factory=FreshdeskCustomers)
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))
    _indexed: dict[int, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware, self._guard])
        add = app.router.add_route
        add("GET", "/api/v2/ticket_fields", self._fields)
        add("GET", "/api/v2/tickets", self._list)
        add("POST", "/api/v2/tickets", self._create)
        add("GET", "/api/v2/tickets/{id}", self._show)
        add("PUT", "/api/v2/tickets/{id}", self._update)
        add("GET", "/api/v2/search/tickets", self._search)
        add("GET", "/api/v2/tickets/{id}/conversations", self._conversations)
        add("POST", "/api/v2/tickets/{id}/notes", self._note)
        app.add_routes(self.customers.routes())
        return app

    # -- what somebody does there ----------------------------------------------------------------

    def numbers(self, key: str) -> list[str]:
        return [str(one["id"]) for one in self.tickets.values() if _key(one) == key]

    def numbered(self, number: str) -> dict[str, Any]:
        return self.tickets[int(number)]

    def change(self, number: str, **changed: Any) -> None:
        self.numbered(number).update(changed, updated_at=_now())

    def delete(self, number: str) -> None:
        self.change(number, deleted=True)

    def age(self, number: str, at: str) -> None:
        """Nobody touched it since."""
        self.numbered(number).update(created_at=at, updated_at=at)

    def index(self) -> None:
        """Some minutes pass."""
        self._indexed = {n: one for n, one in self.tickets.items() if not one["deleted"]}

    def filed(self, number: str) -> Filed:
        ticket = self.numbered(number)
        return ticket["priority"], ticket["type"]

    def webhook(self, number: str, body: Any = None) -> tuple[Mapping[str, str], bytes]:
        """What a rule sends when the ticket changed, each time at another time."""
        self.deliveries += 1
        hook = {"ticket_id": number, "at": f"2026-11-23T09:{self.deliveries:02}:00Z"}
        sent = json.dumps(body or {"freshdesk_webhook": hook}).encode()
        return {"X-Callcenter-Secret": SECRET}, sent

    # -- what it answers -------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Basic {LOGIN}":
            why = "You have to be logged in to perform this action."
            return web.json_response({"code": "invalid_credentials", "message": why}, status=401)
        body = await request.read()
        self.asked.append((f"{request.method} {request.path}", json.loads(body) if body else None))
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            return web.Response(status=404)
        return answer

    async def _fields(self, _request: web.Request) -> web.Response:
        return web.json_response(self.fields)

    async def _list(self, request: web.Request) -> web.Response:
        asked = request.query
        assert asked["order_type"] == "asc"
        since = datetime.fromisoformat(asked["updated_since"])
        found = [one for one in self.tickets.values() if not one["deleted"]]
        found = [one for one in found if datetime.fromisoformat(one["updated_at"]) >= since]
        found.sort(key=lambda one: one[asked["order_by"]])
        start = (int(asked["page"]) - 1) * int(asked["per_page"])
        return web.json_response(found[start : start + min(int(asked["per_page"]), 100)])

    async def _search(self, request: web.Request) -> web.Response:
        query = request.query["query"]
        quoted = re.fullmatch(r"\"(.+)\"", query)
        if quoted is None or len(query) > 512:
            return _invalid("query", "Given query is invalid.")
        wanted = dict(re.findall(r"(cf_\w+):'([^']*)'", quoted[1])[:1])
        keys = re.findall(r"'([^']*)'", quoted[1])
        if not wanted.keys() <= {one["name"] for one in self.fields}:
            return _invalid(*wanted, "Unexpected/invalid field in request")
        if not self.lags:
            self.index()
        found = [one for one in self._indexed.values() if _key(one) in keys]
        start = (int(request.query.get("page", "1")) - 1) * FOUND
        return web.json_response({"total": len(found), "results": found[start : start + FOUND]})

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if refused := self._refused(wanted):
            return refused
        if "phone" in wanted:
            self.contacts.append({"phone": wanted["phone"], "name": wanted["name"]})
        number, now = len(self.tickets) + 1, _now()
        ticket = {"id": number, **wanted, "deleted": False, "created_at": now, "updated_at": now}
        self.tickets[number] = ticket
        return web.json_response(ticket, status=201)

    def _refused(self, wanted: dict[str, Any]) -> web.Response | None:
        names = {one["name"] for one in self.fields}
        unknown = [*(wanted.keys() - COLUMNS - {"custom_fields"})]
        unknown += [*(wanted["custom_fields"].keys() - names)]
        if unknown:
            return _invalid(unknown[0], "Unexpected/invalid field in request", "invalid_field")
        if "phone" in wanted and "name" not in wanted:
            return _invalid("name", "It should be present with the phone", "missing_field")
        if not wanted.keys() & {"requester_id", "email", "phone"}:
            return _invalid("requester_id", "One of the attributes should be present")
        if "@" not in wanted.get("email", "@"):
            return _invalid("email", "It should be in the 'valid email address' format")
        return None

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._ticket(request))

    async def _update(self, request: web.Request) -> web.Response:
        ticket, wanted = self._ticket(request), await request.json()
        kept = {name: ticket[name] for name in self.keeps}
        self.change(str(ticket["id"]), **wanted | kept)
        return web.json_response(ticket)

    async def _conversations(self, request: web.Request) -> web.Response:
        number, size = self._ticket(request)["id"], int(request.query["per_page"])
        found = [note for one, note in self.notes if one == number]
        start = (int(request.query["page"]) - 1) * size
        return web.json_response(found[start : start + size])

    async def _note(self, request: web.Request) -> web.Response:
        ticket, wanted = self._ticket(request), await request.json()
        text = unescape(re.sub(r"<[^>]*>", " ", wanted["body"]))
        note = {"id": len(self.notes) + 1, **wanted, "body_text": text}
        self.notes.append((ticket["id"], note))
        self.change(str(ticket["id"]))
        return web.json_response(note, status=201)

    def _ticket(self, request: web.Request) -> dict[str, Any]:
        ticket = self.tickets.get(int(request.match_info["id"]))
        if ticket is None:
            raise web.HTTPNotFound
        return ticket


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _key(ticket: dict[str, Any]) -> str | None:
    found: str | None = ticket["custom_fields"].get("cf_call_id")
    return found


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path in ("/api/v2/tickets", "/api/v2/search/tickets")


def _invalid(name: str, message: str, code: str = "invalid_value") -> web.Response:
    mistake = {"field": name, "message": message, "code": code}
    return web.json_response({"description": "Validation failed", "errors": [mistake]}, status=400)
