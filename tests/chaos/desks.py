"""The desk over HTTP of a house: the backend of our contract, or another product's server of ours.

All of them make a ticket for every request that wants one, so that each is seen. At the others
somebody closes tickets meanwhile; half of the webhooks that tell of it are lost.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.desks import freshdesk_server, glpi_server, zammad_server, zendesk_server, znuny_server
from tests.desks.autotask import server as autotask_server
from tests.desks.autotask.entities import COMPLETE
from tests.desks.autotask.opening import WEBHOOK_SECRET
from tests.desks.autotask.tenant import KARIM
from tests.desks.backend import Backend, served
from tests.desks.faults import Fault, Faults, serving
from tests.desks.trial import Webhook

NAME = "company"
SECRET = "whsec_TW9ydGFncm9pcyBwZXV0LWV0cmUsIG91IHBhcw=="
UNKNOWN = "unknown-caller@example.com"

Made = list[tuple[str, str, str]]
"""Number, key and time (ISO 8601, UTC) of each ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosDesk:
    """``table`` is what the configuration has of it. ``close`` is done by somebody there, and gives
    the webhook that tells of it; None: the desk tells nothing of its tickets."""

    table: Mapping[str, object]
    fail: Callable[[Fault | None], None]
    made: Callable[[], Made]
    close: Callable[[str], Webhook] | None = None

    def toml(self) -> str:
        """Its ``[[desk]]``. What JSON is, TOML is too, but for tables."""
        return "[[desk]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in self.table.items())


class Server(Protocol):
    """One of ours, in memory."""

    faults: Faults

    def app(self) -> web.Application:
        """What answers."""

    def change(self, number: str, **changed: Any) -> None:
        """Change fields of a ticket."""

    def webhook(self, number: str) -> Webhook:
        """What is sent when the ticket changed."""


Keyed = Callable[[], Iterable[tuple[str, str]]]
"""Number and key of each ticket."""


@asynccontextmanager
async def generic(folder: Path) -> AsyncIterator[ChaosDesk]:
    backend = Backend(folder / "desk.db", [SECRET], forgets_keys=True)
    async with served(backend) as url:
        table = {"kind": "generic", "url": url, "secret": SECRET}
        yield _desk(table, backend.fail, backend.made)


@asynccontextmanager
async def autotask(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = autotask_server.Autotask()
    tenant = server.tenant
    server.callouts.subscribe("https://callcenter.test/hooks/company", WEBHOOK_SECRET)

    def keyed() -> Iterable[tuple[str, str]]:
        tickets = tenant.records["Tickets"].values()
        return [(one["ticketNumber"], one["externalID"]) for one in tickets]

    def close(number: str) -> Webhook:
        ticket = {"id": tenant.ticket(number)["id"], "status": COMPLETE}
        tenant.patch("Tickets", ticket, KARIM)
        callout = server.callouts.waiting.pop()
        return callout.headers, callout.body

    noted = Noted(keyed)
    async with serving(noted.around(server.app())) as url:
        table = {
            "kind": "autotask",
            "url": url,
            "username": autotask_server.USER,
            "secret": autotask_server.SECRET,
            "integration_code": autotask_server.CODE,
            "queue": "Support",
            "webhook_secret": WEBHOOK_SECRET,
        }
        yield _desk(table, server.faults.fail, noted.made, close)


@asynccontextmanager
async def zammad(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = zammad_server.ZammadServer()
    table = {
        "kind": "zammad",
        "token": zammad_server.TOKEN,
        "group": "Support",
        "customer": zammad_server.UNKNOWN,
        "webhook_secret": zammad_server.SECRET,
    }
    keys = _keys(server.tickets, "number", "call_id")
    async with _of(server, table, keys, state="closed") as desk:
        yield desk


@asynccontextmanager
async def zendesk(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = zendesk_server.ZendeskServer()
    table = {
        "kind": "zendesk",
        "user": zendesk_server.USER,
        "token": zendesk_server.TOKEN,
        "group": "Support",
        "requester": UNKNOWN,
        "webhook_secret": zendesk_server.SECRET,
    }
    keys = _keys(server.tickets, "id", "external_id")
    async with _of(server, table, keys, status="solved") as desk:
        yield desk


@asynccontextmanager
async def freshdesk(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = freshdesk_server.FreshdeskServer()
    table = {
        "kind": "freshdesk",
        "key": freshdesk_server.KEY,
        "group": "Support",
        "requester": UNKNOWN,
        "webhook_secret": freshdesk_server.SECRET,
    }

    def keys() -> Iterable[tuple[str, str]]:
        tickets = server.tickets.values()
        return [(str(one["id"]), one["custom_fields"]["cf_call_id"]) for one in tickets]

    async with _of(server, table, keys, status=4) as desk:
        yield desk


@asynccontextmanager
async def glpi(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = glpi_server.GlpiServer()
    table = {
        "kind": "glpi",
        **glpi_server.CLIENT,
        "user": glpi_server.USER["username"],
        "password": glpi_server.USER["password"],
        "webhook_secret": glpi_server.SECRET,
    }
    keys = _keys(server.tickets, "id", "external_id")
    async with _of(server, table, keys, status={"id": 5}) as desk:
        yield desk


@asynccontextmanager
async def znuny(_folder: Path) -> AsyncIterator[ChaosDesk]:
    server = znuny_server.ZnunyServer()
    table = {
        "kind": "znuny",
        "user": znuny_server.LOGIN["UserLogin"],
        "password": znuny_server.LOGIN["Password"],
        "queue": "Support",
        "customer": "unknown-caller",
        "webhook_secret": znuny_server.SECRET,
    }
    keys = _keys(server.tickets, "TicketNumber", "CallID")
    async with _of(server, table, keys, path="/znuny", State="closed successful") as desk:
        yield desk


KINDS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[ChaosDesk]]] = {
    one.__name__: one for one in (generic, autotask, zammad, zendesk, freshdesk, glpi, znuny)
}


class Noted:
    """When each ticket was made, whatever becomes of the answer."""

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed
        self._at: dict[str, str] = {}

    def around(self, app: web.Application) -> web.Application:
        """The same, noting what comes of each request."""
        app.middlewares.append(self._middleware)
        return app

    def made(self) -> Made:
        """Each ticket, the oldest first."""
        keys = dict(self._keyed())
        return [(number, keys.get(number, ""), at) for number, at in self._at.items()]

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            for number, _ in self._keyed():
                self._at.setdefault(number, datetime.now(UTC).isoformat())


@asynccontextmanager
async def _of(
    server: Server, table: Mapping[str, object], keyed: Keyed, *, path: str = "", **closed: Any
) -> AsyncIterator[ChaosDesk]:
    def close(number: str) -> Webhook:
        server.change(number, **closed)
        return server.webhook(number)

    noted = Noted(keyed)
    async with serving(noted.around(server.app())) as url:
        yield _desk({**table, "url": f"{url}{path}"}, server.faults.fail, noted.made, close)


def _desk(
    table: Mapping[str, object],
    fail: Callable[[Fault | None], None],
    made: Callable[[], Made],
    close: Callable[[str], Webhook] | None = None,
) -> ChaosDesk:
    common = {"name": NAME, "timeout_s": 3, "settles_s": 2} | ({"poll_s": 10} if close else {})
    return ChaosDesk(table={**common, **table}, fail=fail, made=made, close=close)


def _keys(tickets: Mapping[int, Mapping[str, Any]], number: str, key: str) -> Keyed:
    return lambda: [(str(one[number]), str(one[key])) for one in tickets.values()]
