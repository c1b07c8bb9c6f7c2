"""The wallboard on a television: live, still, read from afar; and it says when it is not live."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from callcenter.core.agent_state import AgentState
from tests.web.browser.conftest import Desk
from tests.web.browser.test_stillness import OBSERVE, moved

Picture = Callable[[Page, str], Awaitable[None]]

TELEVISION = {"width": 1920, "height": 1080}

LEAST_PX = {
    # On a television of 55 inches a pixel is 0.63 mm: so many make capitals of 10 mm and more.
    "h3": 25,
    ".wall-figure": 72,
    ".wall-big .wall-figure": 125,
    ".wall-states b": 72,
    ".wall-name": 29,
    ".wall-does": 24,
    ".wall-since": 24,
}


async def hang(desk: Desk, path: str = "/wallboard", **options: object) -> Page:
    """Somebody hangs a television on the wall."""
    page = await desk.sit_down("super", **{"viewport": TELEVISION, **options})
    await page.goto(desk.address + path)
    await page.wait_for_selector("#connection[data-state=live]")
    return page


async def test_it_follows_what_happens_and_nothing_moves(desk: Desk, picture: Picture) -> None:
    scene = desk.scene
    firm, people = await scene.company("Boulangerie Durand", "Lucie Petit")
    for login in ("zoe", "ali"):
        await scene.state(login, AgentState.AVAILABLE)
    page = await hang(desk, "/wallboard?line=support")
    tiles = page.locator(".wall-figure")
    zoe = page.locator(".wall-people li").filter(has_text="Zoé Martin")
    await expect(tiles.first).to_have_text("0")
    places = await page.locator(".wall-tile, .wall-people li").evaluate_all(PLACES)
    await page.evaluate(OBSERVE)
    call = await scene.ring("PJSIP/101", company=firm, people=people)
    await expect(tiles.first).to_have_text("1")
    await expect(tiles.nth(1)).to_have_text(re.compile(r"^\d:\d\d$"))
    await expect(zoe).to_contain_text("Ringing")
    jumps = await moved(page, "it rings")
    await scene.answer(call, "PJSIP/101")
    await scene.state("zoe", AgentState.ON_CALL)
    await expect(zoe).to_contain_text("Lucie Petit · Boulangerie Durand")
    await expect(tiles.first).to_have_text("0")
    jumps += await moved(page, "it is answered")
    await scene.state("ali", AgentState.PAUSED, "lunch")
    nobody = page.get_by_text("Nobody is available")
    await expect(nobody).to_be_visible()
    await picture(page, "wallboard")
    await scene.hang_up(call)
    await scene.state("zoe", AgentState.WRAP_UP)
    await expect(zoe).to_contain_text("Wrap-up")
    await expect(tiles.nth(2)).to_have_text("1")
    jumps += await moved(page, "it is over")
    assert jumps == []
    assert await page.locator(".wall-tile, .wall-people li").evaluate_all(PLACES) == places


PLACES = """all => all.map((each) => {
  const {x, y, width, height} = each.getBoundingClientRect();
  return [x, y, width, height].map(Math.round);
})"""


async def test_a_wait_becomes_an_alarm_by_the_clock_alone(desk: Desk) -> None:
    await desk.scene.state("ali", AgentState.AVAILABLE)
    await desk.scene.ring("PJSIP/101")
    desk.scene.clock.advance(seconds=58)
    page = await hang(desk)
    wait = page.locator(".wall-tile").nth(1)
    due = wait.locator("[data-due]")
    assert await due.get_attribute("data-due") == str(
        (desk.scene.clock.now + timedelta(seconds=2)).isoformat()
    )
    await expect(due).to_be_visible()
    await expect(wait.locator(".wall-alarm")).to_contain_text("support")
    ground = "each => getComputedStyle(each).borderStyle"
    assert await wait.evaluate(ground) == "double"
    assert await page.locator(".wall-tile").first.evaluate(ground) == "solid"


async def test_it_says_when_it_is_not_current(desk: Desk, picture: Picture) -> None:
    page = await hang(desk)
    lost = page.locator("#wall-lost")
    await expect(lost).to_be_empty()
    await page.context.set_offline(True)
    desk.cut()
    await expect(lost).to_contain_text("Not current: the connection is lost since")
    await expect(page.locator("#connection")).to_have_attribute("data-state", "lost")
    await picture(page, "wallboard-lost")
    await page.context.set_offline(False)
    await expect(lost).to_be_empty(timeout=20_000)
    await page.route("**/wallboard", lambda route: route.abort())  # the stream goes on
    await desk.scene.ring("PJSIP/101")
    await expect(lost).to_contain_text("Not current")
    await page.unroute("**/wallboard")
    await expect(lost).to_be_empty()
    await expect(page.locator(".wall-figure").first).to_have_text("1")


async def test_it_is_read_from_five_metres_and_fits_the_screen(
    desk: Desk, picture: Picture
) -> None:
    for number in range(3, 13):
        await desk.scene.agent(f"a{number}", f"Agent {number}", f"PJSIP/2{number}", line="support")
    page = await hang(desk)
    sizes = "all => Math.min(...all.map((each) => parseFloat(getComputedStyle(each).fontSize)))"
    for part, least in LEAST_PX.items():
        found = await page.locator(f"#wall {part}").evaluate_all(sizes)
        assert found >= least, part
    await page.click("#wall-whole")
    await expect(page.locator("#wall-whole")).to_be_hidden()
    assert await page.evaluate("document.fullscreenElement.scrollHeight") <= TELEVISION["height"]
    await picture(page, "wallboard-whole")
