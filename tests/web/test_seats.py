"""Taking a telephone for the day, at sign-in or later."""

import pytest

from callcenter.db import agents, seats
from tests.web.conftest import Site
from tests.web.scene import PASSWORD
from tests.web.test_sign_in import attempt


@pytest.fixture
async def hot_desk(site: Site) -> Site:
    """Two agents without a telephone, and two telephones that ring for the support line."""
    for login, name in (("lea", "Léa Dubois"), ("noe", "Noé Faure")):
        await site.scene.agent(login, name)
    for interface in ("PJSIP/103", "PJSIP/104"):
        await site.scene.join("support", interface)
    return site


async def held(site: Site, login: str) -> list[str]:
    async with site.context.database.reading() as connection:
        agent = await agents.by_login(connection, login)
        assert agent is not None
        return [seat.interface for seat in await seats.of_agent(connection, agent.id)]


async def test_who_has_no_telephone_chooses_one_on_the_way_in(hot_desk: Site) -> None:
    assert (await attempt(hot_desk, "lea", PASSWORD, next="/calls"))[:2] == (
        303,
        "/seat?next=/calls",
    )
    page = await (await hot_desk.client.get("/seat?next=/calls")).text()
    assert 'value="PJSIP/103"' in page
    assert 'value="PJSIP/101"' not in page, "it is Zoé's for good"
    fields = {"interface": "PJSIP/103", "next": "/calls"}
    status, page = await hot_desk.post("/seat/take", fields, form="/seat")
    assert (status, "<h1>Calls</h1>" in page) == (200, True)
    assert await held(hot_desk, "lea") == ["PJSIP/103"]
    assert hot_desk.context.hub.ring_groups.lines_of(5) == {"support"}


@pytest.mark.parametrize("login", ["zoe", "super"])
@pytest.mark.usefixtures("hot_desk")
async def test_who_has_one_or_supervises_is_not_asked(site: Site, login: str) -> None:
    assert (await attempt(site, login, PASSWORD))[:2] == (303, "/")
    assert 'value="PJSIP/103"' in await (await site.client.get("/seat")).text()


async def test_where_no_telephone_could_be_taken_nobody_is_asked(site: Site) -> None:
    await site.scene.agent("lea", "Léa Dubois")
    assert (await attempt(site, "lea", PASSWORD))[:2] == (303, "/")


async def test_a_seat_that_was_not_left_is_taken_over_after_a_question(hot_desk: Site) -> None:
    await hot_desk.sign_in("lea")
    await hot_desk.post("/seat/take", {"interface": "PJSIP/103"}, form="/seat")
    hot_desk.client.session.cookie_jar.clear()
    await hot_desk.sign_in("noe")
    status, page = await hot_desk.post("/seat/take", {"interface": "PJSIP/103"}, form="/seat")
    assert (status, "Léa Dubois took 103" in page) == (409, True)
    fields = {"interface": "PJSIP/103", "over": "lea"}
    assert (await hot_desk.post("/seat/take", fields, form="/seat"))[0] == 200
    assert await held(hot_desk, "noe") == ["PJSIP/103"]
    assert await held(hot_desk, "lea") == []


@pytest.mark.parametrize("interface", ["PJSIP/999", "", "PJSIP/101\0"])
async def test_an_unknown_telephone_is_said(hot_desk: Site, interface: str) -> None:
    await hot_desk.sign_in("lea")
    status, page = await hot_desk.post("/seat/take", {"interface": interface}, form="/seat")
    assert (status, "There is no such telephone" in page) == (422, True)


async def test_signing_out_leaves_what_was_taken_once_no_browser_is_left(hot_desk: Site) -> None:
    jar = hot_desk.client.session.cookie_jar
    await hot_desk.sign_in("zoe")
    await hot_desk.post("/seat/take", {"interface": "PJSIP/104"}, form="/seat")
    jar.clear()
    await hot_desk.sign_in("zoe")
    await hot_desk.post("/sign-out", {})
    assert await held(hot_desk, "zoe") == ["PJSIP/101", "PJSIP/104"], "the other browser is there"
    await hot_desk.sign_in("zoe")
    hot_desk.scene.clock.advance(hours=2, minutes=1)
    jar.clear()
    await hot_desk.sign_in("zoe")
    await hot_desk.post("/sign-out", {})
    assert await held(hot_desk, "zoe") == ["PJSIP/101"], "given for good"


async def test_a_seat_is_left_by_choice(hot_desk: Site) -> None:
    await hot_desk.sign_in("zoe")
    await hot_desk.post("/seat/take", {"interface": "PJSIP/104"}, form="/seat")
    for interface in ("PJSIP/104", "PJSIP/101"):
        await hot_desk.post("/seat/leave", {"interface": interface}, form="/seat")
    assert await held(hot_desk, "zoe") == ["PJSIP/101"]
