"""A Zammad for tests: its REST interface, from its documentation and its own sources.

Built from docs.zammad.org (REST: tickets, articles, users, links) and, for what they leave out,
from ``tickets_controller.rb``, ``can_search.rb``, ``selector/sql.rb``,
``checks_core_workflow.rb``, ``handles_errors.rb``, ``link.rb`` and ``trigger_webhook_job.rb``.

Its traps: an unknown attribute is dropped from a new ticket; a condition without a value finds all
tickets, one of an unknown attribute is answered 422, with words for administrators alone; only
tickets of groups that the user may read are there; a merged ticket stays, and links to the other;
a pending one must say until when.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from tests.desks.faults import Faults
from tests.desks.trial import Filed
from tests.desks.zammad_customers import ZammadCustomers

TOKEN = "Y2FsbGNlbnRlcg-zammad"
SECRET = "signature token of the webhook"
UNKNOWN = "unknown-caller@example.com"

TYPES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "pending close": "pending action",
    "closed": "closed",
    "merged": "merged",
}
COLUMNS = {"title", "group", "state", "priority", "customer_id", "owner_id", "pending_time"}
SET_BY_ITSELF = {"number", "updated_at"}
HIDDEN = "Error ID kQ9-xTzM: Please contact your administrator."


def user(number: int, login: str, **known: Any) -> dict[str, Any]:
    return {"id": number, "login": login, "email": login, "active": True} | known


@dataclass
class ZammadServer:
    """``attributes`` are what an administrator added to tickets; ``rights`` our user's own."""

    attributes: set[str] = field(default_factory=lambda: {"call_id", "category"})
    rights: dict[str, list[str]] = field(default_factory=lambda: {"Support": ["full"]})
    groups: set[str] = field(default_factory=lambda: {"Support", "Sales"})
    removed: set[str] = field(default_factory=set)  # attributes that a workflow removes
    keeps: set[str] = field(default_factory=set)  # what a trigger sets back at each update
    users: list[dict[str, Any]] = field(
        default_factory=lambda: [user(3, UNKNOWN), user(4, "nadia", email="nadia@example.com")]
    )
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    articles: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)  # of a merger: into, what
    asked: list[tuple[str, Any]] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))
    customers: ZammadCustomers = field(default_factory=ZammadCustomers)
    _at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=1))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware, self._guard])
        add = app.router.add_route
        add("GET", "/api/v1/users/me", self._me)
        add("POST", "/api/v1/users/search", self._users)
        add("GET", r"/api/v1/users/{id:\d+}", self._user)
        add("POST", "/api/v1/organizations/search", self._organizations)
        add("GET", r"/api/v1/organizations/{id:\d+}", self._organization)
        add("GET", "/api/v1/ticket_states", self._states)
        add("GET", "/api/v1/ticket_priorities", self._priorities)
        add("POST", "/api/v1/tickets", self._create)
        add("POST", "/api/v1/tickets/search", self._search)
        add("GET", "/api/v1/tickets/{id}", self._show)
        add("PUT", "/api/v1/tickets/{id}", self._update)
        add("GET", "/api/v1/links", self._links)
        add("POST", "/api/v1/ticket_articles", self._article)
        return app

    # -- what somebody does there ----------------------------------------------------------------

    def numbers(self, key: str) -> list[str]:
        return [one["number"] for one in self.tickets.values() if one.get("call_id") == key]

    def numbered(self, number: str | None) -> dict[str, Any]:
        return next(one for one in self.tickets.values() if one["number"] == number)

    def change(self, number: str, **changed: Any) -> None:
        self.numbered(number).update(changed, updated_at=self._now())

    def delete(self, number: str) -> None:
        del self.tickets[self.numbered(number)["id"]]

    def merge(self, number: str, into: str) -> None:
        source, target = self.numbered(number), self.numbered(into)
        for article in self.articles:
            if article["ticket_id"] == source["id"]:
                article["ticket_id"] = target["id"]
        self.links = [(target["id"] if a == source["id"] else a, b) for a, b in self.links]
        self.links.append((target["id"], source["id"]))
        self.change(number, state="merged", owner_id=1)
        self.change(into)

    def filed(self, number: str) -> Filed:
        ticket = self.numbered(number)
        return ticket["priority"], ticket["category"]

    def webhook(self, number: str | None) -> tuple[Mapping[str, str], bytes]:
        """What its webhook sends of this ticket, each time with an id of its own."""
        body = json.dumps({"ticket": self.numbered(number), "article": {}}).encode()
        signed = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        return {
            "X-Zammad-Trigger": "callcenter",
            "X-Zammad-Delivery": str(uuid4()),
            "X-Hub-Signature": f"sha1={signed}",
        }, body

    # -- what it answers -------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            return _error(401, "Invalid BasicAuth credentials")
        body = await request.read()
        self.asked.append((f"{request.method} {request.path}", json.loads(body) if body else None))
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            return _error(404, "No route matches")
        return answer

    async def _me(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": 9, "login": "callcenter", "groups": self.rights})

    async def _users(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if "condition" in asked:
            return self.customers.search("user", self.customers.people, asked)
        words = re.findall(r'"([^"]*)"', asked["query"])
        found = [one for one in self.users if any(_says(one, word) for word in words)]
        return web.json_response(found)

    async def _user(self, request: web.Request) -> web.Response:
        known = self.customers
        return known.show("user", known.people, int(request.match_info["id"]))

    async def _organizations(self, request: web.Request) -> web.Response:
        known = self.customers
        return known.search("organization", known.organizations, await request.json())

    async def _organization(self, request: web.Request) -> web.Response:
        known = self.customers
        return known.show("organization", known.organizations, int(request.match_info["id"]))

    async def _states(self, _request: web.Request) -> web.Response:
        states = [
            {"name": name, "state_type": kind, "active": True} for name, kind in TYPES.items()
        ]
        return web.json_response(states)

    async def _priorities(self, _request: web.Request) -> web.Response:
        return web.json_response([{"id": 2, "name": "2 normal"}, {"id": 3, "name": "3 high"}])

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if refused := self._refused(wanted):
            return refused
        number = max([0, *self.tickets]) + 1
        columns = {name: wanted[name] for name in wanted.keys() & COLUMNS}
        own = {name: None if name in self.removed else wanted.get(name) for name in self.attributes}
        known = {"id": number, "number": str(31000 + number)}
        ticket = {**known, "state": "new", "priority": "2 normal", **columns, **own}
        self.tickets[number] = ticket | {"updated_at": self._now()}
        self.articles.append(wanted["article"] | {"ticket_id": number})
        return web.json_response(self.tickets[number], status=201)

    def _refused(self, wanted: dict[str, Any]) -> web.Response | None:
        if wanted["group"] not in self.groups:
            return _error(422, f"No lookup value found for 'group': \"{wanted['group']}\"")
        if wanted["group"] not in self.rights:
            return _error(403, "Not authorized")
        customer = self._customer(wanted)
        if customer is None:
            return _error(422, "No lookup value found for 'customer'")
        if isinstance(customer, str):
            return _error(422, f"Invalid email '{customer}' of customer")
        wanted["customer_id"] = customer
        return None

    def _customer(self, wanted: dict[str, Any]) -> int | str | None:
        by_id = wanted.get("customer_id")
        if isinstance(by_id, str):
            address = by_id.removeprefix("guess:")
            if "@" not in address:
                return address
            self.users.append(user(len(self.users) + 10, address))
            return int(self.users[-1]["id"])
        named = (one["id"] for one in self.users if one["login"] == wanted.get("customer"))
        return by_id or next(named, None)

    async def _search(self, request: web.Request) -> web.Response:
        asked = await request.json()
        found = [one for one in self.tickets.values() if one["group"] in self.rights]
        for name, condition in asked["condition"].items():
            value = condition["value"]
            if value == []:
                continue  # no condition at all, and not a word of it
            kind, column = name.split(".")
            if kind == "ticket" and column not in self.attributes | COLUMNS | {
                "number",
                "updated_at",
            }:
                return _error(422, HIDDEN)
            found = [one for one in found if self._fits(one, name, condition["operator"], value)]
        found.sort(key=lambda one: one[asked["sort_by"]])
        start = (asked["page"] - 1) * asked["per_page"]
        return web.json_response(found[start : start + min(asked["per_page"], 200)])

    def _fits(self, ticket: dict[str, Any], name: str, operator: str, value: Any) -> bool:
        column = name.split(".")[1]
        match operator:
            case "is":
                return ticket.get(column) in value
            case "after (absolute)":
                at = datetime.fromisoformat(ticket[column])
                return at >= datetime.fromisoformat(value)
            case "contains":
                bodies = [one["body"] for one in self.articles if one["ticket_id"] == ticket["id"]]
                return any(value in body for body in bodies)
        raise AssertionError(operator)

    async def _show(self, request: web.Request) -> web.Response:
        ticket = self.tickets.get(int(request.match_info["id"]))
        if ticket is None:
            return _error(404, f"Couldn't find Ticket with 'id'={request.match_info['id']}")
        if ticket["group"] not in self.rights:
            return _error(403, "Not authorized")
        return web.json_response(ticket)

    async def _update(self, request: web.Request) -> web.Response:
        ticket, wanted = self.tickets[int(request.match_info["id"])], await request.json()
        if wanted.get("state") not in {None, *TYPES}:
            return _error(422, f"No lookup value found for 'state': \"{wanted['state']}\"")
        if "pending" in wanted.get("state", "") and "pending_time" not in wanted:
            return _error(422, "Missing required value for field 'pending_time'!")
        kept = {name: ticket[name] for name in self.keeps}
        wanted = {name: wanted[name] for name in wanted.keys() & (COLUMNS | self.attributes)}
        self.change(ticket["number"], **wanted | kept)
        return web.json_response(ticket)

    async def _links(self, request: web.Request) -> web.Response:
        number = int(request.query["link_object_value"])
        found = [("parent", into) for into, what in self.links if what == number]
        found += [("child", what) for into, what in self.links if into == number]
        named = ("link_type", "link_object_value")
        links = [dict(zip(named, one, strict=True), link_object="Ticket") for one in found]
        return web.json_response({"links": links, "assets": {}})

    async def _article(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        self.articles.append(wanted)
        self.change(self.tickets[wanted["ticket_id"]]["number"])
        return web.json_response(wanted | {"id": len(self.articles)}, status=201)

    def _now(self) -> str:
        """A millisecond later than ever before: its clock has no more of them."""
        self._at += timedelta(milliseconds=1)
        return self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path in ("/api/v1/tickets", "/api/v1/tickets/search")


def _says(one: dict[str, Any], word: str) -> bool:
    """Whether one of its fields has these words, one after the other, as its index has them."""
    found = (re.findall(r"[\w.@]+", str(value)) for value in one.values())
    words = re.findall(r"[\w.@]+", word)
    return any(words == said[at : at + len(words)] for said in found for at in range(len(said)))


def _error(status: int, why: str) -> web.Response:
    return web.json_response({"error": why, "error_human": why}, status=status)
