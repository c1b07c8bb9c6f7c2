"""The agent's page in a real browser."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, Route, expect

from callcenter.web.pages.console import STALE_AFTER
from tests.web.browser.chromium import hide
from tests.web.browser.conftest import Desk
from webhooks import EventType

Picture = Callable[[Page, str], Awaitable[None]]


async def test_a_call_rings_on_both_pages_and_becomes_the_winners(
    desk: Desk, picture: Picture
) -> None:
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali")
    await expect(zoe.locator("#idle")).to_be_visible()
    await picture(zoe, "idle")

    firm, people = await desk.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Support Gold", owner="Zoé Martin"
    )
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102", company=firm, people=people)
    for page in (zoe, ali):
        card = page.locator(".card[data-state=ringing]")
        await expect(card.locator(".card-name")).to_have_text("Lucie Petit", use_inner_text=True)
        await expect(card.locator(".card-company")).to_have_text(
            "Boulangerie Durand", use_inner_text=True
        )
        await expect(card.locator(".card-number")).to_have_text(
            "06 39 98 11 22", use_inner_text=True
        )
        await expect(card.locator(".card-line")).to_have_text("Line support", use_inner_text=True)
        for fact in ("Support Gold", "Zoé Martin", "Karim Benali"):
            await expect(card.locator(".card-facts")).to_contain_text(fact)
        await expect(page).to_have_title("Ringing · Lucie Petit")
        await expect(page.locator("#announcement")).to_contain_text("Ringing, Lucie Petit")
    await picture(zoe, "ringing")
    before = await zoe.locator(".card-name").bounding_box()

    await desk.scene.answer(call, "PJSIP/101")
    await expect(ali.locator(".card")).to_have_count(0)
    await expect(ali.locator("#notice")).to_contain_text("Taken by Zoé Martin", use_inner_text=True)
    await expect(ali.locator("#now")).to_contain_text("Talking", use_inner_text=True)
    await picture(ali, "taken")
    await expect(zoe.locator(".card[data-state=mine]")).to_be_visible()
    await expect(zoe.locator(".card-ticket")).to_contain_text("being made", use_inner_text=True)
    assert await zoe.locator(".card-name").bounding_box() == before

    number = await desk.scene.ticket(call, "The oven does not heat")
    link = zoe.locator(".card-ticket a")
    await expect(link).to_have_text(f"Ticket {number}")
    assert await zoe.locator(".card-name").bounding_box() == before
    await expect(zoe.locator("#my-tickets")).to_contain_text("The oven does not heat")
    await expect(ali.locator("#my-tickets")).to_contain_text("no ticket yet")
    await picture(zoe, "talking")

    await desk.scene.hang_up(call)
    await expect(zoe.locator(".card[data-state=over]")).to_be_visible()
    await expect(zoe.locator("#nothing-now")).to_be_visible()
    await picture(zoe, "over")
    await link.click()
    await expect(zoe.locator("h1")).to_have_text("The oven does not heat")


async def test_callers_who_are_not_known_are_said_plainly(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe", locale="fr-FR", color_scheme="dark")
    name = zoe.locator(".card .card-name")
    company = zoe.locator(".card .card-company")

    unknown = await desk.scene.ring("PJSIP/101", name="DURAND L")
    await expect(name).to_have_text("06 39 98 11 22", use_inner_text=True)
    await expect(company).to_have_text("Appelant inconnu", use_inner_text=True)
    await expect(zoe.locator(".card-facts")).to_contain_text("DURAND L")
    await picture(zoe, "unknown-dark-fr")
    await desk.scene.hang_up(unknown)
    await expect(zoe.locator("#notice")).to_contain_text("Personne n\u2019a décroché")

    anonymous = await desk.scene.ring("PJSIP/101", raw="anonymous", e164=None)
    await expect(name).to_have_text("Appelant anonyme", use_inner_text=True)
    await expect(company).to_have_text("Le numéro est masqué", use_inner_text=True)
    await picture(zoe, "anonymous-dark-fr")
    await desk.scene.hang_up(anonymous)

    _, people = await desk.scene.company("Garage Vidal", "Anna Vidal", "Marc Vidal")
    shared = await desk.scene.ring("PJSIP/101", people=people)
    await expect(name).to_have_text("Plusieurs contacts", use_inner_text=True)
    for person in ("Anna Vidal (Garage Vidal)", "Marc Vidal (Garage Vidal)"):
        await expect(company).to_contain_text(person)
    await picture(zoe, "shared-dark-fr")
    await desk.scene.hang_up(shared)

    await desk.scene.ring("PJSIP/101", raw="204", e164=None)
    await expect(name).to_have_text("204", use_inner_text=True)


async def test_of_two_calls_the_older_has_the_large_place(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe", viewport={"width": 2560, "height": 1440})
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit", contract="Gold")
    first = await desk.scene.ring("PJSIP/101", "PJSIP/102", company=firm, people=people)
    await expect(zoe.locator(".card-name")).to_contain_text("Lucie Petit")
    desk.scene.clock.advance(seconds=2)
    second = await desk.scene.ring("PJSIP/101", "PJSIP/102", raw="0199001234", e164="+33199001234")
    await expect(zoe.locator(".also-card")).to_contain_text("01 99 00 12 34")
    await expect(zoe.locator(".card-name")).to_contain_text("Lucie Petit")
    await picture(zoe, "two-calls-2560")

    await desk.scene.answer(first, "PJSIP/102")
    await expect(zoe.locator(".card-name")).to_contain_text("01 99 00 12 34")
    await expect(zoe.locator("#notice")).to_contain_text("Ali Benali")
    await desk.scene.answer(second, "PJSIP/101")
    await expect(zoe.locator(".card[data-state=mine]")).to_contain_text("01 99 00 12 34")


async def test_a_page_loaded_during_a_call_shows_it(desk: Desk, picture: Picture) -> None:
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102")
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call)
    zoe = await desk.sit_down("zoe", viewport={"width": 360, "height": 740})
    await expect(zoe.locator(".card[data-state=mine] .card-ticket a")).to_contain_text(number)
    await picture(zoe, "talking-360")
    wide = await zoe.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    await zoe.reload()
    await expect(zoe.locator(".card[data-state=mine] .card-ticket a")).to_contain_text(number)


async def test_a_hidden_tab_receives_what_happens(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    other = await zoe.context.new_page()
    await other.bring_to_front()
    await hide(zoe)
    call = await desk.scene.ring("PJSIP/101")
    await expect(zoe).to_have_title("Ringing · 06 39 98 11 22")
    await desk.scene.answer(call, "PJSIP/101")
    await expect(zoe.locator(".card[data-state=mine]")).to_have_count(1)


async def test_nothing_is_lost_while_the_connection_is_down(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    await zoe.context.set_offline(True)
    desk.cut()
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "lost")
    call = await desk.scene.ring("PJSIP/101", "PJSIP/102")
    await desk.scene.answer(call, "PJSIP/102")
    await zoe.context.set_offline(False)
    await expect(zoe.locator("#now")).to_contain_text("Ali Benali", timeout=15_000)
    await expect(zoe.locator("#notice")).to_contain_text("Ali Benali")


async def test_the_keyboard_is_enough(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe")
    await zoe.keyboard.press("Tab")
    await expect(zoe.locator(".skip")).to_be_focused()
    await zoe.keyboard.press("Enter")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call, "Printer")
    link = zoe.locator(".card-ticket a")
    await expect(link).to_contain_text(number)
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    while not await link.evaluate("link => link === document.activeElement"):
        await zoe.keyboard.press("Shift+Tab")
    await picture(zoe, "keyboard")

    await desk.scene.hang_up(call)
    await expect(zoe.locator(".card[data-state=over]")).to_be_visible()
    await expect(link).to_be_focused()
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator("h1")).to_have_text("Printer")


async def test_text_from_callers_is_shown_as_text(desk: Desk) -> None:
    evil = "<img src=x onerror=alert(1)>"
    zoe = await desk.sit_down("zoe")
    firm, people = await desk.scene.company(
        evil, evil, contract="</script><script>alert(1)</script>"
    )
    await desk.scene.ring("PJSIP/101", raw=evil, e164=None, name=evil, company=firm, people=people)
    await expect(zoe.locator(".card-name")).to_have_text(evil, use_inner_text=True)
    await expect(zoe.locator(".card-facts")).to_contain_text("</script><script>alert(1)</script>")
    await zoe.reload()
    await expect(zoe.locator(".card-name")).to_have_text(evil, use_inner_text=True)
    assert await zoe.locator("img").count() == 0


async def test_a_pbx_out_of_sight_is_said_until_it_is_back(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe")
    for _ in range(2):
        await desk.scene.sight("main", reason="connection refused")
    await expect(zoe.locator("#sight p")).to_have_count(1)
    await expect(zoe.locator("#sight")).to_contain_text("The PBX main is out of sight")
    await picture(zoe, "out-of-sight")
    await desk.scene.sight("main", reason=None)
    await expect(zoe.locator("#sight p")).to_have_count(0)


async def test_a_line_that_begins_to_ring_for_an_agent_shows_its_calls(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/201", line="sales")
    await expect(zoe.locator("#nothing-now")).to_be_visible()
    await desk.scene.join("sales", "PJSIP/101")
    await expect(zoe.locator("#now")).to_contain_text("sales")
    await desk.scene.leave("sales", "PJSIP/101")
    await expect(zoe.locator("#nothing-now")).to_be_visible()
    await desk.scene.hang_up(call)


async def test_what_happens_while_the_page_loads_anew_is_not_undone(desk: Desk) -> None:
    """Race: a call ends between the server's writing of the page and the browser's reading it."""
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/101")
    await expect(zoe.locator(".card[data-state=ringing]")).to_be_visible()
    loaded = asyncio.Event()

    async def slowly(route: Route) -> None:
        page = await route.fetch()
        await desk.scene.hang_up(call)
        await zoe.wait_for_timeout(500)
        await route.fulfill(response=page)
        loaded.set()

    await zoe.route(f"{desk.address}/", slowly, times=1)
    await desk.scene.join("sales", "PJSIP/101")
    await loaded.wait()
    await desk.scene.ring("PJSIP/101", raw="0199001234", e164="+33199001234")
    await expect(zoe.locator("#now")).to_contain_text("01 99 00 12 34")
    await expect(zoe.locator("#now tr")).to_have_count(1)


async def test_a_page_that_cannot_be_loaded_anew_says_so_and_tries_again(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    await zoe.route(f"{desk.address}/", lambda route: route.abort(), times=1)
    await desk.scene.join("sales", "PJSIP/101")
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "lost")
    await desk.scene.ring("PJSIP/201", line="sales")
    await expect(zoe.locator("#now")).to_contain_text("sales", timeout=20_000)
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "live")


async def test_a_call_that_is_handed_on_rings_for_the_colleague_alone(desk: Desk) -> None:
    zoe, ali = await desk.sit_down("zoe"), await desk.sit_down("ali")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    await expect(zoe.locator(".card[data-state=mine]")).to_be_visible()
    await expect(ali.locator(".card")).to_have_count(0)

    desk.scene.clock.advance(seconds=30)
    await desk.scene.offer(call, "PJSIP/102")
    await expect(ali.locator(".card[data-state=ringing]")).to_be_visible()
    await expect(zoe.locator(".card[data-state=mine]")).to_be_visible()

    await desk.scene.hand_on(call, "PJSIP/101", "PJSIP/102")
    await expect(ali.locator(".card[data-state=mine]")).to_be_visible()
    await expect(zoe.locator(".card-state")).to_have_text("Handed on", use_inner_text=True)


async def test_the_panel_goes_when_the_call_is_over_and_its_ticket_done(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    number = await desk.scene.ticket(call)
    await desk.scene.hang_up(call)
    await expect(zoe.locator(".card[data-state=over]")).to_be_visible()
    await desk.scene.complete(number, "Done.")
    await expect(zoe.locator("#idle")).to_be_visible()


async def test_a_call_that_ended_while_the_page_was_away_is_over(desk: Desk) -> None:
    """The page slept for so long that it is loaded anew rather than told everything."""
    zoe = await desk.sit_down("zoe")
    call = await desk.scene.ring("PJSIP/101")
    await desk.scene.answer(call, "PJSIP/101")
    await desk.scene.ticket(call)
    await expect(zoe.locator(".card[data-state=mine]")).to_be_visible()
    await zoe.context.set_offline(True)
    desk.cut()
    await desk.scene.hang_up(call)
    await desk.scene.entries(EventType.CALL_UPDATED, STALE_AFTER + 1, line="elsewhere")
    await zoe.context.set_offline(False)
    await expect(zoe.locator(".card[data-state=over]")).to_be_visible(timeout=20_000)
    await expect(zoe.locator("#nothing-now")).to_be_visible()
    await expect(zoe.locator("#connection")).to_have_attribute("data-state", "live")
