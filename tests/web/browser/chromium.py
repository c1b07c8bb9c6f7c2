"""Debian's Chromium, as tests and pictures use it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]


class NoChromiumError(Exception):
    """no Chromium found: apt-get install chromium-headless-shell"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def is_installed() -> bool:
    """Whether there is one."""
    return _path() is not None


def _path() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser without a window. Raises NoChromiumError."""
    path = _path()
    if path is None:
        raise NoChromiumError
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        await started.close()


async def hide(page: Page) -> None:
    """Headless browsers show every tab; tell the page what a hidden one is told."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setFocusEmulationEnabled", {"enabled": False})
    await page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", {get: () => true});
          Object.defineProperty(document, "visibilityState", {get: () => "hidden"});
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
