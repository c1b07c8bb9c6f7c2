"""The bar of every page: what the agent does, and what they have yet to write."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from callcenter.core.agent_state import AgentState
from callcenter.core.owing import Owed
from callcenter.db import agents, pauses, presence
from callcenter.db.presence import Presence
from callcenter.db.schema import obligations
from tests.web.conftest import Site


async def here(site: Site, login: str = "zoe") -> Presence:
    async with site.context.database.reading() as connection:
        agent = await agents.by_login(connection, login)
        assert agent is not None
        return await presence.get(connection, agent)


async def test_a_pause_counts_at_once_and_is_over_at_once(site: Site) -> None:
    await site.scene.state("zoe", AgentState.AVAILABLE)
    await site.sign_in("zoe")
    for reason in ("lunch", "lunch", "Stock-taking"):
        status, page = await site.post("/state/pause", {"reason": reason, "next": "/calls"})
        assert (status, "End the pause" in page, "<h1>Calls</h1>" in page) == (200, True, True)
    found = await here(site)
    assert (found.state, found.pause and found.pause.reason) == ("paused", "Stock-taking")
    assert "Stock-taking" in page
    for _ in range(2):
        _, page = await site.post("/state/resume", {})
    assert "End the pause" not in page
    assert (await here(site)).state == "available"


async def test_a_pause_waits_for_the_end_of_the_call(site: Site) -> None:
    await site.scene.state("zoe", AgentState.ON_CALL)
    await site.sign_in("zoe")
    await site.post("/state/pause", {"reason": "break"})
    found = await here(site)
    assert (found.state, found.pause and found.pause.source) == ("on_call", "page")


@pytest.mark.parametrize("reason", ["", "holiday", "ticket"])
async def test_only_the_sites_reasons_are_taken(site: Site, reason: str) -> None:
    await site.sign_in("zoe")
    assert (await site.post("/state/pause", {"reason": reason}))[0] == 404
    async with site.context.database.reading() as connection:
        assert await pauses.everyone(connection) == {}


async def test_what_is_owed_is_said_with_why_calls_stop(site: Site) -> None:
    await site.sign_in("zoe")
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    answered_at = site.scene.clock()
    await site.scene.state("zoe", AgentState.WRAP_UP, blocked_on="support")
    site.scene.clock.advance(minutes=1)
    await site.scene.hang_up(call)
    site.scene.clock.advance(seconds=42)
    page = await (await site.client.get("/calls")).text()
    assert 'data-told="blocked"' in page
    assert "You get no further calls until they are written." in page
    assert ">0:42<" in page
    found = await here(site)
    ended_at = answered_at + timedelta(minutes=1)
    assert found.owed == (Owed(call, "support", answered_at, ended_at),)
    assert found.blocked_on == ("support",)


async def test_who_handed_the_caller_on_has_the_clock_of_their_own_part(site: Site) -> None:
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    await site.scene.offer(call, "PJSIP/102")
    site.scene.clock.advance(minutes=3)
    handed_on = site.scene.clock()
    await site.scene.hand_on(call, "PJSIP/101", "PJSIP/102")
    site.scene.clock.advance(minutes=3)
    (owed,) = (await here(site)).owed
    assert owed.ended_at == handed_on
    assert not (await here(site, "ali")).owed


async def test_what_a_supervisor_let_go_is_still_to_be_written(site: Site) -> None:
    await site.sign_in("zoe")
    call = await site.scene.ring("PJSIP/101")
    await site.scene.answer(call, "PJSIP/101")
    async with site.context.database.transaction() as connection:
        await connection.execute(update(obligations).values(released_at=site.scene.clock()))
    page = await (await site.client.get("/")).text()
    assert 'data-told="waived"' in page


async def test_the_grace_is_counted_down(site: Site) -> None:
    await site.sign_in("sam")
    call = await site.scene.ring("PJSIP/201", line="sales")
    await site.scene.answer(call, "PJSIP/201")
    await site.scene.hang_up(call)
    site.scene.clock.advance(seconds=10)
    page = await (await site.client.get("/tickets")).text()
    assert 'data-told="grace"' in page
    assert ">0:20<" in page


@pytest.mark.parametrize(
    "path", ["/", "/calls", "/tickets", "/obligations", "/preferences", "/work", "/seat", "/state"]
)
async def test_every_page_has_the_bar(site: Site, path: str) -> None:
    await site.sign_in("zoe")
    assert '<section id="presence"' in await (await site.client.get(path)).text()
