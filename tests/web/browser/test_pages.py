"""Tickets, calls and the sign-in in a real browser."""

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.web.browser.conftest import Desk
from tests.web.scene import PASSWORD

Picture = Callable[[Page, str], Awaitable[None]]


async def ticketed(desk: Desk) -> str:
    """A call that Zoé answered; gives its ticket's number."""
    firm, people = await desk.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Support Gold", owner="Nora Klein"
    )
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102", company=firm, people=people)
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call, "The oven does not heat")
    await desk.scene.hang_up(call)
    return number


async def test_a_ticket_is_written_and_completed_without_losing_what_was_typed(
    desk: Desk, picture: Picture
) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.click("#my-tickets a")
    await expect(zoe).to_have_url(re.compile(f"/tickets/{number}$"))

    await zoe.fill("#note", "Half a thought")
    await zoe.fill("#title", "Oven: fuse")
    await zoe.select_option("#priority", "high")
    await zoe.click("#fields button")
    await expect(zoe.locator("h1")).to_have_text("Oven: fuse")
    await expect(zoe.locator("#fields .said")).to_have_text("Saved.")
    await expect(zoe.locator("#note")).to_have_value("Half a thought")

    await zoe.click("#resolution button")
    await expect(zoe.locator("#problem-summary")).to_contain_text("write the summary note")
    await expect(zoe.locator("#summary")).to_be_focused()
    await expect(zoe.locator("#note")).to_have_value("Half a thought")
    await picture(zoe, "ticket-summary-missing")

    await zoe.click("#notes button")
    await expect(zoe.locator(".notes")).to_contain_text("Half a thought")
    await zoe.fill("#summary", "Fuse replaced, the oven heats.")
    await zoe.click("#resolution button")
    await expect(zoe.locator("#head .badge").first).to_have_text("Complete")
    await expect(zoe.locator("#resolution")).to_contain_text("The ticket is complete.")
    await picture(zoe, "ticket-complete")
    assert zoe.url.endswith(f"/tickets/{number}")


async def test_a_completed_ticket_is_done_on_the_call_panel(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call)
    await expect(zoe.locator(".card-ticket")).to_contain_text("To be completed")
    other = await zoe.context.new_page()
    await other.goto(f"{desk.address}/tickets/{number}")
    await other.fill("#summary", "Done on the telephone.")
    await other.click("#resolution button")
    shown = zoe.locator(".card-ticket [data-when=qualified]")
    await expect(shown).to_be_visible()
    await expect(zoe.locator("#my-tickets .badge")).to_have_text("Complete")


async def test_what_is_chosen_in_one_form_stays_while_another_is_sent(desk: Desk) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.select_option("#priority", "high")
    await zoe.fill("#note", "Called back.")
    await zoe.click("#notes button")
    await expect(zoe.locator(".notes")).to_contain_text("Called back.")
    await expect(zoe.locator("#priority")).to_have_value("high")


async def test_a_form_that_cannot_be_sent_stays_with_what_was_written(desk: Desk) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.context.set_offline(True)
    await zoe.fill("#summary", "Fuse replaced.")
    await zoe.click("#resolution button")
    await expect(zoe.locator("#problem-summary")).to_contain_text("Not sent")
    await expect(zoe.locator("#summary")).to_have_value("Fuse replaced.")
    await zoe.context.set_offline(False)
    await zoe.click("#resolution button")
    await expect(zoe.locator("#resolution")).to_contain_text("The ticket is complete.")


async def test_what_was_written_survives_the_end_of_the_session(desk: Desk) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.context.clear_cookies()
    await zoe.fill("#summary", "Fuse replaced.")
    for _ in range(2):
        await zoe.click("#resolution button")
        await expect(zoe.locator("#problem-summary")).to_contain_text("You are signed out")
    other = await zoe.context.new_page()
    await other.goto(f"{desk.address}/sign-in")
    await other.fill("#login", "zoe")
    await other.fill("#password", PASSWORD)
    await other.press("#password", "Enter")
    await other.wait_for_url(f"{desk.address}/")
    await zoe.click("#resolution button")
    await expect(zoe.locator("#resolution")).to_contain_text("The ticket is complete.")
    await expect(zoe.locator("#resolution")).to_contain_text("Fuse replaced.")


async def test_a_ticket_is_written_by_keyboard_alone(desk: Desk) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.focus("#priority")
    await zoe.keyboard.press("Tab")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#fields .said")).to_have_text("Saved.")
    await expect(zoe.locator("#fields button")).to_be_focused()
    await zoe.keyboard.press("Tab")
    await zoe.keyboard.type("Fuse replaced.")
    await zoe.keyboard.press("Tab")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("#resolution")).to_contain_text("The ticket is complete.")
    await expect(zoe.locator("#resolution")).to_be_focused()
    await zoe.keyboard.press("Tab")
    await expect(zoe.locator("#calls-made button")).to_be_focused()
    await zoe.keyboard.press("Tab")
    await expect(zoe.locator("#note")).to_be_focused()


async def test_a_call_is_exempted_on_its_ticket_and_what_is_being_written_stays(
    desk: Desk, picture: Picture
) -> None:
    number = await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.fill("#note", "Half a thought")
    await zoe.click("#exemption summary")
    await zoe.select_option("#exemption select", "nuisance")
    await zoe.click("#exemption button")
    await expect(zoe.locator("#resolution")).to_contain_text("No ticket needed: Nuisance call")
    await expect(zoe.locator("#head .badge").first).to_have_text("Complete")
    await expect(zoe.locator("#note")).to_have_value("Half a thought")
    await zoe.click("#exemption button")
    await expect(zoe.locator("#head .badge").first).to_have_text("In progress")
    await zoe.click("#exemption summary")
    await zoe.click("#exemption button")
    await zoe.goto(f"{desk.address}/obligations?show=exempt")
    await expect(zoe.locator("#obligations tbody tr")).to_have_count(1)
    await picture(zoe, "obligations-exempt")
    await zoe.click(".decisions button")
    await expect(zoe.locator("#obligations")).to_contain_text("None at the moment.")


async def test_the_obligations_follow_what_happens(desk: Desk) -> None:
    ines = await desk.sit_down("super")
    await ines.goto(f"{desk.address}/obligations")
    await ines.wait_for_selector("#connection[data-state=live]")
    rows = ines.locator("#obligations tbody tr")
    for count in (1, 2):
        desk.scene.clock.advance(seconds=1)
        call = await desk.scene.ring("PJSIP/101")
        await desk.scene.answer(call, "PJSIP/101")
        await expect(rows).to_have_count(count)
    await rows.first.locator("summary").click()
    await desk.scene.hang_up(call)
    await desk.scene.ticket(call)
    await rows.first.locator(".exempt button").click()
    await expect(rows).to_have_count(0)


async def test_pages_work_without_a_script(desk: Desk) -> None:
    number = await ticketed(desk)
    context = await desk.browser.new_context(java_script_enabled=False, locale="en-GB")
    zoe = await context.new_page()
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.fill("#login", "zoe")
    await zoe.fill("#password", "correct horse")
    await zoe.press("#password", "Enter")
    await zoe.fill("#note", "Without a script.")
    await zoe.click("#notes button")
    await expect(zoe.locator(".notes")).to_contain_text("Without a script.")
    await zoe.click("#resolution button")
    await expect(zoe.locator("#problem-summary")).to_contain_text("write the summary note")
    await zoe.click("text=Français")
    await expect(zoe).to_have_url(f"{desk.address}/tickets/{number}")
    await expect(zoe.locator("#resolution")).to_contain_text("Note de synthèse")
    await zoe.goto(f"{desk.address}/tickets?status=complete")
    await zoe.click("text=English")
    await expect(zoe).to_have_url(f"{desk.address}/tickets?status=complete")


async def test_the_call_list_follows_what_happens(desk: Desk, picture: Picture) -> None:
    await ticketed(desk)
    zoe = await desk.sit_down("zoe")
    await zoe.click("nav a[href='/calls']")
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "live")
    await expect(zoe.locator("tbody tr")).to_have_count(1)
    await zoe.locator("tbody a").first.focus()
    call = await desk.scene.ring("PJSIP/101", raw="anonymous", e164=None)
    await expect(zoe.locator("tbody tr")).to_have_count(2)
    await expect(zoe.locator("tbody a").first).to_be_focused()
    await desk.scene.hang_up(call)
    await expect(zoe.locator("tbody")).to_contain_text("Caller gave up")
    await picture(zoe, "calls")
    await zoe.set_viewport_size({"width": 360, "height": 740})
    await picture(zoe, "calls-360")
    assert not await zoe.evaluate("document.documentElement.scrollWidth > innerWidth")
    await zoe.goto(f"{desk.address}/tickets")
    await picture(zoe, "tickets-360")
    assert not await zoe.evaluate("document.documentElement.scrollWidth > innerWidth")
    await zoe.click("tbody a")
    await picture(zoe, "ticket-360")
    assert not await zoe.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_a_hidden_call_list_holds_no_connection_and_is_read_when_it_is_seen(
    desk: Desk,
) -> None:
    """A browser has six connections to a site: forgotten tabs must not take the console's."""
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/calls")
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "live")
    async with zoe.expect_event("requestfailed", lambda request: "/live" in request.url):
        await show(zoe, hidden=True)
    await desk.scene.ring("PJSIP/101")
    await show(zoe, hidden=False)
    await expect(zoe.locator("tbody tr")).to_have_count(1)
    await desk.scene.ring("PJSIP/101")
    await expect(zoe.locator("tbody tr")).to_have_count(2)


async def show(page: Page, *, hidden: bool) -> None:
    """Headless browsers show every tab; tell the page what it is told by others."""
    await page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def test_who_is_signed_out_elsewhere_is_taken_to_the_sign_in(
    desk: Desk, picture: Picture
) -> None:
    zoe = await desk.sit_down("zoe", locale="fr-FR")
    other = await zoe.context.new_page()
    await other.goto(desk.address)
    await other.click("text=Se déconnecter")
    await expect(other).to_have_url(f"{desk.address}/sign-in")
    await picture(other, "sign-in-fr")
    desk.cut()
    await expect(zoe).to_have_url(f"{desk.address}/sign-in", timeout=20_000)


async def test_a_wrong_password_is_said_on_the_form(desk: Desk, picture: Picture) -> None:
    page = await desk.browser.new_page(locale="en-GB", color_scheme="dark")
    await page.goto(desk.address)
    await page.keyboard.type("zoe")
    await page.keyboard.press("Tab")
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_contain_text("do not go together")
    await expect(page.locator("#password")).to_be_focused()
    await picture(page, "sign-in-wrong-dark")
