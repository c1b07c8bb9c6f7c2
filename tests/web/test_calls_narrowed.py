"""The calls that a figure is made of, one click away from it."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from callcenter.calls.counting import Counting
from callcenter.core.slots import slot_of
from callcenter.db import anonymous
from callcenter.db.figures import Rules
from callcenter.db.schema import categories, companies, contacts, contracts
from tests.web.conftest import Site
from tests.web.test_pages import get


async def _rows(site: Site, query: str) -> int:
    page = await get(site, f"/calls?{query}")
    return page.count("<tr>") - 1 if "<tbody>" in page else 0


@pytest.fixture
async def calls(site: Site) -> dict[str, object]:
    """A call that Zoé answered, of a company, and one of the sales line that nobody did."""
    firm, _ = await site.scene.company("Boulangerie Durand", "Lucie Petit")
    answered = await site.scene.ring("PJSIP/101", company=firm)
    await site.scene.answer(answered, "PJSIP/101")
    await site.scene.ticket(answered, "The oven does not heat")
    await site.scene.hang_up(answered)
    given_up = await site.scene.ring(
        "PJSIP/103", raw="0199001234", e164="+33199001234", line="sales"
    )
    await site.scene.hang_up(given_up)
    rules = Rules("Europe/Paris", 20.0)
    job = Counting(rules={}, otherwise=rules, now=site.scene.clock)
    while not await job.turn(site.scene.database):
        pass
    await site.sign_in("super")
    return {"firm": firm, "answered": answered, "given_up": given_up}


CASES = {
    "": 2,
    "line=support": 1,
    "line=nowhere": 2,
    "outcome=answered": 1,
    "outcome=abandoned": 1,
    "outcome=answered-abandoned": 2,
    "outcome=overflow-short_abandon": 0,
    "outcome=lost": 2,
    "company={firm}": 1,
    "company=0": 1,
    "company=x": 2,
    "agent=1": 1,
    "agent=2": 0,
    "agent=1&outcome=abandoned": 0,
    "caller={answered}": 1,
    "caller={given_up}&line=support": 0,
    "caller=00000000-0000-0000-0000-000000000000": 0,
    "from=2026-11-23&to=2026-11-23": 2,
    "from=2026-11-24&to=2026-11-25": 0,
    "from=2026-11-24&to=2026-11-01": 2,
    "hour=3": 2,  # of no day
    "from=2026-11-23&to=2026-11-23&hour=24": 2,
    "from=2026-11-23&to=2026-11-23&weekday=7": 2,
    "priority=urgent": 2,
    "status=1": 2,
    "category=x": 2,
    "category=0&outcome=abandoned": 0,
}
"""What stands in the address, and how many calls there are then."""


async def test_a_list_is_narrowed_as_the_address_says(site: Site, calls: dict[str, object]) -> None:
    found = {query: await _rows(site, query.format_map(calls)) for query in CASES}
    assert found == CASES


async def test_an_agent_is_shown_no_other_line_by_an_address(
    site: Site, calls: dict[str, object]
) -> None:
    await site.client.post("/sign-out")
    site.client.session.cookie_jar.clear()
    await site.sign_in("zoe")
    assert await _rows(site, "line=sales") == 0
    assert await _rows(site, f"caller={calls['given_up']}") == 0


async def test_a_narrowed_list_says_what_it_shows_and_stays_narrowed(
    site: Site, calls: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.web.pages.calls.ROWS", 1)
    page = await get(site, f"/calls?agent=1&company={calls['firm']}")
    assert "Answered by Zoé Martin" in page
    assert "Boulangerie Durand" in page
    page = await get(site, "/calls?from=2026-11-23&to=2026-11-23")
    assert "&amp;from=2026-11-23&amp;to=2026-11-23" in page


CUTS = {
    "weekday=0": "Weekday · Mon",
    "hour=9": "Hour · 09:00",
    "priority=high": "Priority of the ticket · High",
    "priority=": "Priority of the ticket · Not known",
    "status=waiting": "State of the ticket · Waiting for the customer",
    "category={category}": "Category · Ovens",
    "category=0": "Category · No category",
    "category=99": "Category</span>",
    "technician=1": "Technician of the ticket · Zoé Martin",
    "technician=0": "Technician of the ticket · Nobody",
}
"""What stands in the address, and what the page says then, whoever reads it."""

DIRECTORY = {
    "contact={contact}": ("Contact", " · Lucie Petit · Boulangerie Durand"),
    "contact=0": ("Contact", " · No contact that is known"),
    "contact=99": ("Contact", ""),
    "contract={firm}": ("Contract", " · Gold · Covers support"),
    "contract=0": ("Contract", " · No contract"),
    "owner={firm}": ("Account owner", " · Nora Klein"),
    "owner=0": ("Account owner", " · No account owner"),
}
"""The same, and what it says only to those who look after the directory."""


async def test_by_whatever_it_is_narrowed_the_page_says_so(
    site: Site, calls: dict[str, object]
) -> None:
    firm = calls["firm"]
    async with site.scene.database.transaction() as connection:
        owned = update(companies).values(account_owner="Nora Klein")
        await connection.execute(owned)
        await connection.execute(insert(contracts).values(company_id=firm, name="Gold"))
        row = insert(categories).values(name="Ovens", position=1).returning(categories.c.id)
        category = (await connection.execute(row)).scalar_one()
        contact = (await connection.execute(select(contacts.c.id))).scalar_one()
    ids = {"firm": firm, "category": category, "contact": contact}
    day = "from=2026-11-23&to=2026-11-23"

    async def said(query: str) -> str:
        page = await get(site, f"/calls?{day}&{query.format_map(ids)}")
        return page.split('<p class="narrowed">')[1].split("</p>")[0]

    for query, words in CUTS.items():
        assert words in await said(query), query
    for query, (cut, row_) in DIRECTORY.items():
        assert f"<span>{cut}{row_}</span>" in await said(query), query
    await site.client.post("/sign-out")
    site.client.session.cookie_jar.clear()
    await site.sign_in("zoe")
    for query, words in CUTS.items():
        assert words in await said(query), query
    for query, (cut, _) in DIRECTORY.items():
        assert f"<span>{cut}</span>" in await said(query), query


async def test_who_was_removed_is_said_and_cannot_be_told_apart(
    site: Site, calls: dict[str, object]
) -> None:
    call, zone = str(calls["given_up"]), ZoneInfo("Europe/Paris")
    async with site.scene.database.transaction() as connection:
        await anonymous.remove_callers(
            connection, [call], lambda _line, at: slot_of(at, zone), now=site.scene.clock.now
        )
    page = await get(site, "/calls")
    assert "Caller removed" in page
    assert "01 99 00 12 34" not in page
    assert await _rows(site, "") == 2
    assert await _rows(site, f"caller={call}") == 0
