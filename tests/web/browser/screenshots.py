"""``python -m tests.web.browser.screenshots [VIEW...]``: pictures of each page, to be looked at.

In both languages, light and dark, on a telephone and on a desk; the console also on a large screen,
and the wallboard on a television:
``artefacts/screenshots/<language>-<theme>/<view>-<width>.png``.
"""

import asyncio
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page

from tests.web.browser.cast import LANGUAGES
from tests.web.browser.chromium import chromium
from tests.web.browser.house import House, house
from tests.web.browser.views import VIEWS, View

PICTURES = Path(__file__).parents[3] / "artefacts" / "screenshots"

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHTS = {360: 740, 1280: 800, 1920: 1080, 2560: 1440}
"""By the width of a screen: a telephone, a desk, a television, a large screen."""


async def main(names: Collection[str]) -> int:
    """Take the pictures of these views, or of all."""
    views = [view for view in VIEWS if not names or view.name in names]
    async with chromium() as browser:
        for language in LANGUAGES:
            with tempfile.TemporaryDirectory() as folder:
                async with house(Path(folder), language) as at:
                    await _photograph(browser, at, language, views)
    sys.stdout.write(f"{len(views)} views in {PICTURES}\n")
    return 0


async def _photograph(browser: Browser, at: House, language: str, views: list[View]) -> None:
    context = await browser.new_context(locale=language)
    context.set_default_timeout(10_000)
    for view in views:
        page = await view.open(context, at)
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            await _every_width(page, view, PICTURES / f"{language}-{theme}")
        await page.close()
    await context.close()


async def _every_width(page: Page, view: View, folder: Path) -> None:
    for width in widths(view):
        await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        path = folder / f"{view.name}-{width}.png"
        await page.screenshot(path=path, full_page=not view.is_window, animations="disabled")


def widths(view: View) -> Iterator[int]:
    """The widths of screens on which this view is met."""
    yield from (360, 1280)
    if view.path == "/":
        yield 2560
    elif view.path.startswith("/wallboard"):
        yield 1920


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
