"""The calls that are yet to be written about: what is typed stays, whatever happens around it."""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Page, expect
from sqlalchemy import select

from callcenter.db import tickets as desk_tickets
from callcenter.db import wrap_ups
from callcenter.db.schema import categories, devices
from callcenter.db.schema import tickets as table
from tests.web.browser.conftest import Desk
from tests.web.scene import PUBLIC_URL

Picture = Callable[[Page, str], Awaitable[None]]


async def answered(desk: Desk, raw: str = "0639981122", **who: Any) -> tuple[str, str]:
    """Zoé answers a call; gives its id and its ticket's number."""
    call = await desk.scene.ring("PJSIP/101", raw=raw, e164=f"+33{raw[1:]}", **who)
    await desk.scene.answer(call, "PJSIP/101")
    return call, await desk.scene.ticket(call, f"support: {raw}", is_made=True)


async def kept(desk: Desk, call: str) -> str:
    async with desk.scene.database.reading() as connection:
        found = await wrap_ups.get(connection, call)
    return found.draft.text if found else ""


async def test_a_second_call_leaves_the_first_as_it_was_typed(desk: Desk, picture: Picture) -> None:
    zoe = await desk.sit_down("zoe")
    first, _ = await answered(desk)
    title = zoe.locator(f"#title-{first}")
    await expect(title).to_be_focused()
    await zoe.keyboard.type("Printer is off")
    await desk.scene.hang_up(first)
    second, _ = await answered(desk, "0199001234")
    await expect(zoe.locator(f"#title-{second}")).to_be_visible()
    await expect(title).to_be_focused()  # who types is not interrupted
    await zoe.keyboard.type("line")
    await expect(title).to_have_value("Printer is offline")
    await expect(zoe.locator(f"#form-{first} .save-state")).to_have_attribute("data-save", "saved")
    assert await kept(desk, first) == "Printer is offline"
    await picture(zoe, "two-to-write")

    # Another browser, and this one after a reload, have both.
    other = await desk.sit_down("zoe", locale="fr-FR", color_scheme="dark")
    for page in (other, zoe):
        await page.reload()
        await expect(page.locator(f"#title-{first}")).to_have_value("Printer is offline")
        await expect(page.locator("#work > article")).to_have_count(2)
    await picture(other, "two-to-write-dark-fr")

    # The first is sent: the next has the focus, and the other browser learns of it.
    await title.focus()
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator(f"#work-{first}")).to_have_count(0)
    await expect(zoe.locator(f"#title-{second}")).to_be_focused()
    await expect(other.locator(f"#work-{first}")).to_have_count(0)


async def test_while_one_talks_enter_goes_on_to_the_note(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    call, number = await answered(desk)
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    await zoe.keyboard.type("Printer is offline")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator(f"#note-{call}")).to_be_focused()
    await zoe.keyboard.type("Second floor.")
    await zoe.keyboard.press("Control+Enter")
    await expect(zoe.locator(f"#work-{call}")).to_have_count(0)
    async with desk.scene.database.reading() as connection:
        ticket = await desk_tickets.get(connection, number, base_url=PUBLIC_URL)
    assert ticket is not None
    assert (ticket.title, ticket.status) == ("Printer is offline", "in_progress")
    assert [note.text for note in ticket.notes] == ["Second floor."]


async def test_what_is_missing_is_said_by_its_field(desk: Desk, picture: Picture) -> None:
    async with desk.scene.database.transaction() as connection:
        await connection.execute(categories.insert().values(name="Network"))
    zoe = await desk.sit_down("zoe")
    call, _ = await answered(desk)
    await desk.scene.hang_up(call)
    await expect(zoe.locator(f"#work-{call}")).to_have_attribute("data-state", "wrap-up")
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator(f"#problem-title-{call}")).to_contain_text("in a few words")
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    await zoe.keyboard.type("Tunnel drops")
    await zoe.keyboard.press("Enter")
    await expect(zoe.locator(f"#problem-category-{call}")).to_contain_text("Choose a category")
    await expect(zoe.locator(f"#category-{call}")).to_be_focused()
    await expect(zoe.locator(f"#problem-title-{call}")).to_be_empty()
    await expect(zoe.locator(f"#title-{call}")).to_have_value("Tunnel drops")
    await picture(zoe, "what-is-missing")


async def test_one_key_uses_the_open_ticket_and_what_was_typed_goes_along(
    desk: Desk, picture: Picture
) -> None:
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit")
    async with desk.scene.database.transaction() as connection:
        row = {"company_id": firm, "name": "durand-till-1", "kind": "till"}
        await connection.execute(devices.insert().values(row))
    before = await desk.scene.ring("PJSIP/102", company=firm, people=people)
    await desk.scene.answer(before, "PJSIP/102")
    survivor = await desk.scene.ticket(before, "Till does not open")
    await desk.scene.hang_up(before)
    desk.scene.clock.advance(minutes=5)
    zoe = await desk.sit_down("zoe")
    call, new = await answered(desk, company=firm, people=people)
    await expect(zoe.locator(f"#beside-{call} .work-open")).to_contain_text("Till does not open")
    await expect(zoe.locator(f"#beside-{call}")).to_contain_text("durand-till-1")
    await zoe.keyboard.type("Still stuck")
    await picture(zoe, "open-ticket-offered")
    await zoe.keyboard.press("F2")
    await expect(zoe.locator(f"#work-{call}")).to_have_count(0)
    async with desk.scene.database.reading() as connection:
        row = (await connection.execute(select(table).where(table.c.number == new))).one()
        found = await desk_tickets.get(connection, survivor, base_url=PUBLIC_URL)
    assert row.merged_into == survivor
    assert found is not None
    assert found.notes[-1].text == "Still stuck"
    await expect(zoe.locator("#my-tickets")).not_to_contain_text(new)


async def test_of_two_windows_nothing_that_was_typed_is_lost(desk: Desk, picture: Picture) -> None:
    one, two = await desk.sit_down("zoe"), await desk.sit_down("zoe")
    call, _ = await answered(desk)
    for page in (one, two):
        await expect(page.locator(f"#title-{call}")).to_be_focused()
    # Each another field: both are kept.
    await one.keyboard.type("Printer is offline")
    await expect(one.locator(f"#form-{call} .save-state")).to_have_attribute("data-save", "saved")
    await two.locator(f"#note-{call}").focus()
    await two.keyboard.type("Second floor.")
    await expect(two.locator(f"#form-{call} .save-state")).to_have_attribute("data-save", "saved")
    await expect(two.locator(f"#title-{call}")).to_have_value("Printer is offline")
    assert await kept(desk, call) == "Printer is offline\n\nSecond floor."
    # The same field in both: who comes second sees the other's, and decides.
    await one.locator(f"#note-{call}").focus()
    await one.keyboard.type("Third floor.")
    conflict = one.locator(f"#form-{call} [data-conflict]")
    await expect(conflict).to_be_visible()
    await expect(conflict.locator('[data-theirs="note"]')).to_have_text("Second floor.")
    await expect(one.locator(f"#note-{call}")).to_have_value("Third floor.")
    await picture(one, "two-windows")
    await one.locator(f"#form-{call} [data-keep]").press("Enter")
    await expect(one.locator(f"#form-{call} .save-state")).to_have_attribute("data-save", "saved")
    assert await kept(desk, call) == "Printer is offline\n\nThird floor."


async def test_what_is_typed_while_the_service_is_away_is_saved_when_it_is_back(
    desk: Desk, picture: Picture
) -> None:
    zoe = await desk.sit_down("zoe", viewport={"width": 360, "height": 740})
    call, _ = await answered(desk)
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    await zoe.route("**/draft", lambda route: route.abort())
    await zoe.keyboard.type("Printer")
    state = zoe.locator(f"#form-{call} .save-state")
    await expect(state).to_have_attribute("data-save", "unsaved")
    await zoe.unroute("**/draft")
    await expect(state).to_have_attribute("data-save", "saved")
    assert await kept(desk, call) == "Printer"
    assert not await zoe.evaluate("document.documentElement.scrollWidth > innerWidth")
    await picture(zoe, "to-write-360")


async def test_closing_the_page_amid_a_word_keeps_it(desk: Desk) -> None:
    zoe = await desk.sit_down("zoe")
    call, _ = await answered(desk)
    await expect(zoe.locator(f"#title-{call}")).to_be_focused()
    await zoe.keyboard.type("Prin")
    await zoe.goto(f"{desk.address}/calls")
    await zoe.goto(desk.address)
    await expect(zoe.locator(f"#title-{call}")).to_have_value("Prin")
