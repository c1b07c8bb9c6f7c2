"""A supervisor's question on a Monday, answered by three clicks in a real browser."""

from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
from sqlalchemy import insert

from callcenter.calls.counting import Counting
from callcenter.core.call import Outcome
from callcenter.core.counts import Fact
from callcenter.db.figures import Rules
from callcenter.db.schema import companies
from tests.calls.history import History
from tests.web.browser.conftest import Desk

OCTOBER = datetime(2026, 10, 12, 8, tzinfo=UTC)
DAILY, ONCE = "+33199001234", "+33639980105"


def _call(day: int, *, is_solved: bool = False, outcome: Outcome = Outcome.ANSWERED) -> Fact:
    is_answered = outcome is Outcome.ANSWERED
    return Fact(
        id="",
        line="support",
        outcome=outcome,
        started_at=OCTOBER + timedelta(days=day),
        wait_s=8,
        talk_s=90 if is_answered else 0,
        acw_s=20 if is_answered else None,
        has_ticket=is_answered,
        is_new_problem=is_answered,
        is_solved=is_solved,
    )


async def _write(desk: Desk) -> None:
    """One caller called four times, two of them solved at once; another one once."""
    async with desk.scene.database.transaction() as connection:
        row = insert(companies).values(name="Boulangerie Durand").returning(companies.c.id)
        firm = (await connection.execute(row)).scalar_one()
        book = History()
        for caller, fact in (
            (DAILY, _call(-9, is_solved=True)),
            (DAILY, _call(0, is_solved=True)),  # and again the next day: not solved at once
            (DAILY, _call(1, is_solved=True)),
            (DAILY, _call(10, outcome=Outcome.ABANDONED)),
            (ONCE, _call(2)),
        ):
            book.tell(fact, company=firm, caller=caller)
        await book.write(connection)
    rules = Rules("Europe/Paris", 20.0)
    job = Counting(rules={}, otherwise=rules, now=desk.scene.clock)
    while not await job.turn(desk.scene.database):
        pass


async def test_who_called_most_last_month_and_how_often_it_was_solved_at_once(desk: Desk) -> None:
    await _write(desk)
    page = await desk.sit_down("super")
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="Last month").click()
    await page.get_by_role("link", name="Caller", exact=True).click()
    first = page.locator(".rows tbody tr").first
    await expect(first).to_contain_text("01 99 00 12 34 · Boulangerie Durand")
    headings = await page.locator(".rows thead th").all_inner_texts()
    cells = await first.locator("th, td").all_inner_texts()
    said = dict(zip(headings, cells, strict=True))
    assert said["Calls"] == "4"
    assert said["Answered"] == "3"
    assert said["New problems"] == "3"
    assert said["Solved at once"] == "2"
    assert said["First-call resolution"] == "66.7%"
    await first.get_by_role("link").first.click()
    await expect(page.locator("#calls tbody tr")).to_have_count(4)
    assert not desk.problems
