"""Two agents' pages in a real Chromium beside a real Asterisk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e import site
from tests.e2e.browsing import Problems, keep, sit_down
from tests.e2e.conftest import Prepared
from tests.e2e.house import House, opened
from tests.rig.fixtures import available

VERSION = 22  # the pages know nothing of versions


@pytest.fixture
async def house(sqlite_url: str, prepared_sqlite: Prepared, folder: Path) -> AsyncIterator[House]:
    async with opened(VERSION, folder, sqlite_url, prepared_sqlite.token) as house:
        yield house


@pytest.fixture(scope="module")
def version() -> int:
    return available(VERSION)


async def test_the_team_sees_who_calls_and_the_winner_has_the_ticket(
    browser: Browser, house: House
) -> None:
    problems = Problems()
    zoe = await sit_down(browser, house, "zoe", problems)
    ali = await sit_down(browser, house, "ali", problems)
    telephone = house.rig.phone("102").answers(after=None)

    call = await house.rig.call(site.KNOWN, site.EXTENSIONS["support"])
    for page in (zoe, ali):
        card = page.locator(".card[data-state=ringing]")
        await expect(card.locator(".card-name")).to_have_text("Élise Vannier", use_inner_text=True)
        await expect(card.locator(".card-company")).to_contain_text("Ardoise & Fils")
        await expect(card.locator(".card-number")).to_have_text(
            "06 39 98 70 31", use_inner_text=True
        )
        await expect(card.locator(".card-facts")).to_contain_text("Gold")
    await keep(zoe, "rings-at-zoe")
    await keep(ali, "rings-at-ali")

    await telephone.answer()
    await expect(zoe.locator(".card")).to_have_count(0)
    await expect(zoe.locator("#notice")).to_contain_text("Taken by Ali Benali", use_inner_text=True)
    await keep(zoe, "taken-by-ali")
    link = ali.locator(".card[data-state=mine] .card-ticket a")
    await expect(link).to_contain_text("Ticket T")
    (known,) = (await house.api.get("calls"))["calls"]
    number = known["ticket"]["number"]
    await expect(link).to_have_text(f"Ticket {number}")
    await expect(ali.locator("#my-tickets")).to_contain_text(number)
    await keep(ali, "talking")

    await link.click()
    await expect(ali.locator("body")).to_contain_text(number)
    await expect(ali.locator("body")).to_contain_text("Élise Vannier")
    assert ali.url.endswith(f"/tickets/{number}")
    await keep(ali, "ticket")

    await house.rig.hang_up_everything()
    await call.over()
    for page in (zoe, ali):
        await page.context.close()
    assert problems == []
