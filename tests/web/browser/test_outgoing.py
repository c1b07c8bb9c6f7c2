"""Calls that agents make: from the list of missed calls, from a ticket, from any number shown."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from callcenter.core.outgoing import Purpose
from callcenter.db import outgoing
from callcenter.db import tickets as desk_tickets
from tests.web.browser.conftest import Desk
from tests.web.scene import PUBLIC_URL

Picture = Callable[[Page, str], Awaitable[None]]

NARROW = {"width": 360, "height": 740}


async def call_id(desk: Desk) -> str:
    """The call that Zoé made last."""
    async with desk.scene.database.reading() as connection:
        return (await outgoing.last_of(connection, 1, 1))[0].id


async def fits(page: Page) -> bool:
    return not await page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_one_key_calls_the_first_of_the_list_back(desk: Desk, picture: Picture) -> None:
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit")
    await desk.scene.missed("0199001234")
    await desk.scene.missed("anonymous", wait_s=4)
    await desk.scene.missed(times=3, wait_s=95, company=firm, people=people)
    zoe = await desk.sit_down("zoe")
    await expect(zoe.locator("#callback-count")).to_have_text("3")
    await zoe.locator("nav a[href='/callbacks']").press("Enter")
    await zoe.wait_for_selector("#connection[data-state=live]")
    first = zoe.locator(".callback").first
    await expect(first).to_contain_text("Lucie Petit")
    await expect(zoe.locator(".callback")).to_have_count(3)
    await expect(zoe.locator(".callback [data-dial]")).to_have_count(2)  # one withheld the number
    await picture(zoe, "missed-calls")

    await zoe.keyboard.press("F2")
    strip = zoe.locator("#outgoing")
    await expect(strip).to_contain_text("Your telephone is about to ring")
    await expect(first).to_contain_text("Yours")
    id_ = await call_id(desk)
    await desk.scene.dialled(id_, "sent", "pick_up")
    await expect(strip).to_contain_text("101 rings: pick up")
    await picture(zoe, "missed-calls-pick-up")
    await desk.scene.dialled(id_, "calling", "talking")
    await expect(strip).to_contain_text("You are talking")
    await expect(zoe.locator(".callback")).to_have_count(2)
    await expect(zoe.locator("#closed")).to_contain_text("Called back")
    await desk.scene.dialled(id_, "ended", result="answered")
    await expect(strip).to_contain_text("Reached")
    await picture(zoe, "missed-calls-reached")
    await strip.locator("[data-close]").press("Enter")
    await expect(strip).to_be_hidden()


async def test_one_agent_at_a_time_has_it(desk: Desk, picture: Picture) -> None:
    id_ = await desk.scene.missed()
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali", color_scheme="dark")
    for page in (zoe, ali):
        await page.goto(f"{desk.address}/callbacks")
        await page.wait_for_selector("#connection[data-state=live]")
    await zoe.locator(f"form[action='/callbacks/{id_}/take'] button").press("Enter")
    await expect(zoe.locator(".callback")).to_contain_text("Yours")
    await expect(ali.locator(".callback")).to_contain_text("Zoé Martin calls back")
    await expect(ali.locator(".callback [data-dial]")).to_have_count(0)
    await picture(ali, "missed-calls-taken-dark")
    await zoe.locator(f"form[action='/callbacks/{id_}/give-back'] button").press("Enter")
    await expect(ali.locator(f"form[action='/callbacks/{id_}/take'] button")).to_be_visible()
    await ali.locator(".callback details summary").press("Enter")
    await ali.locator(f"#reason-{id_}").select_option("unreachable")
    await ali.locator(f"form[action='/callbacks/{id_}/dismiss'] button").press("Enter")
    await expect(zoe.locator("#waiting")).to_contain_text("Nobody waits for a call back.")
    await expect(zoe.locator("#closed")).to_contain_text("Cannot be reached")


async def test_the_count_beside_the_link_is_live(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    count = zoe.locator("#callback-count")
    await expect(count).to_be_hidden()
    await desk.scene.missed()
    await expect(count).to_have_text("1")


async def test_a_ticket_is_checked_with_the_customer_before_it_is_completed(
    desk: Desk, picture: Picture
) -> None:
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit")
    call = await desk.scene.ring("PJSIP/101", company=firm, people=people)
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call, "Till does not open")
    await desk.scene.hang_up(call)
    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets/{number}")
    await zoe.get_by_role("button", name="Call the customer to check").press("Enter")
    strip = zoe.locator("#outgoing")
    await expect(strip).to_contain_text("Your telephone is about to ring")
    await zoe.fill("#note", "Half a thought")
    id_ = await call_id(desk)
    await desk.scene.dialled(id_, "sent", "pick_up", "calling", "talking")
    await desk.scene.dialled(id_, "ended", result="answered")
    verdict = zoe.locator("#verdict")
    await expect(verdict).to_contain_text("Does it work?")
    await expect(zoe.locator("#note")).to_have_value("Half a thought")
    await expect(zoe.locator("#calls-made")).to_contain_text("Reached")
    await picture(zoe, "ticket-to-verify")
    await verdict.get_by_role("button", name="Solved: complete").press("Enter")
    await expect(verdict.locator(".problem")).to_contain_text("write the summary note")
    await zoe.fill("#verdict-summary", "Drawer unjammed; she opened it twice.")
    await verdict.get_by_role("button", name="Solved: complete").press("Enter")
    await expect(zoe.locator("#verdict")).to_be_hidden()
    async with desk.scene.database.reading() as connection:
        ticket = await desk_tickets.get(connection, number, base_url=PUBLIC_URL)
        (made,) = await outgoing.of_ticket(connection, number, 9)
    assert ticket is not None
    assert (ticket.status, made.verdict, made.purpose) == ("complete", "solved", "verify")


async def test_what_failed_says_what_to_do(desk: Desk, picture: Picture) -> None:
    for number in range(3):
        await desk.scene.missed(f"063998112{number}", times=number + 1)
    zoe = await desk.sit_down("zoe", viewport=NARROW, locale="fr-FR")
    await zoe.goto(f"{desk.address}/callbacks")
    await zoe.wait_for_selector("#connection[data-state=live]")
    await zoe.locator(".callback [data-dial] button").first.press("Enter")
    await expect(zoe.locator("#outgoing")).to_contain_text("Votre téléphone va sonner")
    await desk.scene.dialled(await call_id(desk), "ended", result="failed", trouble="right")
    await expect(zoe.locator("#outgoing")).to_contain_text("manager.conf")
    assert await fits(zoe)
    await picture(zoe, "missed-calls-360-fr")


async def test_a_second_call_is_refused_while_one_goes_on(desk: Desk) -> None:
    await desk.scene.outgoing("zoe", purpose=Purpose.CALL)
    call = await desk.scene.ring("PJSIP/102")
    await desk.scene.hang_up(call)
    zoe = await desk.sit_down("zoe")
    await expect(zoe.locator("#outgoing")).to_contain_text("about to ring")
    await zoe.goto(f"{desk.address}/calls")
    await expect(zoe.locator("#outgoing")).to_contain_text("about to ring")
    await zoe.locator("#calls [data-dial] button").first.press("Enter")
    await expect(zoe.locator("#outgoing")).to_contain_text("Another call of yours goes on")


async def test_every_number_has_its_button(desk: Desk, picture: Picture) -> None:
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    zoe = await desk.sit_down("zoe", color_scheme="dark")
    await expect(zoe.locator(".card [data-dial]")).to_be_hidden()  # they talk
    await desk.scene.hang_up(call)
    await expect(zoe.locator(".card [data-dial]")).to_be_visible()
    await picture(zoe, "card-over-dark")
    await zoe.locator(".card [data-dial] button").press("Enter")
    await expect(zoe.locator("#outgoing")).to_contain_text("about to ring")
    await picture(zoe, "console-calling-dark")
    for path in ("/calls", f"/callers/{call}"):
        await zoe.goto(f"{desk.address}{path}")
        await expect(zoe.locator("main [data-dial]").first).to_be_visible()
        await picture(zoe, f"button-on{path.split('/')[1]}-dark")
