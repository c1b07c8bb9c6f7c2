"""Saying who is calling: chosen, searched for, or written down anew."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from callcenter.db import calls, tickets
from callcenter.db.schema import contacts, telephone_numbers, trail
from tests.web.conftest import Site
from tests.web.scene import PUBLIC_URL
from webhooks import Call, Ticket


async def call_of(site: Site, call_id: str) -> Call:
    async with site.scene.database.reading() as connection:
        call = await calls.get(connection, call_id)
    assert call is not None
    return call


async def ticket_of(site: Site, number: str) -> Ticket:
    async with site.scene.database.reading() as connection:
        ticket = await tickets.get(connection, number, base_url=PUBLIC_URL)
    assert ticket is not None
    return ticket


async def rows(site: Site, table: Any) -> Sequence[Any]:
    async with site.scene.database.reading() as connection:
        return (await connection.execute(select(table))).all()


async def test_one_of_those_who_share_the_number_is_chosen_for_call_and_ticket(site: Site) -> None:
    await site.sign_in("zoe")
    _, (anna, _) = await site.scene.company("Garage Vidal", "Anna Vidal", "Marc Vidal")
    firm, (lucie,) = await site.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Gold", owner="Zoé Martin"
    )
    call = await site.scene.ring("PJSIP/101", people=[anna, lucie])
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call)
    page = f"/callers/{call}"
    status, text = await site.post(f"{page}/choose", {"contact": str(lucie)}, form=page)
    assert status == 200
    assert "data-done" in text
    found = await call_of(site, call)
    assert [contact.name for contact in found.contacts] == ["Lucie Petit"]
    assert found.company is not None
    assert found.company.id == firm
    ticket = await ticket_of(site, number)
    assert (ticket.contact, ticket.company) == ("Lucie Petit", "Boulangerie Durand")
    assert (ticket.contract, ticket.account_owner) == ("Gold", "Zoé Martin")
    (line,) = await rows(site, trail)
    assert (line.action, line.actor, line.call_id) == ("caller.chosen", "zoe", call)
    assert "Lucie" not in json.dumps(line.data)
    assert await rows(site, telephone_numbers) == []


async def test_search_meets_accents_capitals_and_words_in_any_order(site: Site) -> None:
    await site.sign_in("zoe")
    await site.scene.company("Société Générale d\u2019Élagage", "Léa Noël", "Zoé Roux")
    await site.scene.company("100 % Vélo_s", "Max Durand")
    call = await site.scene.ring("PJSIP/101")
    page = f"/callers/{call}"
    for words, expected, others in [
        ("noel LEA", "Léa Noël", "Zoé Roux"),
        ("elagage zoe", "Zoé Roux", "Léa Noël"),
        ("% velo_", "Max Durand", "Zoé Roux"),
        ("generale", "Nobody in particular", "Max Durand"),
    ]:
        status, text = await site.post(f"{page}/search", {"words": words}, form=page)
        assert status == 200
        results = text.split('id="found"')[1].split("</ul>")[0]
        assert expected in results
        assert others not in results
    _, nobody = await site.post(f"{page}/search", {"words": "xyzzy"}, form=page)
    assert "Nobody has these words in their name." in nobody


async def test_a_contact_is_written_down_with_the_number_nobody_had(site: Site) -> None:
    await site.sign_in("zoe")
    firm, _ = await site.scene.company("Garage Vidal")
    call = await site.scene.ring("PJSIP/101")
    page = f"/callers/{call}"
    fields = {"name": " Anna  Vidal ", "company": "Garage Vidal", "email": "", "remember": "on"}
    assert (await site.post(f"{page}/create", fields, form=page))[0] == 200
    again = await site.scene.ring("PJSIP/101")
    assert (await site.post(f"/callers/{again}/create", fields, form=page))[0] == 200
    (anna,) = await rows(site, contacts)
    assert (anna.name, anna.company_id, anna.email) == ("Anna Vidal", firm, None)
    (number,) = await rows(site, telephone_numbers)
    assert (number.e164, number.contact_id) == ("+33639981122", anna.id)
    assert [one.name for one in (await call_of(site, call)).contacts] == ["Anna Vidal"]
    assert {line.action for line in await rows(site, trail)} == {"caller.created"}


async def test_what_cannot_be_written_is_said_and_nothing_is_lost(site: Site) -> None:
    await site.sign_in("zoe")
    await site.scene.company("Garage Vidal")
    call = await site.scene.ring("PJSIP/101")
    page = f"/callers/{call}"
    for fields, problem in [
        ({"name": " ", "company": "Garage Vidal"}, "A contact needs a name."),
        ({"name": "Anna", "company": "Garage"}, "There is no company of that name"),
        ({"name": "Anna", "company": "Garage Vidal", "email": "x"}, "no e-mail address"),
    ]:
        status, text = await site.post(f"{page}/create", fields, form=page)
        assert status == 422
        assert problem in text
        assert f'value="{fields["company"]}"' in text
    assert await rows(site, contacts) == []
    assert (await site.post(f"{page}/choose", {"contact": "99"}, form=page))[0] == 422
    assert (await site.post(f"{page}/choose", {"company": "99"}, form=page))[0] == 422
    assert (await site.post(f"{page}/choose", {"contact": "1 OR 1"}, form=page))[0] == 404
    assert (await call_of(site, call)).contacts == []


async def test_the_company_alone_may_be_known(site: Site) -> None:
    await site.sign_in("zoe")
    firm, _ = await site.scene.company("Garage Vidal", "Anna Vidal")
    call = await site.scene.ring("PJSIP/101", raw="anonymous", e164=None)
    page = f"/callers/{call}"
    assert "remember" not in await (await site.client.get(page)).text()
    assert (await site.post(f"{page}/choose", {"company": str(firm)}, form=page))[0] == 200
    found = await call_of(site, call)
    assert (found.company and found.company.id, found.contacts) == (firm, [])


async def test_a_call_of_another_line_is_nobodys_business(site: Site) -> None:
    await site.sign_in("sam")
    call = await site.scene.ring("PJSIP/101")
    page = f"/callers/{call}"
    assert (await site.client.get(page)).status == 404
    assert (await site.post(f"{page}/choose", {"contact": "1"}))[0] == 404
    unknown = "/callers/00000000-0000-0000-0000-000000000000"
    assert (await site.client.get(unknown)).status == 404
