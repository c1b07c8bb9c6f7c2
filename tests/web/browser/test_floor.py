"""Colleagues beside the card, and the supervisor's floor, in a real browser."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect
from sqlalchemy import update

from callcenter.core.agent_state import AgentState
from callcenter.db.schema import obligations
from tests.web.browser.conftest import Desk
from webhooks import EventType
from webhooks.floor import OverdueObligation

Picture = Callable[[Page, str], Awaitable[None]]


async def owes(desk: Desk, login: str, interface: str) -> str:
    """Somebody answered a call and is kept from others; gives the call."""
    call = await desk.scene.ring(interface)
    await desk.scene.answer(call, interface)
    await desk.scene.hang_up(call)
    await desk.scene.state(login, AgentState.WRAP_UP, blocked_on="support")
    return call


async def escalate(desk: Desk, call: str) -> None:
    now = desk.scene.clock()
    async with desk.scene.database.transaction() as connection:
        is_it = obligations.c.call_id == call
        await connection.execute(update(obligations).where(is_it).values(escalated_at=now))
    shape = OverdueObligation(
        call=call, line="support", agent="zoe", name="Zoé Martin", answered_at=now
    )
    kind = EventType.OBLIGATION_OVERDUE
    await desk.scene.entries(kind, data=shape.model_dump_json(), line="support")


async def test_colleagues_are_seen_as_they_are_and_nobody_moves(
    desk: Desk, picture: Picture
) -> None:
    for n, name in enumerate(("Léa Dubois", "Noé Faure", "Paul Roux", "Nora Petit"), 3):
        await desk.scene.agent(f"a{n}", name, f"PJSIP/10{n}", line="support")
    for login, state, reason in (
        ("ali", AgentState.AVAILABLE, None),
        ("a3", AgentState.ON_CALL, None),
        ("a4", AgentState.PAUSED, "lunch"),
        ("a5", AgentState.WRAP_UP, None),
    ):
        await desk.scene.state(login, state, reason)
    zoe = await desk.sit_down("zoe")
    ali = zoe.locator("[data-agent=ali]")
    await expect(ali).to_contain_text("Available", use_inner_text=True)
    place = await ali.bounding_box()
    await desk.scene.state("ali", AgentState.PAUSED, "Stock-taking")
    await expect(ali).to_contain_text("On a pause Stock-taking", use_inner_text=True)
    await desk.scene.state("ali", AgentState.PAUSED, "dentist")
    await expect(ali).to_contain_text("On a pause dentist", use_inner_text=True)
    assert await ali.bounding_box() == place
    await desk.scene.ring("PJSIP/101")
    await expect(zoe.locator(".card[data-state=ringing]")).to_be_visible()
    assert await ali.bounding_box() == place
    await picture(zoe, "colleagues")
    narrow = await desk.sit_down(
        "zoe", locale="fr-FR", color_scheme="dark", viewport={"width": 360, "height": 740}
    )
    await picture(narrow, "colleagues-narrow-dark-fr")


async def test_a_supervisor_sees_who_is_overdue_and_lets_calls_through(
    desk: Desk, picture: Picture
) -> None:
    await desk.scene.agent("noe", "Noé Faure")
    await desk.scene.join("support", "PJSIP/103")
    call = await owes(desk, "zoe", "PJSIP/101")
    await owes(desk, "ali", "PJSIP/102")
    inspector = await desk.sit_down("super")
    overdue = inspector.locator("#presence-overdue a")
    await expect(overdue).to_have_count(0)
    await escalate(desk, call)
    await expect(overdue).to_contain_text("1")
    await picture(inspector, "overdue")
    await overdue.press("Enter")
    rows = inspector.locator("#floor tbody tr")
    await expect(rows.first).to_contain_text("Zoé Martin")
    await expect(rows.first).to_contain_text("overdue")
    await picture(inspector, "floor")
    await rows.first.locator("[action$=release] button").press("Enter")
    await expect(rows.filter(has_text="Zoé Martin")).to_contain_text("let through")
    await expect(rows.filter(has_text="overdue")).to_have_count(0)

    zoe = rows.filter(has_text="Zoé Martin")
    await zoe.locator("summary").press("Enter")
    await zoe.locator("[value=lunch]").press("Enter")
    await expect(zoe).to_contain_text("Lunch")
    await zoe.locator("[action$=resume] button").press("Enter")
    await expect(zoe.locator("[action$=resume]")).to_have_count(0)
    await desk.scene.state("ali", AgentState.ON_CALL)
    await expect(rows.filter(has_text="Ali Benali")).to_contain_text("On the telephone")

    narrow = await desk.sit_down(
        "super", locale="fr-FR", color_scheme="dark", viewport={"width": 360, "height": 740}
    )
    await narrow.goto(f"{desk.address}/floor")
    await picture(narrow, "floor-narrow-dark-fr")
    assert await narrow.evaluate("document.documentElement.scrollWidth") == 360
