"""Ten calls in a row, by keyboard: what it takes besides typing what each was about."""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Page, expect
from sqlalchemy import select, update

from callcenter.db import categories
from callcenter.db.schema import obligations, tickets
from tests.web.browser.conftest import Desk

Picture = Callable[[Page, str], Awaitable[None]]

PRESSES_MAX = 3

COUNT_KEYS = """
addEventListener("keydown", (event) => {
  if (!event.repeat) (window.pressed ??= []).push(event.key);
}, true);
addEventListener("pointerdown", () => (window.pressed ??= []).push("mouse"), true);
"""


async def test_ten_solved_calls_need_three_keys_and_the_title_each(
    desk: Desk, picture: Picture
) -> None:
    """Every key that goes down counts, a modifier too. Half of the callers called before, so that
    their category is proposed; of the others it is chosen."""
    async with desk.scene.database.transaction() as connection:
        for name in ("Hardware", "Network", "Software"):
            category = await categories.add(connection, name)
    firm, people = await desk.scene.company("Boulangerie Durand", "Lucie Petit")
    earlier = await desk.scene.ring("PJSIP/102", company=firm, people=people)
    await desk.scene.answer(earlier, "PJSIP/102")
    number = await desk.scene.ticket(earlier, "Till does not open")
    async with desk.scene.database.transaction() as connection:
        await connection.execute(update(tickets).values(category_id=category))
    await desk.scene.hang_up(earlier)
    zoe = await desk.sit_down("zoe")
    await zoe.evaluate(COUNT_KEYS)
    done: dict[str, str] = {}
    for turn in range(10):
        is_known = turn % 2 == 0
        raw = f"06399811{turn:02}"
        who: dict[str, Any] = {"company": firm, "people": people} if is_known else {}
        call = await desk.scene.ring("PJSIP/101", raw=raw, e164=f"+33{raw[1:]}", **who)
        await desk.scene.answer(call, "PJSIP/101")
        await desk.scene.ticket(call, f"support: {raw}", is_made=True)
        form = zoe.locator(f"#form-{call}")
        await expect(form.locator("[name=title]")).to_be_focused()
        await expect(zoe.locator(f"#work-{call} .work-head a")).to_be_visible()
        await desk.scene.hang_up(call)
        await expect(zoe.locator(f"#work-{call}")).to_have_attribute("data-state", "wrap-up")
        desk.scene.clock.advance(seconds=40)
        title = f"Printer {turn} is offline"
        await zoe.keyboard.type(title)
        keys = ["Enter"] if is_known else ["Tab", "N", "Enter"]
        if turn == 1:
            await picture(zoe, "wrap-up")
        for key in keys:
            await zoe.keyboard.press(key)
        await expect(form).to_have_count(0)
        pressed = await zoe.evaluate("window.pressed.splice(0)")
        assert pressed[: len(title)] == list(title)
        assert 0 < len(pressed[len(title) :]) <= PRESSES_MAX, pressed
        assert "mouse" not in pressed
        done[call] = title
    async with desk.scene.database.reading() as connection:
        rows = (await connection.execute(select(tickets))).all()
        states = (
            await connection.execute(
                select(obligations.c.state).where(obligations.c.call_id.in_(done))
            )
        ).scalars()
        assert set(states) == {"qualified"}
    written = {row.call_key: row for row in rows if row.number != number}
    assert {call: row.title for call, row in written.items()} == done
    assert all(row.status == "complete" and row.solved_on_call for row in written.values())
    assert all(row.category_id for row in written.values())
