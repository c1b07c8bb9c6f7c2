"""Who may call whom from a page, and what the pages say of it."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from callcenter.core.outgoing import Purpose
from callcenter.db import agents, outgoing
from callcenter.db import tickets as desk
from callcenter.db.outgoing import NOT_SOLVED
from callcenter.db.schema import agent_interfaces, telephone_numbers, telephones
from callcenter.db.schema import outgoing_calls as table
from tests.web.conftest import Site
from tests.web.scene import PUBLIC_URL


async def made(site: Site) -> list[Any]:
    """The calls that were asked for."""
    async with site.context.database.reading() as connection:
        return list(await connection.execute(select(table)))


async def somebody_else(site: Site, login: str) -> None:
    site.client.session.cookie_jar.clear()
    await site.sign_in(login)


async def unanswered(site: Site, raw: str = "0639981122", line: str = "support") -> str:
    """A call that nobody took; gives its id."""
    e164 = f"+33{raw[1:]}" if raw.isdigit() else None
    call = await site.scene.ring("PJSIP/102", raw=raw, e164=e164, line=line)
    await site.scene.hang_up(call)
    return call


async def a_ticket(site: Site) -> str:
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call, "Till does not open")
    await site.scene.hang_up(call)
    return number


async def has_telephones(site: Site, **states: str) -> None:
    """Zoé has these, in these states: ``p101="idle"``."""
    rows = [
        {"pbx": "main", "interface": f"PJSIP/{name[1:]}", "state": state}
        for name, state in states.items()
    ]
    async with site.context.database.transaction() as connection:
        await connection.execute(delete(agent_interfaces).where(agent_interfaces.c.agent_id == 1))
        for row in rows:
            held = {"interface": row["interface"], "agent_id": 1}
            await connection.execute(insert(agent_interfaces).values(held))
            seen = {**row, "changed_at": site.scene.clock()}
            await connection.execute(insert(telephones).values(seen))


async def test_a_missed_caller_is_called_from_the_agents_own_telephone(site: Site) -> None:
    id_ = await site.scene.missed()
    await site.sign_in("zoe")
    status, page = await site.post("/outgoing", {"callback": str(id_)})
    assert status == 200
    assert "about to ring" in page
    (call,) = await made(site)
    assert (call.interface, call.number, call.line) == ("PJSIP/101", "+33639981122", "support")
    assert (call.purpose, call.callback_id, call.state) == ("callback", id_, "asked")
    assert "Yours" in await (await site.client.get("/callbacks")).text()


async def test_a_call_about_a_ticket_is_linked_to_it(site: Site) -> None:
    number = await a_ticket(site)
    await site.sign_in("ali")
    await site.post("/outgoing", {"ticket": number})
    (call,) = await made(site)
    assert (call.ticket_number, call.purpose, call.number) == (number, "call", "+33639981122")
    page = await (await site.client.get(f"/tickets/{number}")).text()
    assert "Goes on" in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 404),
        ({"call": "15"}, 404),
        ({"number": "+33639981122"}, 404),
        ({"callback": "9" * 30}, 404),
        ({"directory": "9" * 30}, 404),
        ({"ticket": "T20260101.0001"}, 404),
    ],
)
async def test_nobody_is_called_by_a_number_that_a_form_sends(
    site: Site, form: dict[str, str], status: int
) -> None:
    await site.sign_in("zoe")
    assert (await site.post("/outgoing", form))[0] == status
    assert await made(site) == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("anonymous", "There is no number to call."),
        ("15", "There is no number to call."),  # a caller may send whatever they like
        ("0899000000", "pays extra"),
    ],
)
async def test_what_is_no_customers_number_is_not_called(site: Site, raw: str, said: str) -> None:
    e164 = f"+33{raw[1:]}" if len(raw) == 10 else None
    call = await site.scene.ring("PJSIP/101", raw=raw, e164=e164)
    await site.sign_in("zoe")
    status, page = await site.post("/outgoing", {"call": call})
    assert status == 422
    assert said in page
    assert await made(site) == []


async def test_a_number_of_the_directory_is_called_by_who_looks_after_it(site: Site) -> None:
    firm, _ = await site.scene.company("Ardoise & Fils")
    async with site.context.database.transaction() as connection:
        row = {"e164": "+33536492010", "company_id": firm}
        listed = await connection.execute(insert(telephone_numbers).values(row))
        super_ = await agents.by_login(connection, "super")
        assert super_ is not None
        seat = {"interface": "PJSIP/109", "agent_id": super_.id}
        await connection.execute(insert(agent_interfaces).values(seat))
    form = {"directory": str(listed.inserted_primary_key[0])}
    await site.sign_in("zoe")
    assert (await site.post("/outgoing", form))[0] == 404
    assert await made(site) == []

    await somebody_else(site, "super")
    assert "Call 05 36 49 20 10" in await (await site.client.get(f"/admin/companies/{firm}")).text()
    assert (await site.post("/outgoing", form))[0] == 200
    (call,) = await made(site)
    assert (call.interface, call.number, call.line) == ("PJSIP/109", "+33536492010", "support")


async def test_of_another_line_nothing_is_called_and_nothing_done(site: Site) -> None:
    id_ = await site.scene.missed(line="sales")
    call = await unanswered(site, line="sales")
    await site.sign_in("zoe")
    assert (await site.post("/outgoing", {"callback": str(id_)}))[0] == 404
    assert (await site.post("/outgoing", {"call": call}))[0] == 404
    for path in ("take", "give-back", "dismiss"):
        assert (await site.post(f"/callbacks/{id_}/{path}", {"reason": "no_need"}))[0] == 404
    assert "06 39 98 11 22" not in await (await site.client.get("/callbacks")).text()


async def test_a_supervisor_sees_the_missed_calls_of_every_line(site: Site) -> None:
    await site.scene.missed("0199001234", line="sales")
    await site.sign_in("super")
    page = await (await site.client.get("/callbacks")).text()
    assert "01 99 00 12 34" in page
    assert "data-dial" not in page  # without a telephone there is nothing to call from
    status, page = await site.post("/outgoing", {"call": await unanswered(site)})
    assert (status, "You have no telephone" in page) == (422, True)


@pytest.mark.parametrize(
    ("states", "rings"),
    [
        ({"p101": "in_use", "p109": "idle"}, "PJSIP/109"),
        ({"p101": "unreachable", "p109": "idle"}, "PJSIP/109"),
        ({"p101": "unreachable", "p109": "in_use"}, "PJSIP/101"),
        ({"p101": "in_use", "p109": "in_use"}, None),
    ],
)
async def test_of_several_telephones_the_first_that_is_idle_rings(
    site: Site, states: dict[str, str], rings: str | None
) -> None:
    number = await a_ticket(site)
    await has_telephones(site, **states)
    await site.sign_in("zoe")
    status, _ = await site.post("/outgoing", {"ticket": number})
    assert [call.interface for call in await made(site)] == ([rings] if rings else [])
    assert status == (200 if rings else 422)


async def test_what_a_colleague_has_taken_is_theirs(site: Site) -> None:
    id_ = await site.scene.missed()
    await site.sign_in("zoe")
    await site.post(f"/callbacks/{id_}/take", {})
    await somebody_else(site, "ali")
    status, page = await site.post("/outgoing", {"callback": str(id_)})
    assert (status, "Somebody else is calling back" in page) == (422, True)
    status, page = await site.post(f"/callbacks/{id_}/take", {})
    assert (status, "Somebody else is calling back" in page) == (409, True)
    assert await made(site) == []


async def test_only_who_made_a_call_ends_it(site: Site) -> None:
    id_ = await site.scene.outgoing("zoe")
    await site.sign_in("ali")
    await site.post(f"/outgoing/{id_}/cancel", {})
    assert (await made(site))[0].cancelled_at is None
    await somebody_else(site, "zoe")
    await site.post(f"/outgoing/{id_}/cancel", {})
    assert (await made(site))[0].cancelled_at is not None


async def test_a_customer_who_says_that_it_does_not_work_yet_is_noted(site: Site) -> None:
    number = await a_ticket(site)
    id_ = await site.scene.outgoing("zoe", ticket=number, purpose=Purpose.VERIFY)
    await site.scene.dialled(id_, "sent", "pick_up", "calling", "talking")
    await site.scene.dialled(id_, "ended", result="answered")
    await site.sign_in("zoe")
    address = f"/tickets/{number}"
    page = await (await site.client.get(address)).text()
    assert "Does it work?" in page
    assert "0:01" in page
    assert (await site.post(f"{address}/verdict", {"outgoing": "none", "solved": "0"}))[0] == 404
    await site.post(f"{address}/verdict", {"outgoing": id_, "solved": "0"}, form=address)
    page = await (await site.client.get(address)).text()
    assert "it does not work yet" in page
    assert f"{address}/verdict" not in page
    async with site.context.database.reading() as connection:
        ticket = await desk.get(connection, number, base_url=PUBLIC_URL)
        (call,) = await outgoing.of_ticket(connection, number, 9)
    assert ticket is not None
    assert [(note.agent, note.text) for note in ticket.notes][1:] == [("zoe", NOT_SOLVED)]
    assert (ticket.status, call.verdict) == ("new", "not_solved")


async def test_without_a_script_the_page_of_my_calls_says_how_it_stands(site: Site) -> None:
    id_ = await site.scene.outgoing("zoe")
    await site.scene.dialled(id_, "ended", result="failed", trouble="trunk")
    await site.sign_in("zoe")
    page = await (await site.client.get("/outgoing")).text()
    assert "found no way out" in page
    assert "06 39 98 11 22" in page
