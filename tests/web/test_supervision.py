"""Who may listen to a call, and what the pages say of it."""

from typing import Any

import pytest
from sqlalchemy import select, update

from callcenter.core.agent_state import AgentState
from callcenter.core.supervision import Supervision, SupervisionResult, SupervisionState
from callcenter.db import agents, supervision_claims, team, trail
from callcenter.db import sights as sights_db
from callcenter.db.rights import Right
from callcenter.db.schema import legs
from callcenter.db.schema import supervisions as table
from callcenter.db.trail import Action, By, TrailFilter
from tests.web.conftest import Site
from tests.web.test_outgoing import somebody_else
from tests.web.test_stream import hear, listen


async def grant(site: Site, login: str = "super") -> None:
    async with site.context.database.transaction() as connection:
        await team.grant(connection, login, Right.SUPERVISE, by=By(None, site.scene.clock()))


@pytest.fixture
async def call(site: Site) -> str:
    """Zoé talks; the supervisor has a telephone and the right to listen. Gives the call."""
    found = await site.scene.ring("PJSIP/101")
    await site.scene.answer(found, "PJSIP/101")
    await site.scene.state("zoe", AgentState.ON_CALL)
    async with site.context.database.transaction() as connection:
        boss = await agents.by_login(connection, "super")
        assert boss is not None
        await team.change(
            connection,
            boss.id,
            team.Fields(boss.name, boss.role, None, ("PJSIP/109",)),
            version=team.version_of(boss, ()),
            by=By(None, site.scene.clock()),
        )
    await grant(site)
    await site.sign_in("super")
    return found


async def supervise(site: Site, call: str, mode: str = "listen", agent: int = 1) -> tuple[int, str]:
    fields = {"call": call, "agent": str(agent), "mode": mode}
    return await site.post("/floor/supervise", fields, form="/floor")


async def asked(site: Site) -> list[Any]:
    async with site.context.database.reading() as connection:
        return list(await connection.execute(select(table).order_by(table.c.asked_at)))


async def told(site: Site) -> list[trail.Entry]:
    """The trail of supervisions, oldest first."""
    wanted = TrailFilter(actions=[Action.SUPERVISION_BEGUN, Action.SUPERVISION_ENDED])
    async with site.context.database.reading() as connection:
        return (await trail.page(connection, wanted, after=None, limit=9)).entries[::-1]


async def pbx_says(site: Site, *steps: Supervision) -> None:
    """The PBX is told of what is asked for, and says this of it."""
    async with site.context.database.transaction() as connection:
        await supervision_claims.claim(connection, "main", now=site.scene.clock())
        told = await supervision_claims.write(connection, steps)
    for entry in told:
        await site.scene.entries(entry.type, data=entry.data)


def heard(id_: str, site: Site) -> Supervision:
    return Supervision(id_, SupervisionState.LISTENING, began_at=site.scene.clock())


def over(id_: str, site: Site, result: SupervisionResult) -> Supervision:
    ended_at = site.scene.clock()
    return Supervision(id_, SupervisionState.ENDED, result, ended_at=ended_at)


async def test_the_trail_has_who_listens_to_whom_before_the_pbx_is_told(
    site: Site, call: str
) -> None:
    status, page = await supervise(site, call, "whisper")
    assert status == 200
    assert "Your telephone is about to ring" in page
    (row,) = await asked(site)
    assert (row.state, row.interface, row.heard_interface) == ("asked", "PJSIP/109", "PJSIP/101")
    (entry,) = await told(site)
    assert (entry.action, entry.actor, entry.call_id) == ("supervision.begun", "super", call)
    assert (entry.data["agent"], entry.data["mode"]) == ("zoe", "whisper")
    await pbx_says(site, over(row.id, site, SupervisionResult.NO_ANSWER))
    end = (await told(site))[-1]
    assert (end.action, end.actor, end.data["result"]) == ("supervision.ended", None, "no_answer")
    assert "Your telephone was not picked up." in await (await site.client.get("/floor")).text()
    shown = await (await site.client.get("/admin/trail?what=supervision")).text()
    assert "Asked to listen to a colleague’s call" in shown


async def test_a_second_click_rings_nobody_twice_and_another_mode_follows_the_first(
    site: Site, call: str
) -> None:
    for _ in range(2):
        assert (await supervise(site, call))[0] == 200
    (first,) = await asked(site)
    await pbx_says(site, heard(first.id, site))
    site.scene.clock.advance(seconds=1)
    assert (await supervise(site, call, "barge"))[0] == 200
    before, after = await asked(site)
    assert before.cancelled_at is not None
    assert (after.mode, after.interface) == ("barge", "PJSIP/109")
    async with site.context.database.transaction() as connection:
        now = site.scene.clock()
        assert await supervision_claims.claim(connection, "main", now=now) == []
        assert await supervision_claims.cancelled(connection, "main") == [first.id]
        done = over(first.id, site, SupervisionResult.DONE)
        await supervision_claims.write(connection, [done])
        (claimed,) = await supervision_claims.claim(connection, "main", now=now)
    assert (claimed.id, claimed.mode) == (after.id, "barge")


async def test_who_has_not_the_right_is_shown_no_button_and_refused(site: Site, call: str) -> None:
    assert "Listen to support…" in await (await site.client.get("/floor")).text()
    async with site.context.database.transaction() as connection:
        by = By(None, site.scene.clock())
        await team.revoke(connection, "super", Right.SUPERVISE, by=by)
    assert "Listen to" not in await (await site.client.get("/floor")).text()
    assert (await supervise(site, call))[0] == 403
    await grant(site, "zoe")  # the right alone opens no floor
    await somebody_else(site, "zoe")
    assert (await site.post("/floor/supervise", {"call": call}))[0] == 403
    assert await asked(site) == []


async def test_why_nobody_can_be_listened_to_is_said(site: Site, call: str) -> None:
    assert (await supervise(site, call, "spy"))[0] == 404
    status, page = await supervise(site, call, agent=2)
    assert (status, "The agent has hung up." in page) == (422, True)
    async with site.context.database.transaction() as connection:
        await sights_db.lost(connection, "main", site.scene.clock(), "cut")
    status, page = await supervise(site, call)
    assert (status, "The PBX is out of sight" in page) == (422, True)
    async with site.context.database.transaction() as connection:
        await sights_db.found(connection, "main", site.scene.clock())
        ended = update(legs).values(ended_at=site.scene.clock())
        await connection.execute(ended)
    status, page = await supervise(site, call)
    assert (status, "The agent has hung up." in page) == (422, True)
    assert await asked(site) == []


async def test_one_without_a_telephone_is_told_to_take_one(site: Site, call: str) -> None:
    await site.scene.agent("root", "Nour Haddad", role="admin")
    await grant(site, "root")
    await somebody_else(site, "root")
    status, page = await supervise(site, call)
    assert (status, "You have no telephone" in page) == (422, True)


async def test_who_is_listened_to_is_told_and_others_are_not(site: Site, call: str) -> None:
    await supervise(site, call, "whisper")
    (row,) = await asked(site)
    await somebody_else(site, "zoe")
    assert "speaks to you alone" not in await (await site.client.get("/state")).text()
    stream = await listen(site)
    await pbx_says(site, heard(row.id, site))
    event = await hear(stream)
    stream.close()
    assert (event.type, event.message["data"]["agent"]) == ("supervision.changed", "zoe")
    assert "speaks to you alone" in await (await site.client.get("/state")).text()
    await somebody_else(site, "ali")
    assert "speaks to you alone" not in await (await site.client.get("/state")).text()
    await somebody_else(site, "super")
    page = await (await site.client.get("/floor")).text()
    assert "The agent hears you, the caller does not" in page
    await site.post("/floor/supervise/stop", {"id": row.id}, form="/floor")
    assert (await asked(site))[0].cancelled_at is not None
