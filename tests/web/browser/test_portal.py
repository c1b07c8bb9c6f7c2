"""The portal in a real browser: a customer asks, an agent answers, the customer reads it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect

from callcenter.db.customers import Customer
from tests.web.browser.conftest import Desk

Picture = Callable[[Page, str], Awaitable[None]]

TABS_MAX = 40
"""More than there is to reach on any page."""


@pytest.fixture
async def customer(desk: Desk) -> Customer:
    """Somebody of a company who may sign in."""
    company, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit", "Marc Roy")
    return await desk.scene.customer("lucie", company, people[0], name="Lucie Petit")


async def history(desk: Desk, customer: Customer) -> str:
    """Tickets in every state; gives the number of the solved one, with the longest words."""
    scene = desk.scene
    waiting = await scene.ask(customer, "Which licence do we need for the new till?", "For Marc.")
    await scene.note(waiting, "How many people will use it?", is_public=True)
    await scene.set_status(waiting, "waiting")
    working = await scene.ask(customer, "The Wi-Fi in the shop is slow", "Every afternoon.")
    await scene.set_status(working, "in_progress")
    solved = await scene.ask(
        customer,
        "Recherchez-vous-une-imprimante-multifonctionnelle-pour-le-premier-étage-de-la-boutique",
        "The printer on the first floor is offline.\n\nIts display says: check the cable.",
    )
    await scene.note(solved, "The cable is plugged in again.", is_public=True)
    await scene.complete(solved, "Cable")
    await scene.ask(customer, "The oven does not heat", "Since this morning.")
    return solved


async def reach(page: Page, selector: str) -> None:
    """Go to a control by the Tab key alone."""
    for _ in range(TABS_MAX):
        await page.keyboard.press("Tab")
        if await page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")


STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.mark.usefixtures("customer")
async def test_a_customer_asks_by_keyboard_and_reads_what_an_agent_answers(
    desk: Desk, picture: Picture
) -> None:
    lucie = await desk.let_in("lucie")
    await expect(lucie.locator("main")).to_contain_text("There is no ticket yet")
    await reach(lucie, "main a.button")
    await lucie.keyboard.press("Enter")
    await lucie.wait_for_url("**/portal/tickets/new")
    await reach(lucie, "#title")
    await lucie.keyboard.type("The oven does not heat")
    await lucie.keyboard.press("Tab")
    await lucie.keyboard.type("Since this morning it stays cold. The display shows E4.")
    await reach(lucie, "#telephone")
    await lucie.keyboard.type("06 39 98 11 22")
    await lucie.keyboard.press("Enter")
    await expect(lucie.locator("h1")).to_have_text("The oven does not heat")
    await expect(lucie.locator(".said")).to_contain_text("we have received your ticket")

    zoe = await desk.sit_down("zoe")
    await zoe.goto(f"{desk.address}/tickets")
    await expect(zoe.locator(".untaken")).to_contain_text("taken by nobody yet")
    await picture(zoe, "tickets-from-the-portal")
    await zoe.click(".untaken a")
    await zoe.click(".rows a")
    await zoe.click(".take button")
    await expect(zoe.locator("#facts")).to_contain_text("Zoé Martin")
    await zoe.fill("#note", "They had the same in March, look at the fuse first.")
    await zoe.click("#notes button")
    await expect(zoe.locator(".notes li")).to_have_count(2)
    await zoe.fill("#note", "We come at noon. Until then please switch it off.")
    await zoe.check("[name=public]")
    await picture(zoe, "ticket-note-for-the-customer")
    await zoe.click("#notes button")
    await expect(zoe.locator(".notes [data-readers]")).to_be_visible()
    await picture(zoe, "ticket-from-the-portal")

    await lucie.reload()
    await expect(lucie.locator(".messages")).to_contain_text("We come at noon.")
    await expect(lucie.locator("main")).not_to_contain_text("in March")
    await picture(lucie, "portal-ticket")
    await reach(lucie, "#note")
    await lucie.keyboard.type("Thank you, it is off.")
    await reach(lucie, "main button")
    await lucie.keyboard.press("Enter")
    await expect(lucie.locator(".said")).to_contain_text("we have received your message")
    await expect(lucie.locator(".messages li")).to_have_count(3)
    await expect(lucie.locator("#note")).to_have_value("")


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 360, "height": 800}, "color_scheme": "dark", "locale": "fr-FR"},
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "locale": "en-GB"},
    ],
    ids=["narrow", "wide"],
)
async def test_each_page_of_the_portal_fits(
    desk: Desk, picture: Picture, customer: Customer, options: dict[str, Any]
) -> None:
    name_of = f"portal-{{}}-{options['locale'][:2]}".format
    lucie = await desk.let_in("lucie", **options)
    solved = await history(desk, customer)
    names = {
        "/portal": "tickets",
        "/portal/tickets/new": "new",
        "/portal/account": "account",
        f"/portal/tickets/{solved}": "ticket-solved",
    }
    for path, name in names.items():
        await lucie.goto(desk.address + path)
        assert await lucie.evaluate(STICKING_OUT) == [], path
        await picture(lucie, name_of(name))
    await lucie.goto(f"{desk.address}/portal/tickets/new")
    await lucie.evaluate("document.querySelector('.request').noValidate = true")
    await lucie.fill("#telephone", "12")
    await lucie.click(".request button")
    await expect(lucie.locator("[aria-invalid]")).to_be_focused()
    await picture(lucie, name_of("mistake"))
    await lucie.click("header button")
    await lucie.wait_for_selector(".sign-in")
    await picture(lucie, name_of("sign-in"))


async def test_a_message_survives_the_end_of_the_session(desk: Desk, customer: Customer) -> None:
    lucie = await desk.let_in("lucie")
    number = await desk.scene.ask(customer, "The oven does not heat", "Since this morning.")
    await lucie.goto(f"{desk.address}/portal/tickets/{number}")
    await lucie.context.clear_cookies()
    await lucie.fill("#note", "Half a page about the oven.")
    await lucie.click("main button")
    await expect(lucie.locator(".problem")).to_contain_text("You are signed out")
    await expect(lucie.locator("#note")).to_have_value("Half a page about the oven.")
