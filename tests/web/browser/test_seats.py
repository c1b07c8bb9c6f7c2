"""Choosing a telephone in a real browser."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.web.browser.conftest import Desk

Picture = Callable[[Page, str], Awaitable[None]]


async def test_a_telephone_is_taken_by_keyboard_and_its_calls_are_ones_own(
    desk: Desk, picture: Picture
) -> None:
    for login, name in (("lea", "Léa Dubois"), ("noe", "Noé Faure")):
        await desk.scene.agent(login, name)
    for interface in ("PJSIP/103", "PJSIP/104", "PJSIP/105"):
        await desk.scene.join("support", interface)
    lea = await desk.enter("lea")
    await expect(lea.locator("[name=interface]:checked")).to_be_focused()
    await lea.keyboard.press("ArrowDown")
    await picture(lea, "seat")
    await lea.keyboard.press("Enter")
    await lea.wait_for_selector("#connection[data-state=live]")
    call = await desk.scene.ring("PJSIP/104")
    await expect(lea.locator(".card[data-state=ringing]")).to_be_visible()

    noe = await desk.enter("noe", locale="fr-FR", color_scheme="dark")
    await noe.locator("[value='PJSIP/104']").press("Space")
    await picture(noe, "seat-dark-fr")
    await noe.keyboard.press("Enter")
    await expect(noe.locator(".seat-taken button")).to_be_focused()
    await expect(noe.locator(".seat-taken")).to_contain_text("Léa Dubois")
    await picture(noe, "seat-taken-dark-fr")
    await noe.keyboard.press("Enter")
    await expect(noe.locator(".card[data-state=ringing]")).to_be_visible()
    await desk.scene.hang_up(call)
    await desk.scene.ring("PJSIP/104")
    await expect(noe.locator(".card[data-state=ringing]")).to_be_visible()
    await expect(lea.locator("#idle-text a")).to_have_text("Choose a telephone")

    await noe.click("text=Se déconnecter")
    noe = await desk.enter("noe", viewport={"width": 360, "height": 740})
    await expect(noe.locator("[value='PJSIP/104']")).to_be_checked()
    await picture(noe, "seat-narrow")
