"""Whatever is sent, the answer is never a fault of ours, and always one that is described."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, settings
from prometheus_client import CollectorRegistry
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from callcenter.db import tokens
from callcenter.db.engine import Database
from callcenter.web.context import AlertInbox, HookInbox, WebContext
from callcenter.web.live import Hub
from tests.alerts.sources import SOURCES
from tests.desks import hooks
from tests.web.api import seed
from tests.web.api.conftest import LOOKUP_TOKEN, build
from tests.web.api.description import description
from tests.web.api.seed import NOW, START

CALLS = 5

schema = schemathesis.openapi.from_dict(description())
# The stream has no end to wait for.
described = schema.exclude(path="/api/v1/events")


class Service:
    """The application on a free port, in a thread with a loop of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._started = threading.Event()
        self.base_url = ""
        self.token = ""

    @contextmanager
    def running(self) -> Iterator["Service"]:
        thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        thread.start()
        try:
            assert self._started.wait(30)
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with Database.open(self._url) as database, Hub(database) as hub:
            async with database.transaction() as connection:
                self.token = await tokens.create(connection, "fuzz", NOW)
                nadia = await seed.agent(connection)
                for number in range(CALLS):
                    at = START + timedelta(minutes=number)
                    ticket = f"T20261123.{number:04d}" if number else None
                    await seed.answered_call(
                        connection, f"call{number}", agent_id=nadia, at=at, number=ticket
                    )
            context = WebContext(
                database=database,
                hub=hub,
                now=lambda: NOW,
                public_url="https://callcenter.example.com",
                timezone=ZoneInfo("Europe/Paris"),
                country="FR",
                lines=("support",),
                readiness=lambda: {"pbx.main": None},
                metrics=CollectorRegistry(),
                lookup_tokens={"main": LOOKUP_TOKEN},
                alerts=AlertInbox(sources=SOURCES),
                hooks=HookInbox(desks={"rt": hooks.hear}),
            )
            runner = web.AppRunner(build(context), access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.base_url = "http://{}:{}".format(*runner.addresses[0][:2])
            self._started.set()
            await self._stop.wait()
            await runner.cleanup()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    url = request.getfixturevalue(f"module_{request.param}_url")
    with Service(url).running() as running:
        yield running


@described.parametrize()
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_that_is_sent_makes_the_service_fail(
    case: schemathesis.Case, service: Service
) -> None:
    case.call_and_validate(
        base_url=service.base_url,
        headers={"Authorization": f"Bearer {service.token}"},
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )
