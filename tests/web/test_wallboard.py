"""The wallboard as the server makes it: what is on it, for which line, and at what cost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentState
from callcenter.core.counts import Counts
from callcenter.core.wallboard import Alarm
from callcenter.db import agents, pauses, sights
from callcenter.web import wallboard
from callcenter.web.wallboard import WALLBOARD, Board, Snapshot
from tests.web.conftest import Site


async def snapshot(site: Site) -> Snapshot:
    """What the wall shows of everything the hub knows of."""
    async with asyncio.timeout(5):
        async with site.context.database.reading() as connection:
            last = await wallboard.journal.last_seq(connection)
        while site.context.hub.last_seq < last:  # noqa: ASYNC110  # the hub has no event of its own
            await asyncio.sleep(0.01)
        return await site.client.app[WALLBOARD].read()  # type: ignore[index]  # of a test's client


async def board(site: Site, line: str | None = None) -> Board:
    read = await snapshot(site)
    return site.client.app[WALLBOARD].board(read, line)  # type: ignore[index]  # of a test's client


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a second here."""
    monkeypatch.setattr(wallboard, "READ_EVERY_S", 0.0)


async def test_it_counts_what_waits_who_is_there_and_what_the_day_was(site: Site) -> None:
    scene = site.scene
    for login in ("zoe", "ali", "sam"):
        await scene.state(login, AgentState.AVAILABLE)
    await scene.missed(wait_s=20)
    talk = await scene.ring("PJSIP/101", "PJSIP/102")
    scene.clock.advance(seconds=8)
    await scene.answer(talk, "PJSIP/101")
    await scene.state("zoe", AgentState.ON_CALL)
    scene.clock.advance(seconds=30)
    waits = scene.clock()
    await scene.ring("PJSIP/102")
    scene.clock.advance(seconds=70)
    support = await board(site, "support")
    assert support.state.waiting == (waits,)
    assert support.state.agents == {AgentState.ON_CALL: 1, AgentState.RINGING: 1}
    assert support.state.today == Counts(offered=1, abandoned=1, missed=1, lost_wait_ms=20_000)
    assert (support.state.missed, support.state.without_ticket.counts) == (1, (1, 0, 0))
    assert [(one.presence.standing.login, one.since) for one in support.people] == [
        ("ali", waits),
        ("zoe", waits - timedelta(seconds=30)),
    ]
    assert {alarm: lines[0][0] for alarm, lines in support.alarms.items()} == {
        Alarm.LONGEST_WAIT: "support",
        Alarm.NOBODY_AVAILABLE: "support",
        Alarm.OLDEST_OBLIGATION: "support",
    }
    everything = await board(site)
    assert everything.state.agents[AgentState.AVAILABLE] == 1
    assert [one.presence.standing.login for one in everything.people] == ["ali", "sam", "zoe"]
    assert (await board(site, "sales")).state.today == Counts()


async def test_the_page_says_with_whom_why_and_since_when(site: Site) -> None:
    scene = site.scene
    firm, people = await scene.company("Boulangerie Durand", "Lucie Petit")
    call = await scene.ring("PJSIP/101", company=firm, people=people)
    await scene.answer(call, "PJSIP/101")
    await scene.state("zoe", AgentState.ON_CALL)
    await scene.state("ali", AgentState.ON_CALL)
    made = await scene.outgoing("ali", interface="PJSIP/102", number="+33199001234")
    await scene.dialled(made, "sent", "pick_up", "calling")
    async with site.context.database.transaction() as connection:
        sam = await agents.by_login(connection, "sam")
        assert sam is not None
        now = scene.clock()
        await pauses.begin(connection, sam.id, "Stock-taking", source="page", now=now)
    await scene.state("sam", AgentState.PAUSED, "Stock-taking")
    await site.sign_in("super")
    page = await (await site.client.get("/wallboard")).text()
    for words in ("Lucie Petit · Boulangerie Durand", "01 99 00 12 34", "Stock-taking"):
        assert words in page
    narrowed = await (await site.client.get("/wallboard?line=sales")).text()
    assert "Lucie Petit" not in narrowed
    assert "Stock-taking" in narrowed


async def test_a_line_that_is_not_there_has_no_wallboard(site: Site) -> None:
    await site.sign_in("super")
    assert (await site.client.get("/wallboard?line=supprot")).status == 404


async def test_what_is_not_known_is_said_of_the_lines_that_it_concerns(site: Site) -> None:
    began = site.scene.clock() - timedelta(minutes=9)
    async with site.context.database.transaction() as connection:
        await sights.lost(connection, "main", began, "connection refused")
        await sights.lost(connection, "gone", began, "no PBX of the configuration")
    site.unready |= {"pbx.main": "connection refused"}
    (one,) = (await board(site, "support")).unclear
    assert (one.pbx, one.began_at) == ("main", began)
    await site.sign_in("super")
    page = await (await site.client.get("/wallboard")).text()
    assert "the PBX main is out of sight since" in page


async def test_ten_televisions_cost_one_read_until_something_happens(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    reading = site.context.database.reading

    @asynccontextmanager
    async def counted(**options: bool) -> AsyncIterator[AsyncConnection]:
        nonlocal reads
        reads += 1
        async with reading(**options) as connection:
            yield connection

    before = await snapshot(site)
    monkeypatch.setattr(site.context.database, "reading", counted)
    walls = site.client.app[WALLBOARD]  # type: ignore[index]  # of a test's client
    assert all(one is before for one in await asyncio.gather(*(walls.read() for _ in range(10))))
    assert reads == 0
    monkeypatch.undo()
    monkeypatch.setattr(wallboard, "READ_EVERY_S", 0.0)
    await site.scene.ring("PJSIP/101")
    after = await snapshot(site)
    assert after.lines["support"].waiting
    assert after.seq > before.seq
