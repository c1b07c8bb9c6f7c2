"""The agent's own state, pauses and debts in a real browser."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from callcenter.core.agent_state import AgentState
from callcenter.db import agents, pauses
from callcenter.db.pauses import Pause
from tests.web.browser.conftest import Desk

Picture = Callable[[Page, str], Awaitable[None]]


async def pause_of(desk: Desk, login: str) -> Pause | None:
    async with desk.scene.database.reading() as connection:
        agent = await agents.by_login(connection, login)
        assert agent is not None
        return await pauses.get(connection, agent.id)


async def test_a_pause_is_two_keys_and_so_is_its_end(desk: Desk, picture: Picture) -> None:
    await desk.scene.state("zoe", AgentState.AVAILABLE)
    zoe = await desk.sit_down("zoe")
    state = zoe.locator("#presence-state")
    await expect(state).to_contain_text("Available", use_inner_text=True)
    await zoe.keyboard.press("F8")
    await expect(zoe.locator(".pause-reasons button").first).to_be_focused()
    await picture(zoe, "pause-menu")
    await zoe.keyboard.press("Escape")
    await expect(zoe.locator(".pause-reasons")).to_be_hidden()
    for key in ("F8", "2"):
        await zoe.keyboard.press(key)
    await expect(state).to_contain_text("On a pause Lunch", use_inner_text=True)
    pause = await pause_of(desk, "zoe")
    assert pause is not None
    assert pause.reason == "lunch"
    await picture(zoe, "paused")
    await zoe.keyboard.press("F8")
    await expect(state).to_contain_text("Available", use_inner_text=True)
    assert await pause_of(desk, "zoe") is None


async def test_a_telephone_that_rings_is_told_without_asking_the_service(desk: Desk) -> None:
    """On a busy line all of the team ring, and stop to, several times a second."""
    for login in ("zoe", "ali"):
        await desk.scene.state(login, AgentState.AVAILABLE)
    zoe = await desk.sit_down("zoe")
    asked: list[str] = []
    zoe.on("request", lambda request: asked.append(request.url))
    places = zoe.locator("#presence-state"), zoe.locator("#colleagues [data-agent=ali]")
    for _ in range(2):
        call = await desk.scene.ring("PJSIP/101", "PJSIP/102")
        for place in places:
            await expect(place).to_contain_text("Ringing", use_inner_text=True)
        await desk.scene.hang_up(call)
        for place in places:
            await expect(place).to_contain_text("Available", use_inner_text=True)
    assert asked == []


async def test_a_pause_takes_nothing_that_is_being_typed(desk: Desk) -> None:
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    note = zoe.locator("[name=note], [name=text]").first
    await note.fill("half a sentence")
    await zoe.keyboard.press("F8")
    await zoe.keyboard.press("ArrowDown")
    await zoe.keyboard.press("ArrowDown")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#presence-state")).to_contain_text("Stock-taking")
    await expect(note).to_have_value("half a sentence")


async def test_what_stops_calls_is_said_while_it_does(desk: Desk, picture: Picture) -> None:
    for login in ("zoe", "ali"):
        await desk.scene.state(login, AgentState.AVAILABLE)
    zoe = await desk.sit_down("zoe")
    narrow = await desk.sit_down(
        "zoe", locale="fr-FR", color_scheme="dark", viewport={"width": 360, "height": 740}
    )
    bar = zoe.locator("#presence")
    height = await bar.evaluate("bar => bar.offsetHeight")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    await desk.scene.state("zoe", AgentState.ON_CALL, blocked_on="support")
    await desk.scene.hang_up(call)
    await desk.scene.state("zoe", AgentState.WRAP_UP, blocked_on="support")
    for page in (zoe, narrow):
        await expect(page.locator("#presence")).to_have_attribute("data-told", "blocked")
    await expect(bar).to_contain_text("You get no further calls until they are written.")
    assert await bar.evaluate("bar => bar.offsetHeight") == height, "nothing moves"
    await picture(zoe, "blocked")
    await picture(narrow, "blocked-narrow-dark-fr")
    # Closing the page, or another one, changes nothing of it.
    await zoe.reload()
    await expect(bar).to_have_attribute("data-told", "blocked")
    await zoe.locator(f"#title-{call}").fill("Printer is offline")
    await zoe.locator(f"#title-{call}").press("Enter")
    await desk.scene.state("zoe", AgentState.AVAILABLE)
    await expect(bar).to_have_attribute("data-told", "nothing")


async def test_a_reminder_comes_softly_and_stays(desk: Desk) -> None:
    await desk.scene.join("printers", "PJSIP/101")
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/101", line="printers")
    await desk.scene.answer(call, "PJSIP/101")
    await desk.scene.hang_up(call)
    await expect(zoe.locator("#presence")).to_have_attribute("data-told", "remind")
    await expect(zoe.locator("#presence-owed")).to_contain_text("Tickets to write 1")
