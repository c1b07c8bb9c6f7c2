"""Our own Autotask PSA: its REST interface, with the traps that the vendor's has.

Built from the vendor's description of the interface (``v1.json``), the developer help (REST basics,
queries, thresholds, thread limits, webhooks), and what its clients report of answers that neither
mentions: 500 for what is not valid, 200 for what is not there.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from yarl import URL

from tests.desks.autotask.callouts import Callouts
from tests.desks.autotask.entities import CHILDREN, DELETABLE, ENTITIES, ROOTS
from tests.desks.autotask.query import InvalidQueryError, matching, page
from tests.desks.autotask.tenant import OURS, RefusedError, Tenant
from tests.desks.faults import Faults, serving

USER, SECRET, CODE = "callcenter@example.com", "hush", "CODE"

THREADS_MAX = 3
THRESHOLD = 10_000
"""Requests an hour, of all integrations of the company together."""

THREADS = (
    "Itgenatr005: The Autotask API thread threshold of 3 threads has been exceeded "
    "for this Tracking Identifier."
)
DENIED = "The logged in Resource does not have the adequate permissions to query this entity type."

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_ticket_request(request: web.BaseRequest) -> bool:
    """Whether it makes a ticket, or looks for one."""
    return request.method == "POST" and request.path.endswith(("/Tickets", "/Tickets/query"))


@dataclass(kw_only=True)
class Autotask:
    """A company's Autotask.

    ``busy`` says of an entity whether our integration uses all its threads elsewhere just now.
    ``gate`` holds every request back until it is set, and ``at_gate`` counts them. ``asked`` are
    the requests that came. ``pages_at`` is a server that further pages are said to be on.
    """

    tenant: Tenant = field(default_factory=Tenant)
    faults: Faults = field(default_factory=lambda: Faults(is_ticket_request))
    busy: Callable[[str], bool] = lambda _entity: False
    gate: asyncio.Event | None = None
    at_gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    used: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    pages_at: str | None = None

    def __post_init__(self) -> None:
        self.callouts = Callouts(tenant=self.tenant)
        self.threads: Counter[str] = Counter()
        self.threads_most: Counter[str] = Counter()

    def serving(self) -> AbstractAsyncContextManager[str]:
        """The address at which zones are asked for, until the end of the block."""
        return serving(self.app())

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._noted, self.faults.middleware, self._let_in])
        root = "/{root:(?i:atservicesrest)}/{version:(?i:v1\\.0)}"
        app.router.add_get(root + "/zoneInformation", self._zone)
        app.router.add_get(root + "/ThresholdInformation", self._threshold)
        for path, handle in (
            ("/entityInformation", self._information),
            ("/entityInformation/fields", self._fields),
            ("/entityInformation/userDefinedFields", self._udfs),
        ):
            app.router.add_get(root + "/{entity}" + path, handle)
        app.router.add_post(root + "/{entity}/query", self._query)
        app.router.add_post(root + "/{entity}/query/next", self._query)
        app.router.add_post(root + "/{entity}/query/count", self._count)
        app.router.add_route("*", root + "/{entity}", self._collection)
        app.router.add_route("*", root + "/{entity}/{id:\\d+}", self._one)
        app.router.add_route("*", root + "/{parent}/{id:\\d+}/{child}", self._child)
        return app

    @web.middleware
    async def _noted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append((request.method, request.path.partition(".0/")[2]))
        return await handler(request)

    @web.middleware
    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only whom it knows, and not too much of them at once."""
        if request.path.lower().endswith("/zoneinformation"):
            return await handler(request)
        given = tuple(request.headers.get(name) for name in ("UserName", "Secret"))
        if given != (USER, SECRET) or request.headers.get("ApiIntegrationCode") != CODE:
            return _errors(401, "Unauthorized")
        self.used += 1
        if self.used > THRESHOLD:
            return _errors(429, "The request threshold has been exceeded.")
        return await self._in_turn(request, handler)

    async def _in_turn(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        entity = _entity(request)
        self.threads[entity] += 1
        now = self.threads[entity]
        self.threads_most[entity] = max(now, self.threads_most[entity])
        try:
            if now > THREADS_MAX or self.busy(entity):
                return _errors(500, THREADS)
            if self.gate is not None:
                self.at_gate.release()
                await self.gate.wait()
            if entity in self.tenant.denied:
                return _errors(500, DENIED)
            return await handler(request)
        except (RefusedError, InvalidQueryError) as error:
            return _errors(500, *getattr(error, "errors", [str(error)]))
        finally:
            self.threads[entity] -= 1

    async def _zone(self, request: web.Request) -> web.Response:
        if request.query.get("user") != USER:
            return _errors(500, "Zone information could not be determined.")
        url = str(request.url.origin())
        return web.json_response(
            {
                "zoneName": "Pre-release",
                "url": f"{url}/ATServicesRest/",
                "webUrl": f"{url}/",
                "ci": 2,
            }
        )

    async def _threshold(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "externalRequestThreshold": THRESHOLD,
                "requestThresholdTimeframe": 60,
                "currentTimeframeRequestCount": self.used,
            }
        )

    async def _information(self, request: web.Request) -> web.Response:
        name, is_root = _known(request), _known(request) in ROOTS
        info = {"name": name, "canCreate": is_root, "canUpdate": is_root, "canQuery": True}
        return web.json_response({"info": info | {"canDelete": name in DELETABLE}})

    async def _fields(self, request: web.Request) -> web.Response:
        fields = [one.told() for one in self.tenant.fields(_known(request))]
        return web.json_response({"fields": fields})

    async def _udfs(self, request: web.Request) -> web.Response:
        names = sorted(self.tenant.udfs) if _known(request) == "Tickets" else []
        fields = [{"name": name, "label": name, "dataType": "string"} for name in names]
        return web.json_response({"fields": fields})

    async def _query(self, request: web.Request) -> web.Response:
        _refuse_impersonation(request)
        entity, asked = _known(request), await request.json()
        paging = json.loads(request.query.get("paging", '{"nextIds": [-1]}'))
        after = int(paging["nextIds"][-1])
        found = self._matching(entity, asked)
        items, size = page(found, asked, after)
        has_more = bool(items) and any(one["id"] > items[-1]["id"] for one in found)
        details = {
            "count": len(items),
            "requestCount": size,
            "prevPageUrl": None,
            "nextPageUrl": self._next(request, items[-1]["id"], size) if has_more else None,
        }
        shown = asked.get("IncludeFields")
        return web.json_response(
            {"items": [_shown(one, shown) for one in items], "pageDetails": details}
        )

    def _next(self, request: web.Request, last: int, size: int) -> str:
        paging = json.dumps({"pageSize": size, "previousIds": [], "nextIds": [last]})
        path = f"/ATServicesRest/V1.0/{_known(request)}/query/next"
        url = URL(self.pages_at or request.url.origin()).with_path(path)
        return str(url.with_query(paging=paging))

    def _matching(self, entity: str, asked: Mapping[str, Any]) -> list[Any]:
        records = list(self.tenant.records[entity].values())
        return matching(records, ENTITIES[entity], asked)

    async def _count(self, request: web.Request) -> web.Response:
        found = self._matching(_known(request), await request.json())
        return web.json_response({"queryCount": len(found)})

    async def _collection(self, request: web.Request) -> web.Response:
        entity = _known(request)
        if entity not in ROOTS:
            raise web.HTTPNotFound
        if request.method == "POST":
            return self._made(entity, await request.json(), request)
        if request.method == "PATCH":
            return _item(self.tenant.patch(entity, await request.json(), OURS))
        raise web.HTTPMethodNotAllowed(request.method, ["POST", "PATCH"])

    async def _one(self, request: web.Request) -> web.Response:
        _refuse_impersonation(request)
        entity, identity = _known(request), int(request.match_info["id"])
        if request.method == "GET":
            return web.json_response({"item": self.tenant.records[entity].get(identity)})
        if request.method == "DELETE" and entity in DELETABLE:
            self.tenant.delete(entity, identity, OURS)
            return _item(identity)
        raise web.HTTPMethodNotAllowed(request.method, ["GET"])

    async def _child(self, request: web.Request) -> web.Response:
        parent, child = request.match_info["parent"], request.match_info["child"]
        if (parent, child) not in CHILDREN:
            raise web.HTTPNotFound
        entity, name = CHILDREN[parent, child]
        given = await request.json() if request.can_read_body else {}
        given[name] = int(request.match_info["id"])
        if request.method == "POST":
            return self._made(entity, given, request)
        if request.method == "PATCH":
            return _item(self.tenant.patch(entity, given, OURS))
        raise web.HTTPMethodNotAllowed(request.method, ["POST", "PATCH"])

    def _made(self, entity: str, given: Mapping[str, Any], request: web.Request) -> web.Response:
        creator = int(request.headers.get("ImpersonationResourceId", OURS))
        return _item(self.tenant.create(entity, given, OURS, creator))


def _entity(request: web.Request) -> str:
    """What a thread is counted for: the entity, also where it is asked for by its parent."""
    info = request.match_info
    if "child" in info:
        return CHILDREN.get((info["parent"], info["child"]), (info["child"],))[0]
    return info.get("entity", "ThresholdInformation")


def _known(request: web.Request) -> str:
    entity = request.match_info["entity"]
    if entity not in ENTITIES:
        raise web.HTTPNotFound
    return entity


def _refuse_impersonation(request: web.Request) -> None:
    if "ImpersonationResourceId" in request.headers:
        raise RefusedError(DENIED)


def _shown(record: Mapping[str, Any], names: list[str] | None) -> dict[str, Any]:
    wanted = {name.lower() for name in names or record}
    return {name: value for name, value in record.items() if name.lower() in wanted}


def _item(identity: int) -> web.Response:
    return web.json_response({"itemId": identity})


def _errors(status: int, *errors: str) -> web.Response:
    return web.json_response({"errors": list(errors)}, status=status)
