"""What is told of a caller beside the card: once a call, to all, and again when it changes."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy import insert, update

from callcenter.db import journal
from callcenter.db.journal import NewEntry
from callcenter.db.schema import agent_states, companies, contracts, obligations
from callcenter.web import dossiers
from tests.web.conftest import Site
from tests.web.test_stream import listen
from webhooks import AgentState, EventType


async def told(stream: ClientResponse) -> dict[str, Any]:
    """The next dossier."""
    event = ""
    async with asyncio.timeout(10):
        while line := (await stream.content.readline()).decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "event":
                event = value
            elif name == "id":
                event = ""
            elif name == "data" and event == "dossier":
                found: dict[str, Any] = json.loads(value)
                return found
    raise AssertionError("the stream ended")


async def history(site: Site) -> tuple[int, list[int]]:
    """A company with two contracts, an owner who is on the team, and a call before."""
    firm, people = await site.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Support Gold", owner="Zoé Martin"
    )
    day = date(2026, 11, 23)
    async with site.scene.database.transaction() as connection:
        zoe = 1
        await connection.execute(
            insert(agent_states).values(
                agent_id=zoe, state="paused", reason="lunch", since=site.scene.clock()
            )
        )
        await connection.execute(
            update(contracts).values(covers_support=False, ends_on=day + timedelta(days=30))
        )
        await connection.execute(update(companies).values(updated_at=site.scene.clock()))
    before = await site.scene.ring("PJSIP/101", company=firm, people=people)
    await site.scene.answer(before, "PJSIP/101")
    number = await site.scene.ticket(before, "The oven does not heat")
    async with site.scene.database.transaction() as connection:
        await connection.execute(update(obligations).values(ticket_number=number))
    await site.scene.hang_up(before)
    site.scene.clock.advance(minutes=10)
    return firm, people


async def test_it_is_told_once_the_call_rings(site: Site) -> None:
    await site.sign_in("zoe")
    firm, people = await history(site)
    stream = await listen(site)
    call = await site.scene.ring("PJSIP/101", company=firm, people=people)
    message = await told(stream)
    assert message["call"] == call
    dossier = message["dossier"]
    assert (dossier["contract"], dossier["cover"]) == ("Support Gold", "not_covered")
    assert dossier["ends_on"] == "2026-12-23"
    owner = {"name": "Zoé Martin", "login": "zoe", "state": "paused", "reason": "lunch"}
    assert dossier["owner"] == owner
    assert dossier["backup"] == {
        "name": "Karim Benali",
        "login": None,
        "state": None,
        "reason": None,
    }
    assert dossier["open_tickets"] == 1
    assert [one["title"] for one in dossier["tickets"]] == ["The oven does not heat"]
    assert dossier["today"] == 2
    (earlier,) = dossier["earlier"]
    assert (earlier["outcome"], earlier["agent"]) == ("answered", "Zoé Martin")
    assert earlier["title"] == "The oven does not heat"
    assert dossier["updated_at"] is None  # the contact's age is not known


async def test_callers_who_are_nobody_have_no_past_but_their_number(site: Site) -> None:
    await site.sign_in("zoe")
    stream = await listen(site)
    await site.scene.ring("PJSIP/101", raw="anonymous", e164=None)
    dossier = (await told(stream))["dossier"]
    assert (dossier["today"], dossier["earlier"], dossier["contract"]) == (0, [], None)
    for expected in (1, 2):
        await site.scene.ring("PJSIP/101", raw="204", e164=None)
        assert (await told(stream))["dossier"]["today"] == expected


async def test_a_page_that_comes_later_is_told_at_once(site: Site) -> None:
    await site.sign_in("zoe")
    early = await listen(site)
    call = await site.scene.ring("PJSIP/101")
    await told(early)
    late = await listen(site)
    assert (await told(late))["call"] == call


async def test_it_is_told_to_those_whose_line_it_is_alone(site: Site) -> None:
    await site.sign_in("sam")
    stream = await listen(site)
    await site.scene.ring("PJSIP/101")
    mine = await site.scene.ring("PJSIP/201", line="sales")
    assert (await told(stream))["call"] == mine


async def test_it_is_told_again_when_a_ticket_of_the_company_changes(site: Site) -> None:
    await site.sign_in("zoe")
    firm, people = await history(site)
    stream = await listen(site)
    call = await site.scene.ring("PJSIP/101", company=firm, people=people)
    assert (await told(stream))["dossier"]["open_tickets"] == 1
    await site.scene.answer(call, "PJSIP/101")
    await site.scene.ticket(call, "The oven again")
    assert (await told(stream))["dossier"]["open_tickets"] == 2


async def agent_says(site: Site, login: str, name: str) -> None:
    shape = AgentState(
        agent=login,
        name=name,
        state="available",
        reason=None,
        since=site.scene.clock(),
        blocked_on=[],
    )
    entry = NewEntry(site.scene.clock(), EventType.AGENT_STATE, None, None, shape.model_dump_json())
    async with site.scene.database.transaction() as connection:
        await journal.append(connection, [entry])
    site.context.hub.notify()


async def test_it_is_told_again_when_its_owner_comes_back_and_for_nobody_else(site: Site) -> None:
    await site.sign_in("zoe")
    firm, people = await history(site)
    stream = await listen(site)
    call = await site.scene.ring("PJSIP/101", company=firm, people=people)
    assert (await told(stream))["dossier"]["owner"]["state"] == "paused"
    await site.scene.ring("PJSIP/101")
    await told(stream)
    await agent_says(site, "omar", "Omar Diallo")
    async with site.scene.database.transaction() as connection:
        await connection.execute(update(agent_states).values(state="available", reason=None))
    await agent_says(site, "zoe", "Zoé Martin")
    again = await told(stream)
    assert (again["call"], again["dossier"]["owner"]["state"]) == (call, "available")


async def test_a_line_of_the_journal_that_says_nothing_ends_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of one look-up costs that one; the next call's is told."""
    monkeypatch.setattr(dossiers, "FAULT_PAUSE_S", 0)
    await site.sign_in("zoe")
    stream = await listen(site)
    await site.scene.entries(EventType.CALL_UPDATED, data="{}", line="support")
    call = await site.scene.ring("PJSIP/101")
    assert (await told(stream))["call"] == call
