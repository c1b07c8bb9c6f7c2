"""A customer never sees another company's data: each route of the portal, with all of theirs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from callcenter.db import tickets
from callcenter.db.schema import tickets as tickets_table
from callcenter.db.tickets import NewTicket
from tests.web.conftest import SAME_ORIGIN, Site, token_in
from tests.web.scene import PUBLIC_URL

OURS, THEIRS = "Boulangerie Durand", "Cabinet Hyacinthe"

SECRETS = (
    THEIRS,
    "Hyacinthe",
    "Aurore",
    "Salaries",
    "dismissal",
    "umbrella",
    "penguin",
    "giraffe",
    "06 39 98 77 66",
    "0639987766",
    "+33639987766",
    "98 11 22",
    "slow payer",
    "secretly",
)
"""Words of the other company's, of agents about ours, and numbers: none is on any page."""


@dataclass
class Town:
    """What there is of the other company's, and one ticket of our own."""

    site: Site
    own: str
    theirs: Mapping[str, str]
    contact_id: int


@pytest.fixture
async def town(site: Site) -> Town:
    scene = site.scene
    ours, (lucie,) = await scene.company(OURS, "Lucie Petit")
    theirs, (aurore,) = await scene.company(THEIRS, "Aurore Hyacinthe", contract="umbrella")
    claire = await scene.customer("claire", ours, lucie)
    rival = await scene.customer("aurore", theirs, aurore, name="Aurore Hyacinthe")
    found = {
        "opened": await scene.ask(rival, "Salaries", "The dismissal list"),
        "given to us": await scene.ask(rival, "penguin", "giraffe"),
        "called": await called(site, theirs, aurore, "dismissal"),
        "merged into ours": await called(site, theirs, aurore, "giraffe"),
        "gone into theirs": await called(site, ours, None, "penguin"),
    }
    own = await scene.ask(claire, "Oven", "It is cold")
    await scene.note(found["called"], "penguin", is_public=True)
    await scene.note(own, "They are a slow payer", is_public=False)
    await moved(site, found["given to us"], company_id=ours)
    await moved(site, found["merged into ours"], merged_into=own, status="complete")
    await moved(site, found["gone into theirs"], merged_into=found["called"], status="complete")
    await moved(
        site, own, account_owner="secretly", resolution="secretly", telephone="+33639987766"
    )
    call = await scene.ring("PJSIP/101", raw="0639987766", e164="+33639987766", company=ours)
    await scene.answer(call, "PJSIP/101")
    await scene.ticket(call, "support: +33639987766", is_made=True)
    await site.sign_in("claire", door="/portal/sign-in")
    return Town(site, own, found, aurore)


async def called(site: Site, company_id: int, contact_id: int | None, title: str) -> str:
    number = f"T20261122.{next(site.scene.numbers):04}"
    new = NewTicket(
        call_key=number,
        title=title,
        company_id=company_id,
        contact_id=contact_id,
        contract_id=None,
        queue="support",
        primary_resource_id=None,
        account_owner=None,
        source="phone",
    )
    async with site.context.database.transaction() as connection:
        await tickets.add(connection, number, new, now=site.context.now(), base_url=PUBLIC_URL)
    return number


async def moved(site: Site, number: str, **values: Any) -> None:
    is_it = tickets_table.c.number == number
    if values.get("status") == "complete":
        values["resolution"] = "Merged"
    async with site.context.database.transaction() as connection:
        await connection.execute(update(tickets_table).where(is_it).values(values))


def routes(site: Site) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the portal."""
    for route in site.client.app.router.routes():
        path = route.resource.canonical if route.resource else ""
        ends_the_session = path.endswith(("/sign-out", "/password"))
        if path.startswith("/portal") and route.method != "HEAD" and not ends_the_session:
            yield route.method, path


async def ask(town: Town, method: str, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
    """Status and text of what that leads to."""
    client = town.site.client
    token = token_in(await (await client.get("/portal/account")).text())
    data = {**fields, "csrf_token": token} if method == "POST" else None
    async with client.request(method, path, data=data, headers=SAME_ORIGIN) as response:
        return response.status, await response.text()


async def test_no_route_gives_anything_of_another_company(town: Town) -> None:
    said = {}
    for method, path in routes(town.site):
        for what, number in town.theirs.items():
            fields = {
                "note": "Hello",
                "text": number,
                "contact": str(town.contact_id),
                "form_key": "k" * 32,
                "title": "Till",
                "description": "Broken",
            }
            status, text = await ask(town, method, path.replace("{number}", number), fields)
            leaked = [word for word in SECRETS if word.lower() in text.lower()]
            if leaked or ("{number}" in path and status != 404):
                said[method, path, what] = (status, leaked)
    assert said == {}
    async with town.site.context.database.reading() as connection:
        for number in town.theirs.values():
            ticket = await tickets.get(connection, number, base_url=PUBLIC_URL)
            assert ticket is not None
            assert "Hello" not in {each.text for each in ticket.notes}


async def test_no_word_of_theirs_finds_anything(town: Town) -> None:
    for word in SECRETS:
        _, text = await ask(town, "POST", "/portal/search", {"text": word})
        assert "No such ticket" in text, word
        assert not re.search(r"/portal/tickets/T", text), word


async def test_our_own_pages_have_what_is_ours_and_nothing_else(town: Town) -> None:
    for path in ("/portal", f"/portal/tickets/{town.own}", "/portal/tickets/new"):
        status, text = await ask(town, "GET", path, {})
        assert status == 200
        assert [word for word in SECRETS if word.lower() in text.lower()] == []
    _, text = await ask(town, "GET", "/portal", {})
    assert {"Oven", "Your telephone call"} <= set(re.findall(r'T[\d.]+">([^<]+)', text))
    assert len(re.findall(r"/portal/tickets/T", text)) == 2
    _, text = await ask(town, "GET", f"/portal/tickets/{town.own}", {})
    assert "It is cold" in text


async def test_a_contact_of_theirs_cannot_be_named(town: Town) -> None:
    fields = {"form_key": "n" * 32, "title": "Till", "description": "Broken"}
    answers = [
        await ask(town, "POST", "/portal/tickets", fields | {"contact": contact})
        for contact in (str(town.contact_id), "99", "x", "9" * 30)
    ]
    assert {status for status, _ in answers} == {422}
    assert all("Choose somebody of the list" in text for _, text in answers)
