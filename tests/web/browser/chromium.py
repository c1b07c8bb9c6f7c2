"""Debian's Chromium, as tests and pictures use it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")

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
    """no Chromium found: apt-get install chromium"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser without a window. Raises NoChromiumError."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoChromiumError
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        await started.close()
