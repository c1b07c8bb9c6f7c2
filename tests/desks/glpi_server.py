"""A GLPI 11 for tests: version 2 of its high-level interface, from its sources.

Built from ``src/Glpi/Api/HL`` of GLPI 11 (``ITILController``, ``AdministrationController``,
``AbstractController``, ``ResourceAccessor``, ``Search``, ``RSQL/Lexer`` and ``RSQL/Parser``),
``src/Glpi/Team/Team.php`` and ``src/Webhook.php``.

Its traps: a new ticket is answered 200, a refused one 500; nobody is let in by the grant for
machines; who may see no ticket is given an empty list; tickets in the bin are found and read like
the rest; text is compared without case and accents; a filter by an unknown property is refused; a
follow-up is wrapped up; only within an entity does it list who is of that one, and who has two
profiles there twice; a closed ticket is changed by nobody; the web server takes no long address.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from tests.desks.faults import Faults
from tests.desks.trial import Filed

ROOT = "/api.php/v2.0"
CLIENT = {"client_id": "callcenter-client", "client_secret": "client secret"}
USER = {"username": "callcenter", "password": "user password"}
SECRET = "secret of the webhook"
LYON = timezone(timedelta(hours=1))
TICKET = {"name", "content", "type", "external_id"}
CHOSEN = {"entity", "category", "request_type"}
CLOSED = 6
ADDRESS_MAX = 8190
"""Of Apache, in front of it."""

CONDITION = r"""(\w+)(==|=in=|=gt=)("[^"]*"|'[^']*'|\([^)]*\)|[^;,]+)"""


def user(number: int, username: str, **known: Any) -> dict[str, Any]:
    return {"id": number, "username": username, "is_active": True, "is_deleted": False} | known


@dataclass
class GlpiServer:
    """``sees`` is whether our user may see tickets; ``mandatory`` are fields of its template."""

    sees: bool = True
    mandatory: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)  # what a rule sets back at each update
    assignable: bool = True
    users: list[dict[str, Any]] = field(
        default_factory=lambda: [
            user(7, "nadia"),
            user(8, "Nadia"),
            user(9, "gone", is_deleted=True),
        ]
    )
    lists: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            "Administration/Entity": [
                {"id": 0, "name": "Root entity", "completename": "Root entity"},
                {"id": 3, "name": "Lyon", "completename": "Root entity > Lyon"},
            ],
            "Dropdowns/ITILCategory": [
                {"id": 11, "name": "Printer", "completename": "Hardware > Printer"}
            ],
            "Dropdowns/RequestType": [{"id": 4, "name": "phone"}, {"id": 3, "name": "Phone"}],
        }
    )
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    teams: list[tuple[int, int, int]] = field(default_factory=list)  # ticket, user, part
    followups: list[dict[str, Any]] = field(default_factory=list)
    solutions: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    logins: int = 0
    faults: Faults = field(default_factory=lambda: Faults(_is_of_tickets))
    _at: datetime = field(default_factory=lambda: datetime.now(LYON) - timedelta(hours=1))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.faults.middleware, self._guard])
        add, ticket = app.router.add_route, f"{ROOT}/Assistance/Ticket"
        add("POST", "/api.php/token", self._let_in)
        add("GET", ticket, self._search)
        add("POST", ticket, self._create)
        add("GET", ticket + r"/{id:\d+}", self._show)
        add("PATCH", ticket + r"/{id:\d+}", self._update)
        add("POST", ticket + r"/{id:\d+}/TeamMember", self._join)
        add("GET", ticket + r"/{id:\d+}/Timeline/Followup", self._followups)
        add("POST", ticket + r"/{id:\d+}/Timeline/Followup", self._follow_up)
        add("POST", ticket + r"/{id:\d+}/Timeline/Solution", self._solve)
        add("GET", ROOT + "/Administration/User", self._users)
        add("GET", ROOT + r"/Administration/User/{id:\d+}", self._user)
        add("GET", ROOT + r"/Administration/Entity/{id:\d+}", self._entity)
        add("GET", ROOT + "/{list:(?:Administration|Dropdowns)/[A-Za-z]+}", self._list)
        return app

    # -- what somebody does there ----------------------------------------------------------------

    def numbers(self, key: str) -> list[str]:
        return [str(one["id"]) for one in self.tickets.values() if one["external_id"] == key]

    def change(self, number: str, **changed: Any) -> None:
        self.tickets[int(number)].update(changed, date_mod=self._now())

    def delete(self, number: str) -> None:
        """Into the bin."""
        self.change(number, is_deleted=True)

    def filed(self, number: str) -> Filed:
        ticket = self.tickets[int(number)]
        return ticket["urgency"], ticket["category"]["id"]

    def webhook(
        self, number: str, *, followup: bool = False, **changed: Any
    ) -> tuple[Mapping[str, str], bytes]:
        """What its queue has of this ticket, once it changed."""
        self.change(number)
        ticket = self.tickets[int(number)]
        told: dict[str, Any] = {"event": "update", "item": ticket}
        if followup:
            item = {"id": 71, "itemtype": "Ticket", "items_id": ticket["id"], "content": "Seen"}
            told = {"event": "new", "item": item, "parent_item": ticket}
        return signed(json.dumps(told | changed).encode())

    # -- what it answers -------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        if len(request.raw_path) > ADDRESS_MAX:
            return web.Response(status=414, text="<h1>Request-URI Too Long</h1>")
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path.startswith(ROOT) and token not in self.tokens:
            return _problem(401, "ERROR_SESSION_TOKEN_INVALID", "Invalid or missing session token")
        try:
            answer: web.StreamResponse = await handler(request)
        except web.HTTPNotFound:
            if not request.path.startswith(ROOT):
                raise
            return _problem(404, "ERROR_ITEM_NOT_FOUND", "Not found")
        return answer

    async def _let_in(self, request: web.Request) -> web.Response:
        asked = dict(await request.post())
        if any(asked[key] != CLIENT[key] for key in CLIENT):
            return _no_token(401, "invalid_client", "Client authentication failed")
        if asked["grant_type"] == "password" and any(asked[key] != USER[key] for key in USER):
            return _no_token(400, "invalid_grant", "The user credentials were incorrect.")
        self.logins += 1
        token = f"token-{self.logins}"
        if asked["grant_type"] == "password":
            self.tokens.add(token)  # without a user, it opens nothing
        return web.json_response(
            {"token_type": "Bearer", "expires_in": 3600, "access_token": token}
        )

    async def _search(self, request: web.Request) -> web.Response:
        found = list(self.tickets.values()) if self.sees else []
        return self._page(request, found)

    async def _users(self, request: web.Request) -> web.Response:
        entity, found = request.headers.get("GLPI-Entity"), self.users
        if entity is not None:
            assert request.headers["GLPI-Entity-Recursive"] == "false"
            found = [
                one for one in found for each in one.get("entities", ()) if each == int(entity)
            ]
        return self._page(request, found)

    async def _user(self, request: web.Request) -> web.Response:
        return self._by_id(self.users, request)

    async def _entity(self, request: web.Request) -> web.Response:
        return self._by_id(self.lists["Administration/Entity"], request)

    def _by_id(self, rows: list[dict[str, Any]], request: web.Request) -> web.Response:
        wanted = int(request.match_info["id"])
        found = next((one for one in rows if one["id"] == wanted), None)
        if found is None:
            raise web.HTTPNotFound
        return web.json_response(found)

    async def _list(self, request: web.Request) -> web.Response:
        return self._page(request, self.lists[request.match_info["list"]])

    def _page(self, request: web.Request, found: list[dict[str, Any]]) -> web.Response:
        try:
            found = [one for one in found if _fits(one, request.query.get("filter", ""))]
        except KeyError as error:
            return _problem(400, "ERROR_INVALID_PARAMETER", f"Unknown property {error}")
        for order in reversed(request.query.get("sort", "").split(",")):
            name, _, way = order.partition(":")
            if name:
                found.sort(key=lambda one, by=name: one[by], reverse=way == "desc")
        start, limit = int(request.query.get("start", 0)), int(request.query.get("limit", 100))
        page = found[start : start + limit]
        has_more = start + limit < len(found)
        return web.json_response(page, status=206 if has_more else 200)

    async def _create(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if lacking := self.mandatory - wanted.keys():
            message = {"priority": "error", "message": f"Mandatory fields: {sorted(lacking)}"}
            return _problem(500, "ERROR", "Failed to create item(s)", additional_messages=[message])
        number = max([0, *self.tickets]) + 1
        self.tickets[number] = {
            "id": number,
            "status": {"id": 1, "name": "New"},
            "urgency": 3,
            "category": None,
            "is_deleted": False,
            "date_mod": self._now(),
            "external_id": None,
            **{name: wanted[name] for name in wanted.keys() & TICKET},
            **{name: wanted[name] for name in wanted.keys() & CHOSEN},
        }
        path = f"/Assistance/Ticket/{number}"
        return web.json_response({"id": number, "href": path}, headers={"Location": path})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._ticket(request))

    async def _update(self, request: web.Request) -> web.Response:
        ticket, wanted = self._ticket(request), await request.json()
        if ticket["status"]["id"] == CLOSED:
            return _problem(403, "ERROR_RIGHT_MISSING", "You don't have permission")
        kept = {name: ticket[name] for name in self.kept}
        self.change(str(ticket["id"]), **wanted | kept)
        return web.json_response(ticket)

    async def _join(self, request: web.Request) -> web.Response:
        ticket, wanted = self._ticket(request), await request.json()
        if not self.assignable:
            return _problem(400, "ERROR_INVALID_PARAMETER", "One or more parameters are invalid")
        self.teams.append((ticket["id"], wanted["id"], wanted["role"]))
        if wanted["role"] == 2:
            self.change(str(ticket["id"]), status={"id": 2})
        return web.json_response(None, status=201)

    async def _followups(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        found = [one for one in self.followups if one["items_id"] == ticket["id"]]
        return web.json_response([{"type": "Followup", "item": one} for one in found])

    async def _follow_up(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        self.followups.append(await request.json() | {"items_id": ticket["id"]})
        self.change(str(ticket["id"]))
        return web.json_response({"id": len(self.followups), "href": "/"})

    async def _solve(self, request: web.Request) -> web.Response:
        ticket = self._ticket(request)
        self.solutions.append(await request.json() | {"items_id": ticket["id"]})
        if "status" not in self.kept:
            self.change(str(ticket["id"]), status={"id": 5})
        return web.json_response({"id": len(self.solutions), "href": "/"})

    def _ticket(self, request: web.Request) -> dict[str, Any]:
        found = self.tickets.get(int(request.match_info["id"]))
        if found is None or not self.sees:
            raise web.HTTPNotFound
        return found

    def _now(self) -> str:
        """A second later than ever before: its clock has nothing finer."""
        self._at += timedelta(seconds=1)
        return self._at.isoformat(timespec="seconds")


def signed(body: bytes, at: int = 1_790_000_000) -> tuple[Mapping[str, str], bytes]:
    """A body as GLPI signs it: with the time at which it was queued."""
    signature = hmac.new(SECRET.encode(), body + str(at).encode(), hashlib.sha256).hexdigest()
    return {"X-GLPI-signature": signature, "X-GLPI-timestamp": str(at)}, body


def _is_of_tickets(request: web.BaseRequest) -> bool:
    return request.path == f"{ROOT}/Assistance/Ticket"


def _fits(one: dict[str, Any], conditions: str) -> bool:
    """Of alternatives one, as far as the desk asks for more than one thing."""
    found = re.findall(CONDITION, conditions)
    return not found or any(_is(one, *condition) for condition in found)


def _is(one: dict[str, Any], name: str, operator: str, value: str) -> bool:
    if name not in one:
        raise KeyError(name)
    if operator == "=gt=":
        return bool(one[name] > int(value))
    values = re.findall(r""""([^"]*)"|'([^']*)'""", value)
    wanted = {_folded("".join(parts)) for parts in values} or {_folded(value)}
    assert operator == "=in=" or len(wanted) == 1
    return _folded(str(one.get(name))) in wanted


def _folded(text: str) -> str:
    """As its database compares: without case and accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _problem(status: int, code: str, title: str, **more: Any) -> web.Response:
    told = {"status": code, "title": title, "detail": None} | more
    return web.json_response(told, status=status)


def _no_token(status: int, error: str, description: str) -> web.Response:
    told = {"error": error, "error_description": description, "message": description}
    return web.json_response(told, status=status)
