"""Nobody gets around the ticket with a browser, beside a real Asterisk.

Zoé has 101 and Ali 102; 103 is nobody's, for who wants to sit down there. All of them ring for a
queue and for a ``Dial`` ring group. What the PBX itself is told is in ``test_enforcement.py``.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlalchemy import delete

from callcenter.db.engine import Database
from callcenter.db.schema import agent_interfaces
from tests.e2e.browsing import Problems, keep, sign_in, sit_down
from tests.e2e.conftest import Prepared
from tests.e2e.floor import WITHIN_S, Floor
from tests.e2e.house import opened
from tests.e2e.site import EXTENSIONS
from tests.web.browser.chromium import chromium

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZOES, ALIS, FREE = "PJSIP/101", "PJSIP/102", "PJSIP/103"
IS_FREE = agent_interfaces.c.interface == FREE
BOTH = ("support", "network")
OWED = {ZOES: "ticket"}
TITLE = "[name=title]"


@dataclass
class Team:
    """Agents at their browsers, in a house that keeps them to their tickets."""

    floor: Floor
    browser: Browser
    problems: Problems = field(default_factory=Problems)

    @property
    def url(self) -> str:
        return self.floor.house.service.url

    async def sit_down(self, login: str) -> Page:
        """An agent at a browser of their own, at the console."""
        return await sit_down(self.browser, self.floor.house, login, self.problems)

    async def owing(self, line: str) -> Page:
        """Zoé, who has answered a call of the line and hung up, and gets no other."""
        page = await self.sit_down("zoe")
        await self.floor.answer(line, "101")
        await self.is_blocked(page)
        return page

    async def is_blocked(self, page: Page) -> None:
        """The page says so, and so does the PBX."""
        await self.is_told(page, "blocked")
        await self.floor.until_kept_out(OWED, *BOTH)

    async def is_free(self, page: Page) -> None:
        """The same of who owes nothing."""
        await self.is_told(page, "nothing")
        await self.floor.until_kept_out({}, *BOTH)

    async def is_told(self, page: Page, what: str) -> None:
        """The bar says it."""
        bar = page.locator("#presence")
        await expect(bar).to_have_attribute("data-told", what, timeout=WITHIN_S * 1000)

    async def take_free_telephone(self, page: Page) -> None:
        """Whoever looks at the page sits down at one more telephone, by keyboard."""
        await page.goto(f"{self.url}/seat")
        await page.locator(f"[value='{FREE}']").press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("#presence-seat")).to_contain_text("103")

    async def disperse(self) -> None:
        """Everybody goes, the free telephone is free again, and nobody owes anything."""
        for context in self.browser.contexts:
            await context.close()
        async with self.floor.database.transaction() as connection:
            await connection.execute(delete(agent_interfaces).where(IS_FREE))
        await self.floor.write_everything()
        await self.floor.until_kept_out({}, *BOTH)
        assert self.problems == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[Browser]:
    """One browser program for all agents."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(
    version: int, folder: Path, sqlite_url: str, prepared_sqlite: Prepared
) -> AsyncIterator[Floor]:
    """A house in which both lines block, and a telephone that nobody has."""
    async with Database.open(sqlite_url) as database:
        async with database.transaction() as connection:
            await connection.execute(delete(agent_interfaces).where(IS_FREE))
        house = opened(
            version,
            folder,
            sqlite_url,
            prepared_sqlite.token,
            enforcement="block",
            ringing=(ZOES, ALIS, FREE),
        )
        async with house as house:
            yield Floor(house, database)


@pytest_asyncio.fixture(loop_scope="module")
async def team(floor: Floor, started: Browser) -> AsyncIterator[Team]:
    """Agents who owe nothing, before and after."""
    there = Team(floor, started)
    yield there
    await there.disperse()


async def write(page: Page, title: str) -> None:
    """By keyboard, where the focus is."""
    await expect(page.locator(TITLE).first).to_be_focused()
    await page.keyboard.type(title)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("line", BOTH)
async def test_a_call_is_answered_written_and_the_next_one_rings(
    floor: Floor, team: Team, line: str
) -> None:
    rig = floor.house.rig
    zoe, ali = await team.sit_down("zoe"), await team.sit_down("ali")
    for name in ("102", "103"):
        rig.phone(name).rings()
    telephone = rig.phone("101").answers(after=None)
    call = await rig.call(to=EXTENSIONS[line])
    for page in (zoe, ali):
        await expect(page.locator(".card[data-state=ringing]")).to_be_visible()
    await telephone.answer()
    await expect(ali.locator(".card")).to_have_count(0)
    await expect(ali.locator("#notice")).to_contain_text("Zoé Martin")
    await expect(zoe.locator(TITLE)).to_be_focused()
    await zoe.keyboard.type("Printer is ")
    await rig.hang_up_everything()
    await call.over()
    await expect(zoe.locator("#work article")).to_have_attribute("data-state", "wrap-up")
    await team.is_blocked(zoe)
    await keep(zoe, f"blocked-{line}")
    await expect(ali.locator("[data-agent=zoe]")).to_have_attribute("data-state", "wrap_up")
    assert await floor.rung(line) == {ALIS, FREE}

    await write(zoe, "offline")
    await expect(zoe.locator("#work article")).to_have_count(0)
    await team.is_free(zoe)
    assert await floor.rung(line) == {ZOES, ALIS, FREE}
    floor.house.assert_nobody_complained()


async def test_what_one_does_with_pages_and_browsers_changes_nothing(
    floor: Floor, team: Team
) -> None:
    zoe = await team.owing("support")
    await zoe.reload()
    await team.is_blocked(zoe)

    context = zoe.context
    await zoe.close()
    await floor.until_kept_out(OWED, *BOTH)
    zoe = await context.new_page()
    await zoe.goto(team.url)
    await team.is_blocked(zoe)

    for key in ("F8", "1"):
        await zoe.keyboard.press(key)
    await expect(zoe.locator("#resume")).to_be_visible()
    await zoe.keyboard.press("F8")
    await expect(zoe.locator("#pause")).to_be_visible()
    await team.is_blocked(zoe)

    await zoe.click(".who button")
    await floor.until_kept_out(OWED, *BOTH)
    await sign_in(zoe, floor.house, "zoe")
    await team.is_blocked(zoe)
    other = await team.sit_down("zoe")
    await team.is_blocked(other)

    await write(other, "Printer is offline")
    for page in (zoe, other):
        await team.is_free(page)
    floor.house.assert_nobody_complained()


async def test_another_telephone_is_left_out_too_as_long_as_one_sits_there(
    floor: Floor, team: Team
) -> None:
    zoe = await team.owing("network")
    await team.take_free_telephone(zoe)
    await floor.until_kept_out({ZOES: "ticket", FREE: "ticket"}, *BOTH)
    assert await floor.rung("support") == {ALIS}
    await keep(zoe, "two-telephones-blocked")
    await zoe.goto(f"{team.url}/seat")
    await zoe.locator("[action='/seat/leave'] button").press("Enter")
    await floor.until_kept_out(OWED, *BOTH)
    assert await floor.rung("network") == {ALIS, FREE}
    floor.house.assert_nobody_complained()


async def test_of_two_calls_at_once_both_are_to_be_written(floor: Floor, team: Team) -> None:
    rig = floor.house.rig
    zoe = await team.sit_down("zoe")
    for name in ("102", "103"):
        rig.phone(name).rings()
    rig.phone("101").answers(after=1.5)
    calls = await asyncio.gather(*(rig.call(to=EXTENSIONS["network"]) for _ in range(2)))
    await floor.until_owed("zoe", 2)
    await rig.hang_up_everything()
    await asyncio.gather(*(call.over() for call in calls))
    await expect(zoe.locator("#work article[data-state=wrap-up]")).to_have_count(2)
    await team.is_blocked(zoe)
    await keep(zoe, "two-to-write")
    await zoe.locator(TITLE).first.focus()
    await write(zoe, "Printer is offline")
    await expect(zoe.locator("#work article")).to_have_count(1)
    await team.is_blocked(zoe)
    await write(zoe, "Screen is dark")
    await team.is_free(zoe)


async def test_the_api_and_a_form_from_elsewhere_write_nothing(
    team: Team, prepared_sqlite: Prepared
) -> None:
    zoe = await team.owing("support")
    ticket = await zoe.locator("#work article header a").get_attribute("href")
    call = await zoe.locator("#work article").get_attribute("data-work")
    elsewhere = await team.browser.new_context(
        extra_http_headers={"Authorization": f"Bearer {prepared_sqlite.token}"}
    )
    for path in (f"/api/v1{ticket}", f"/api/v1/calls/{call}", f"/work/{call}/finish", ticket):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = await elsewhere.request.fetch(
                f"{team.url}{path}",
                method=method,
                form={"title": "Printer is offline", "do": "solved", "version": "0"},
                max_redirects=0,
            )
            assert response.status in (303, 405), path
    await zoe.reload()
    await team.is_blocked(zoe)


async def test_neither_killing_the_service_nor_unpausing_at_the_pbx_lets_calls_through(
    floor: Floor, team: Team
) -> None:
    house = floor.house
    zoe = await team.owing("support")
    form = zoe.locator("#work .work-form")
    await form.locator(TITLE).fill("Printer is off")
    await expect(form.locator(".save-state")).to_have_attribute("data-save", "saved")
    house.service.kill()
    await form.locator(TITLE).press_sequentially("line")
    await house.rig.cli(f"queue unpause member {ZOES} queue support")
    await house.service.start()
    await zoe.wait_for_selector("#connection[data-state=live]", timeout=WITHIN_S * 1000)
    await team.is_blocked(zoe)
    await expect(form.locator(TITLE)).to_have_value("Printer is offline")
    assert await floor.rung("support") == {ALIS, FREE}
    await form.locator(TITLE).press("Enter")
    await team.is_free(zoe)


async def test_the_last_who_can_be_reached_is_rung_and_told_why(floor: Floor, team: Team) -> None:
    zoe = await team.owing("support")
    ali = await team.sit_down("ali")
    await team.take_free_telephone(ali)
    for key in ("F8", "2"):
        await ali.keyboard.press(key)
    await team.is_told(zoe, "spared")
    await floor.until_kept_out({ALIS: "lunch", FREE: "lunch"}, "support")
    for line in BOTH:
        assert await floor.rung(line) == {ZOES}
    await keep(zoe, "last-one")
    await ali.keyboard.press("F8")
    await team.is_blocked(zoe)
