"""The page of the audits in a real browser."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from playwright.async_api import Page, expect

from callcenter.core.differences import Difference, Kind, Report
from callcenter.db import audits
from callcenter.db.audits import Occasion
from tests.web.browser.conftest import Desk

COUNTS = {
    "calls": 212,
    "obligations": 212,
    "obligations.ticketed": 30,
    "obligations.qualified": 180,
    "obligations.exempt": 2,
    "records.main.ledger": 0,
    "records.main.queue_log": 148,
    "records.main.cdr": 213,
    "desk.builtin": 210,
}


async def made(desk: Desk, *differences: Difference) -> None:
    """Whoever makes audits makes the one that waits, or the night's."""
    now = desk.scene.clock()
    async with desk.scene.database.transaction() as connection:
        waiting = await audits.asked(connection)
        since = now - timedelta(days=1)
        id_ = (
            waiting.id
            if waiting
            else await audits.ask(connection, since, now, occasion=Occasion.NIGHT, now=now)
        )
        await audits.finish(connection, id_, Report(COUNTS, differences), now=now)


async def test_a_supervisor_reads_what_does_not_agree_and_has_it_compared_again(
    desk: Desk, picture: Callable[[Page, str], Awaitable[None]]
) -> None:
    at = desk.scene.clock() - timedelta(hours=2)
    call = "0df04adc-505d-515f-8e4a-d952c40fd822"
    await made(
        desk,
        Difference(Kind.TICKET_GONE, at, "main", "support", call, "T20261123.0017", "builtin"),
        Difference(Kind.CALL_MISSING, at, "main", "network", call, detail="PJSIP/102-0000002a"),
        Difference(Kind.TIMES_OPEN, at, "main", detail="until now: connection refused"),
    )
    page = await desk.sit_down("super")
    await page.click("nav a[href='/audit']")
    await expect(page.locator("h1")).to_have_text("Audit")
    await expect(page.locator("tbody").first).to_contain_text("Its ticket is gone from the desk")
    await picture(page, "audit")
    await page.focus("form.filters button")
    await page.keyboard.press("Enter")
    await expect(page.locator("form.filters [role=status]")).to_have_text("Comparing …")
    await made(desk)
    await expect(page.locator("main")).to_contain_text("No difference.")
    await expect(page.locator("form.filters button")).to_be_enabled()
