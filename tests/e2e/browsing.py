"""Agents at real browsers, and pictures of what they saw, kept for people to look at."""

import re
from pathlib import Path

from playwright.async_api import Browser, ConsoleMessage, Page

from tests.e2e import site
from tests.e2e.house import House

PICTURES = Path(__file__).parents[2] / "artefacts" / "e2e"

CUT_OFF = re.compile("net::ERR_")
"""What a browser says of a service that is killed."""


class Problems(list[str]):
    """What went wrong in the browsers."""

    def note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not CUT_OFF.search(message.text):
            self.append(message.text)


async def sit_down(browser: Browser, house: House, login: str, problems: Problems) -> Page:
    """An agent signs in, in a browser of their own, and sees the console."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    page = await context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", problems.note)
    await sign_in(page, house, login)
    return page


async def sign_in(page: Page, house: House, login: str) -> None:
    """The same with a browser that is there."""
    await page.goto(f"{house.service.url}/sign-in")
    await page.fill("#login", login)
    await page.fill("#password", site.PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_selector("#connection[data-state=live]")


async def keep(page: Page, name: str) -> None:
    """A picture for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
