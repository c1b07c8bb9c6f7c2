"""What supervisors see of the floor, and what they do about it."""

import pytest
from sqlalchemy import select, update

from callcenter.core.agent_state import AgentState
from callcenter.db import agents, pauses, presence, seats
from callcenter.db.presence import Presence
from callcenter.db.schema import obligations, trail
from tests.web.conftest import Site
from tests.web.test_stream import hear, listen
from webhooks import EventType
from webhooks.floor import OverdueObligation


@pytest.fixture
async def owing(site: Site) -> str:
    """Zoé answered a call, and is kept from others; gives the call."""
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    await site.scene.hang_up(call)
    await site.scene.state("zoe", AgentState.WRAP_UP, blocked_on="support")
    return call


async def floor(site: Site) -> str:
    return await (await site.client.get("/floor")).text()


async def everyone(site: Site) -> dict[str, Presence]:
    async with site.context.database.reading() as connection:
        return {one.standing.login: one for one in await presence.everyone(connection)}


async def escalate(site: Site, call: str) -> None:
    """The service tells supervisors of a debt."""
    now = site.scene.clock()
    async with site.context.database.transaction() as connection:
        await connection.execute(update(obligations).values(escalated_at=now))
    shape = OverdueObligation(
        call=call, line="support", agent="zoe", name="Zoé Martin", answered_at=now
    )
    kind = EventType.OBLIGATION_OVERDUE
    await site.scene.entries(kind, data=shape.model_dump_json(), line="support")


async def deeds(site: Site) -> list[tuple[str | None, str]]:
    async with site.context.database.reading() as connection:
        rows = await connection.execute(select(trail.c.actor, trail.c.action).order_by(trail.c.id))
        return [(row.actor, row.action) for row in rows]


async def test_who_is_overdue_is_first_then_who_is_blocked(site: Site, owing: str) -> None:
    await site.scene.state("sam", AgentState.AVAILABLE)
    await site.sign_in("super")
    page = await floor(site)
    assert page.index("Zoé Martin</span>") < page.index("Ali Benali</span>")
    assert "Overdue tickets of the team" not in page
    call = await site.scene.ring("PJSIP/102")
    await site.scene.answer(call, "PJSIP/102")
    async with site.context.database.transaction() as connection:
        is_it = obligations.c.call_id == call
        overdue = {"escalated_at": site.scene.clock()}
        await connection.execute(update(obligations).where(is_it).values(overdue))
    page = await floor(site)
    assert page.index("Ali Benali</span>") < page.index("Zoé Martin</span>")
    assert "Overdue tickets of the team" in page
    assert f'href="/work/{owing}"' in page


async def test_a_release_lets_calls_through_and_leaves_the_ticket_to_be_written(
    site: Site, owing: str
) -> None:
    await escalate(site, owing)
    await site.sign_in("super")
    status, page = await site.post(
        "/floor/release", {"agent": "zoe", "reason": "many_calls"}, form="/floor"
    )
    assert (status, "let through" in page, "Overdue" in page) == (200, True, False)
    assert "Many callers wait" in await (await site.client.get("/admin/trail")).text()
    (owed,) = (await everyone(site))["zoe"].owed
    assert (owed.call_id, owed.is_released, owed.is_overdue) == (owing, True, False)
    assert await deeds(site) == [("super", "obligation.released")]


async def test_somebody_is_put_on_a_pause_and_brought_back(site: Site) -> None:
    await site.sign_in("super")
    fields = {"agent": "ali", "reason": "lunch"}
    _, page = await site.post("/floor/pause", fields, form="/floor")
    assert "Lunch" in page
    async with site.context.database.reading() as connection:
        assert [one.reason for one in (await pauses.everyone(connection)).values()] == ["lunch"]
    await site.post("/floor/resume", {"agent": "ali"}, form="/floor")
    async with site.context.database.reading() as connection:
        assert await pauses.everyone(connection) == {}
    assert await deeds(site) == [("super", "pause.begun"), ("super", "pause.ended")]


async def test_a_seat_that_was_not_left_is_freed_and_a_given_telephone_is_not(site: Site) -> None:
    await site.scene.join("support", "PJSIP/103")
    async with site.context.database.transaction() as connection:
        zoe = await agents.by_login(connection, "zoe")
        assert zoe is not None
        lines, now = site.context.lines, site.scene.clock()
        await seats.take(connection, zoe, "PJSIP/103", lines=lines, now=now)
    await site.sign_in("super")
    for interface in ("PJSIP/103", "PJSIP/101"):
        await site.post("/floor/free", {"agent": "zoe", "interface": interface}, form="/floor")
    assert (await everyone(site))["zoe"].interfaces == ("PJSIP/101",)
    assert await deeds(site) == [("zoe", "seat.taken"), ("super", "seat.freed")]


async def test_a_call_at_nobodys_telephone_is_named_and_let_go(site: Site) -> None:
    await site.scene.join("support", "PJSIP/109")
    call = await site.scene.ring("PJSIP/109")
    await site.scene.answer(call, "PJSIP/109")
    await site.sign_in("super")
    assert "Answered at a telephone that nobody has" in await floor(site)
    await site.post("/floor/release-call", {"call": call}, form="/floor")
    async with site.context.database.reading() as connection:
        assert [one.is_released for one in await presence.nobodys(connection)] == [True]


@pytest.mark.parametrize("deed", ["release", "pause", "resume", "free"])
async def test_an_agent_who_is_not_there_is_said(site: Site, deed: str) -> None:
    await site.sign_in("super")
    fields = {"agent": "nobody", "reason": "lunch"}
    assert (await site.post(f"/floor/{deed}", fields, form="/floor"))[0] == 404


async def test_supervisors_are_told_of_what_is_overdue_and_agents_are_not(
    site: Site, owing: str
) -> None:
    await site.sign_in("ali")
    stream = await listen(site)
    await escalate(site, owing)
    await site.scene.sight("main", reason=None)
    assert (await hear(stream)).type == EventType.PBX_IN_SIGHT
    site.client.session.cookie_jar.clear()
    await site.sign_in("super")
    stream = await listen(site)
    await escalate(site, owing)
    assert (await hear(stream)).type == EventType.OBLIGATION_OVERDUE
