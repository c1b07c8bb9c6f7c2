"""The API's part of the application, over a database with a token in it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from prometheus_client import CollectorRegistry

from callcenter.db import tokens
from callcenter.db.engine import Database
from callcenter.web import access, api
from callcenter.web.context import CONTEXT, AlertInbox, HookInbox, WebContext
from callcenter.web.live import Hub
from tests.alerts.sources import SOURCES
from tests.desks import hooks
from tests.web.api.description import validate
from tests.web.api.seed import NOW

LOOKUP_TOKEN = "a secret of the tests"


class NotReady(dict[str, str | None]):
    """What the service's parts say of themselves, to be changed by a test."""


@pytest.fixture
def components() -> NotReady:
    return NotReady({"pbx.main": None})


@pytest.fixture
def counted() -> Counter[tuple[str, str]]:
    """What became of the requests of monitoring systems, by source and result."""
    return Counter()


@pytest.fixture
def heard() -> Counter[tuple[str, str]]:
    """What became of the webhooks of desks, by desk and result; ``woken`` is who follows it."""
    return Counter()


@pytest.fixture
async def context(
    database: Database,
    components: NotReady,
    counted: Counter[tuple[str, str]],
    heard: Counter[tuple[str, str]],
) -> AsyncIterator[WebContext]:
    async with Hub(database, poll_s=0.05) as hub:
        yield WebContext(
            database=database,
            hub=hub,
            now=lambda: NOW.astimezone(UTC),
            public_url="https://callcenter.example.com",
            timezone=ZoneInfo("Europe/Paris"),
            country="FR",
            lines=("support", "sales"),
            readiness=lambda: components,
            metrics=CollectorRegistry(),
            line_countries={"london": "GB"},
            lookup_tokens={"main": LOOKUP_TOKEN},
            hooks=HookInbox(
                desks={"rt": hooks.hear},
                received=lambda desk: heard.update([(desk, "woken")]),
                count=lambda desk, result: heard.update([(desk, result)]),
            ),
            alerts=AlertInbox(
                sources=SOURCES, count=lambda source, result: counted.update([(source, result)])
            ),
        )


def build(context: WebContext) -> web.Application:
    app = web.Application(client_max_size=64 * 1024, middlewares=[access.note])
    app[CONTEXT] = context
    api.setup(app, context)
    app.on_shutdown.append(_release)
    return app


async def _release(app: web.Application) -> None:
    app[CONTEXT].hub.release()


@pytest.fixture
async def token(context: WebContext) -> str:
    async with context.database.transaction() as connection:
        return await tokens.create(connection, "reports", NOW)


@pytest.fixture
async def client(context: WebContext, aiohttp_client: Callable[..., Any]) -> Any:
    return await aiohttp_client(build(context))


@pytest.fixture
def get(client: TestClient[Any, Any], token: str) -> Callable[..., Any]:
    """Ask with the token; the answer is held against the description. Gives status and body."""

    async def ask(path: str, **parameters: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        response = await client.get(path, params=parameters, headers=headers)
        assert response.content_type == "application/json"
        body = await response.json()
        validate(response.url.path, "get", response.status, body)
        return response.status, body

    return ask
