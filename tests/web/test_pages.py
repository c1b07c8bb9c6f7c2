"""The ticket pages and the call list."""

import asyncio
import re
from datetime import timedelta

import pytest

from callcenter.db import sights, tickets
from callcenter.web.pages import calls as calls_page
from callcenter.web.pages import tickets as tickets_page
from tests.web.conftest import Site
from tests.web.scene import Clock
from webhooks import EventType


async def ticketed(site: Site, title: str = "The oven does not heat", **caller: object) -> str:
    """A call that Zoé answered; gives its ticket's number."""
    call = await site.scene.ring("PJSIP/101", **caller)  # type: ignore[arg-type]  # by name
    await site.scene.answer(call, "PJSIP/101")
    number = await site.scene.ticket(call, title)
    await site.scene.hang_up(call)
    return number


async def get(site: Site, path: str, status: int = 200) -> str:
    response = await site.client.get(path)
    assert response.status == status
    return await response.text()


async def test_a_ticket_shows_everything_known(site: Site) -> None:
    await site.sign_in("ali")
    firm, people = await site.scene.company(
        "Boulangerie Durand", "Lucie Petit", contract="Gold", owner="Nora Klein"
    )
    number = await ticketed(site, company=firm, people=people)
    page = await get(site, f"/tickets/{number}")
    for fact in (
        number,
        "The oven does not heat",
        "Boulangerie Durand",
        "Lucie Petit",
        "Nora Klein",
        "Zoé Martin",
        "support",
        "Phone",
        "06 39 98 11 22",
        "New",
        "Medium",
    ):
        assert fact in page, fact
    assert '<time datetime="2026-11-23T09:00:00+00:00">23/11/2026, 10:00</time>' in page


async def test_what_it_is_about_can_be_changed(site: Site) -> None:
    await site.sign_in("zoe")
    number = await ticketed(site)
    here = f"/tickets/{number}"
    fields = {"title": " A new oven ", "status": "waiting", "priority": "high"}
    status, page = await site.post(here, fields, form=here)
    assert status == 200
    assert "<h1>A new oven</h1>" in page
    assert "Saved." in page
    assert 'value="waiting" selected' in page
    assert 'value="high" selected' in page


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("", {"title": "  ", "status": "new", "priority": "low"}, "A ticket needs a title."),
        ("", {"title": "x" * 300, "status": "new", "priority": "low"}, "too long"),
        ("/notes", {"note": " \n "}, "A note needs a text."),
        ("/notes", {"note": "x" * 8_001}, "too long"),
        ("/complete", {"summary": ""}, "write the summary note"),
        ("/complete", {}, "write the summary note"),
    ],
)
async def test_a_mistake_is_shown_where_it_was_made_and_nothing_typed_is_lost(
    site: Site, path: str, fields: dict[str, str], said: str
) -> None:
    await site.sign_in("zoe")
    number = await ticketed(site)
    here = f"/tickets/{number}"
    status, page = await site.post(here + path, fields, form=here)
    assert status == 422
    assert re.search(rf'role="alert">[^<]*{said}', page)
    assert page.count("aria-invalid") == 1
    for typed in fields.values():
        assert typed.strip() in page
    async with site.context.database.reading() as connection:
        ticket = await tickets.get(connection, number, base_url="")
    assert ticket is not None
    assert (ticket.status, ticket.title, ticket.notes) == ("new", "The oven does not heat", [])


async def test_a_note_is_added_under_its_writers_name(site: Site) -> None:
    await site.sign_in("ali")
    number = await ticketed(site)
    here = f"/tickets/{number}"
    await site.post(f"{here}/notes", {"note": "Called back.\n<b>No answer</b>"}, form=here)
    page = await get(site, here)
    assert "Ali Benali" in page
    assert "Called back.\n&lt;b&gt;No answer&lt;/b&gt;" in page


async def test_the_longest_note_fits_whatever_its_letters_and_lines(site: Site) -> None:
    await site.sign_in("zoe")
    here = f"/tickets/{await ticketed(site)}"
    longest = ("\U0001f4de" * 79 + "\r\n") * (tickets.TEXT_MAX // 80)
    status, page = await site.post(f"{here}/notes", {"note": longest}, form=here)
    assert status == 200
    assert "The note is added." in page


async def test_a_ticket_is_completed_with_its_summary_and_can_be_opened_again(site: Site) -> None:
    await site.sign_in("zoe")
    number = await ticketed(site)
    here = f"/tickets/{number}"
    _, page = await site.post(f"{here}/complete", {"summary": "Fuse replaced."}, form=here)
    assert "The ticket is complete." in page
    assert "Fuse replaced." in page
    assert 'data-status="complete"' in page
    fields = {"title": "Oven", "status": "in_progress", "priority": "low"}
    _, page = await site.post(here, fields, form=here)
    assert 'data-status="in_progress"' in page
    assert "Fuse replaced.</textarea>" in page


async def test_complete_is_no_status_to_choose(site: Site) -> None:
    await site.sign_in("zoe")
    here = f"/tickets/{await ticketed(site)}"
    fields = {"title": "Oven", "status": "complete", "priority": "low"}
    assert (await site.post(here, fields, form=here))[0] == 404


async def test_a_change_is_told_to_every_page(site: Site) -> None:
    await site.sign_in("zoe")
    number = await ticketed(site)
    async with site.context.hub.subscribe() as batches:
        here = f"/tickets/{number}"
        await site.post(f"{here}/complete", {"summary": "Fuse replaced."}, form=here)
        async with asyncio.timeout(10):
            async for batch in batches:
                if any(live.entry.type is EventType.TICKET_COMPLETED for live in batch):
                    break


@pytest.mark.parametrize("number", ["T20990101.0001", "x", "a" * 40])
async def test_a_ticket_that_is_not_there_is_said_plainly(site: Site, number: str) -> None:
    await site.sign_in("zoe")
    assert "There is no such page" in await get(site, f"/tickets/{number}", status=404)


async def test_the_ticket_list_can_be_narrowed(site: Site) -> None:
    await site.sign_in("ali")
    number = await ticketed(site)
    assert number in await get(site, "/tickets")
    assert number in await get(site, "/tickets?status=new")
    assert number not in await get(site, "/tickets?status=complete")
    assert number not in await get(site, "/tickets?mine=1")
    assert number in await get(site, "/tickets?status=rubbish")


async def test_lists_have_every_row_once_over_their_pages(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_page, "ROWS", 2)
    monkeypatch.setattr(tickets_page, "ROWS", 2)
    await site.sign_in("zoe")
    numbers = []
    for _ in range(5):
        numbers.append(await ticketed(site))
        clock.advance(minutes=1)
    for path in ("/calls", "/tickets"):
        seen: list[str] = []
        following: str | None = path
        while following:
            page = await get(site, following.replace("&amp;", "&"))
            seen += re.findall(r'href="/tickets/([^"]+)"', page.split("<main")[1])
            older = re.search(r'href="([^"]+)" rel="next"', page)
            following = older[1] if older else None
        assert seen == numbers[::-1], path


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "2026-11-23T09:00:00~a",
        "2026-11-23T09:00:00+00:00",
        "2026-11-23T09:00:00+00:00~a\0",
        "0001-01-01T00:00:00+14:00~a",
        "9999-12-31T23:00:00-12:00~a",
    ],
)
async def test_a_page_of_a_list_that_never_was_is_said_plainly(site: Site, cursor: str) -> None:
    await site.sign_in("zoe")
    for path in ("/calls", "/tickets"):
        response = await site.client.get(path, params={"after": cursor})
        assert response.status == 404


async def test_the_call_list_says_how_each_call_went(site: Site, clock: Clock) -> None:
    await site.sign_in("zoe")
    call = await site.scene.ring("PJSIP/101", raw="anonymous", e164=None)
    clock.advance(seconds=42)
    await site.scene.hang_up(call)
    ringing = await get(site, "/calls")
    assert "Anonymous caller" in ringing
    assert "Caller gave up" in ringing
    assert "0:42" in ringing
    call = await site.scene.ring("PJSIP/101")
    clock.advance(seconds=5)
    await site.scene.answer(call, "PJSIP/101")
    talking = await get(site, "/calls")
    assert "Talking" in talking
    assert "Ticket being made" in talking
    clock.advance(seconds=3_727)
    await site.scene.hang_up(call)
    ended = await get(site, "/calls")
    assert "1:02:07" in ended
    assert "Zoé Martin" in ended


async def test_an_agent_sees_the_calls_of_their_lines(site: Site) -> None:
    call = await site.scene.ring("PJSIP/201", raw="0199001234", e164="+33199001234", line="sales")
    await site.scene.hang_up(call)
    await site.sign_in("zoe")
    assert "01 99 00 12 34" not in await get(site, "/calls")
    site.client.session.cookie_jar.clear()
    await site.sign_in("super")
    assert "01 99 00 12 34" in await get(site, "/calls")


async def test_a_pbx_out_of_sight_is_on_every_instances_page_from_the_start(site: Site) -> None:
    await site.sign_in("zoe")
    assert "out of sight" not in (await get(site, "/")).split("<template")[0]
    site.unready |= {"pbx.main": None, "database": "slow", "pbx.second": None}
    async with site.context.database.transaction() as connection:
        for pbx in ("main", "second", "removed"):
            await sights.lost(connection, pbx, site.context.now(), "connection refused")
        await sights.found(connection, "second", site.context.now())
    page = (await get(site, "/")).split("<template")[0]
    assert "The PBX main is out of sight" in page
    assert page.count("out of sight") == 1
    assert "not all are known" not in page


async def test_a_time_whose_calls_are_not_all_known_is_on_the_page(site: Site) -> None:
    site.unready["pbx.main"] = None
    now = site.context.now()
    async with site.context.database.transaction() as connection:
        await sights.lost(connection, "main", now - timedelta(minutes=20), "cut")
        await sights.found(connection, "main", now - timedelta(minutes=15))
    await site.sign_in("zoe")
    page = (await get(site, "/")).split("<template")[0]
    assert "Of the calls on main between <time datetime=" in page
    async with site.context.database.transaction() as connection:
        await sights.close(connection, "main", now)
    assert "Of the calls" not in (await get(site, "/")).split("<template")[0]


async def test_who_rings_for_no_line_is_told_so(site: Site) -> None:
    await site.scene.agent("new", "Paul Roux")
    await site.sign_in("new")
    assert "No telephone of yours rings for a line." in await get(site, "/")
