"""The page of preferences in a real browser."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.web.browser.conftest import Desk

Picture = Callable[[Page, str], Awaitable[None]]

GROUND = "getComputedStyle(document.body).backgroundColor"


async def test_theme_and_language_are_the_agents_own(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe", color_scheme="light")
    light = await zoe.evaluate(GROUND)
    await zoe.click(".who-name")
    await zoe.select_option("#theme", "dark")
    await zoe.select_option("#language", "fr")
    await zoe.check("[name=sound]")
    await zoe.click("#try")
    await zoe.click(".submit button")
    await expect(zoe.locator(".said")).to_have_text("Enregistré.")
    assert await zoe.evaluate(GROUND) != light
    await picture(zoe, "preferences-dark-fr")
    await zoe.emulate_media(color_scheme="dark")
    await zoe.select_option("#theme", "light")
    await zoe.click(".submit button")
    await expect(zoe.locator(".said")).to_have_text("Enregistré.")
    assert await zoe.evaluate(GROUND) == light
    await picture(zoe, "preferences-light-fr")


async def test_the_browser_is_asked_for_its_leave_and_its_answer_said(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    await zoe.context.grant_permissions(["notifications"])
    await zoe.goto(f"{desk.address}/preferences")
    await zoe.evaluate(
        """() => {
          window.asked = 0;
          Notification.requestPermission = async () => { window.asked += 1; return "denied"; };
          Object.defineProperty(Notification, "permission", {
            get: () => (window.asked ? "denied" : "default"),
          });
        }"""
    )
    await zoe.check("[name=notifications]")
    await expect(zoe.locator("[data-when=denied]")).to_be_visible()
    assert await zoe.evaluate("asked") == 1
