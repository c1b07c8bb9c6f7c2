"""A site of a test's own: a database, a hub, the application, and what happens on its line."""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry

from callcenter.core.enforcement import Mode, Policy
from callcenter.db.engine import Database
from callcenter.web.app import build_app
from callcenter.web.bundles import NoAssetsError, read_manifest
from callcenter.web.context import AlertInbox, HookInbox, Portal, WebContext
from callcenter.web.entrance import PASSWORDS
from callcenter.web.live import Hub
from callcenter.web.passwords import Passwords
from tests.alerts.sources import SOURCES
from tests.desks import hooks
from tests.web.scene import PASSWORD, PUBLIC_URL, Clock, Scene

POLICIES = {
    "support": Policy(),
    "sales": Policy(from_hangup=True, grace=timedelta(seconds=30)),
    "printers": Policy(mode=Mode.REMIND),
}

QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Tests sign in often; what the real parameters cost is no concern of theirs."""


@pytest.fixture(scope="session", autouse=True)
def built_pages() -> None:
    """The bundles and the catalogues are there, as the installed package has them."""
    try:
        read_manifest()
    except NoAssetsError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def clock() -> Clock:
    """The time of the test."""
    return Clock()


@dataclass
class Site:
    """One running site."""

    context: WebContext
    scene: Scene
    client: TestClient
    unready: dict[str, str | None]

    async def sign_in(
        self, login: str, password: str = PASSWORD, *, door: str = "/sign-in"
    ) -> None:
        """Sign the client in."""
        page = await (await self.client.get(door)).text()
        response = await self.client.post(
            door,
            data={"login": login, "password": password, "csrf_token": token_in(page)},
            headers=SAME_ORIGIN,
            allow_redirects=False,
        )
        assert response.status == 303, await response.text()

    async def post(
        self, path: str, fields: Mapping[str, str], *, form: str = "/"
    ) -> tuple[int, str]:
        """Send a form that stands on the page ``form``; gives status and text of the last page."""
        page = await (await self.client.get(form)).text()
        response = await self.client.post(
            path, data={**fields, "csrf_token": token_in(page)}, headers=SAME_ORIGIN
        )
        return response.status, await response.text()


SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def token_in(page: str) -> str:
    """The token in a page's form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
async def hub(sqlite_database: Database) -> AsyncIterator[Hub]:
    """A running hub."""
    async with Hub(sqlite_database, poll_s=0.2) as running:
        yield running


@pytest.fixture
async def scene(sqlite_database: Database, hub: Hub, clock: Clock) -> Scene:
    """What happens."""
    return Scene(sqlite_database, hub, clock, QUICK_HASHER.hash(PASSWORD))


@pytest.fixture
def make_context(sqlite_database: Database, hub: Hub, clock: Clock) -> Callable[..., WebContext]:
    """A context of this site, with whatever a test wants different."""

    def make(**different: object) -> WebContext:
        values = {
            "database": sqlite_database,
            "hub": hub,
            "now": clock,
            "public_url": PUBLIC_URL,
            "timezone": ZoneInfo("Europe/Paris"),
            "country": "FR",
            "lines": tuple(POLICIES),
            "line_pbxs": dict.fromkeys(POLICIES, "main"),
            "readiness": dict,
            "metrics": CollectorRegistry(),
            "portal": Portal("support", ZoneInfo("Europe/Paris")),
            "sends_mail": True,
            "policies": POLICIES,
            "pause_reasons": ("break", "lunch", "Stock-taking"),
            "alerts": AlertInbox(sources=SOURCES),
            "hooks": HookInbox(desks={"rt": hooks.hear}),
        }
        return WebContext(**(values | different))  # type: ignore[arg-type]  # by name

    return make


@pytest.fixture
async def site(
    make_context: Callable[..., WebContext],
    scene: Scene,
    aiohttp_client: Callable[..., Awaitable[TestClient]],
) -> Site:
    """A site with two agents of the support line, one of the sales line, and a supervisor."""
    unready: dict[str, str | None] = {}
    context = make_context(readiness=lambda: unready)
    app = build_app(context)
    app[PASSWORDS] = Passwords(QUICK_HASHER)
    client = await aiohttp_client(app)
    await scene.agent("zoe", "Zoé Martin", "PJSIP/101", line="support")
    await scene.agent("ali", "Ali Benali", "PJSIP/102", line="support")
    await scene.agent("sam", "Sam Leroy", "PJSIP/201", line="sales")
    await scene.agent("super", "Inès Moreau", role="supervisor")
    return Site(context, scene, client, unready)
