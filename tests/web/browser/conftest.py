"""A real Chromium before a real server, and pictures of what it showed.

The pictures are kept in ``artefacts/pages``, for people to look at.
"""

import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from callcenter.web.app import build_app, runner
from callcenter.web.context import WebContext
from callcenter.web.entrance import PASSWORDS
from callcenter.web.passwords import Passwords
from tests.web.browser.chromium import NoChromiumError, chromium
from tests.web.conftest import QUICK_HASHER
from tests.web.scene import PASSWORD, Scene

PICTURES = Path(__file__).parents[3] / "artefacts" / "pages"

EXPECTED = re.compile(r"net::ERR_|status of (401|409|422)")
"""Cut connections, ended sessions, two windows and refused forms are what some tests are about."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    try:
        async with chromium() as started:
            yield started
    except NoChromiumError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@dataclass
class Desk:
    """Agents at their browsers."""

    address: str
    browser: Browser
    scene: Scene
    problems: list[str]
    server: web.AppRunner

    def cut(self) -> None:
        """Cut every connection, as a switch that restarts does."""
        assert self.server.server
        for connection in list(self.server.server.connections):
            if connection.transport:
                connection.transport.abort()

    async def sit_down(self, login: str, **options: object) -> Page:
        """An agent signs in, in a browser of their own, and sees the console."""
        page = await self.enter(login, **options)
        await page.wait_for_selector("#connection[data-state=live]")
        return page

    async def let_in(self, login: str, **options: object) -> Page:
        """A customer signs in, in a browser of their own, and sees their tickets."""
        page = await self.enter(login, door="/portal/sign-in", **options)
        await page.wait_for_url(f"{self.address}/portal")
        return page

    async def enter(self, login: str, *, door: str = "/sign-in", **options: object) -> Page:
        """Somebody signs in, in a browser of their own, and sees whatever comes then."""
        settings = {"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options}
        context: BrowserContext = await self.browser.new_context(**settings)
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._note)
        await page.goto(self.address + door)
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.problems.append(message.text)


@pytest.fixture
async def desk(
    browser: Browser, scene: Scene, make_context: Callable[..., WebContext]
) -> AsyncIterator[Desk]:
    """Two agents of the support line and a supervisor; nothing may go wrong in their browsers."""
    app = build_app(make_context())
    app[PASSWORDS] = Passwords(QUICK_HASHER)
    server = runner(app)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    host, port = server.addresses[0][:2]
    await scene.agent("zoe", "Zoé Martin", "PJSIP/101", line="support")
    await scene.agent("ali", "Ali Benali", "PJSIP/102", line="support")
    await scene.agent("super", "Inès Moreau", role="supervisor")
    at = Desk(f"http://{host}:{port}", browser, scene, [], server)
    yield at
    for context in browser.contexts:
        await context.close()
    await server.cleanup()
    assert at.problems == []


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], Awaitable[None]]:
    """Keep a picture of a page."""

    async def take(page: Page, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    return take
