"""Every page, in every state that the list of views has: by axe-core, by ruler and by keyboard."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import make_mocked_request
from playwright.async_api import Browser, BrowserContext, Page

from tests.web.browser import axe, keys, layout
from tests.web.browser.cast import LANGUAGES
from tests.web.browser.chromium import NoChromiumError, chromium
from tests.web.browser.house import House, house
from tests.web.browser.views import NO_PAGES, VIEWS, View
from tests.web.test_texts import catalogue

pytestmark = pytest.mark.asyncio(loop_scope="module")

WIDTHS = {"fr": (360, 640, 800, 1000, 1280, 2560), "en": (360, 1280)}
"""A telephone, a desk at 200 %, what lies between them, and a large screen; in French, whose words
are longer, on all of them."""

HEIGHT = 800

IN_FRENCH = {each.id: each.string for each in catalogue("fr")}
ENGLISH = {
    str(each.string) for each in catalogue("en") if each.id and each.string != IN_FRENCH[each.id]
} - {str(text) for text in IN_FRENCH.values()}
"""What a page says in English and would say otherwise in French, whoever made the text."""

WAIT_MAX_MS = 20_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all views."""
    try:
        async with chromium() as started:
            yield started
    except NoChromiumError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def houses(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[str, tuple[House, BrowserContext]]]:
    """The site in each language, and a browser whose user reads it."""
    async with AsyncExitStack() as stack:
        found = {}
        for language in LANGUAGES:
            folder: Path = tmp_path_factory.mktemp(language)
            at = await stack.enter_async_context(house(folder, language))
            context = await browser.new_context(locale=language, reduced_motion="reduce")
            context.set_default_timeout(WAIT_MAX_MS)
            found[language] = at, context
        yield found
        for _, context in found.values():
            await context.close()


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=VIEWS, ids=lambda view: view.name
)
async def pages(
    request: pytest.FixtureRequest, houses: Mapping[str, tuple[House, BrowserContext]]
) -> AsyncIterator[Mapping[str, Page]]:
    """The view in each language."""
    view: View = request.param
    opened = await asyncio.gather(*(view.open(context, at) for at, context in houses.values()))
    yield dict(zip(houses, opened, strict=True))
    for page in opened:
        await page.close()


async def test_axe_finds_nothing(pages: Mapping[str, Page]) -> None:
    found = await asyncio.gather(_axe(pages["en"], 1280), _axe(pages["fr"], 360))
    assert [line for lines in found for line in lines] == []


async def _axe(page: Page, width: int) -> list[str]:
    """By day and by night, when only colours are other ones."""
    lines = []
    await page.set_viewport_size({"width": width, "height": HEIGHT})
    for theme, rules in (("light", None), ("dark", axe.COLOURS)):
        await page.emulate_media(color_scheme=theme)
        lines += [f"{theme}, {width}: {line}" for line in await axe.found(page, rules)]
    return lines


async def test_everything_has_its_place_on_every_screen(pages: Mapping[str, Page]) -> None:
    amiss = []
    for language, page in pages.items():
        for width in WIDTHS[language]:
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            amiss += [f"{language}, {width}: {line}" for line in await layout.amiss(page)]
    assert amiss == []


async def test_the_tab_key_leads_everywhere_and_one_sees_where(pages: Mapping[str, Page]) -> None:
    page = pages["en"]
    await page.set_viewport_size({"width": 1280, "height": HEIGHT})
    assert await keys.walk(page) == []


async def test_the_page_says_what_it_is_in_which_language(pages: Mapping[str, Page]) -> None:
    for language, page in pages.items():
        assert await page.get_attribute("html", "lang") == language
        assert re.match(r"\w", await page.title())
    shown = {line.strip() for line in (await pages["fr"].inner_text("body")).splitlines()}
    assert shown & ENGLISH == set(), "this is English on a French page"


async def test_every_page_is_among_the_views(
    houses: Mapping[str, tuple[House, BrowserContext]],
) -> None:
    at, _ = houses["en"]
    shown = set()
    for view in VIEWS:
        path = view.address(at).removeprefix(at.address)
        resource = (await at.app.router.resolve(make_mocked_request("GET", path))).route.resource
        if resource is not None:
            shown.add(resource.canonical)
    pages = {
        route.resource.canonical
        for route in at.app.router.routes()
        if route.method == "GET" and route.resource is not None
    }
    unseen = {path for path in pages - shown - set(NO_PAGES) if not path.startswith("/api/")}
    assert unseen == set(), "add a view of each to tests/web/browser/views.py"
