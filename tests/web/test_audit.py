"""The page of the audits: for supervisors, with what did not agree in words, and one made now."""

from datetime import timedelta

import pytest

from callcenter.core.differences import Difference, Kind, Report
from callcenter.db import audits
from callcenter.db.audits import Occasion
from tests.web.conftest import Site

COUNTS = {
    "calls": 12,
    "obligations": 12,
    "obligations.ticketed": 11,
    "records.main.cdr": 12,
    "desk.builtin": 11,
}


async def audited(site: Site, *differences: Difference, occasion: Occasion = Occasion.NIGHT) -> int:
    """An audit that was made; gives its id."""
    context = site.context
    now = context.now()
    async with context.database.transaction() as connection:
        id_ = await audits.ask(connection, now - timedelta(days=1), now, occasion=occasion, now=now)
        await audits.finish(connection, id_, Report(COUNTS, differences), now=now)
    return id_


async def test_agents_have_no_audits(site: Site) -> None:
    await site.sign_in("zoe")
    console = await (await site.client.get("/")).text()
    assert 'href="/audit"' not in console
    assert (await site.client.get("/audit")).status == 403
    assert (await site.post("/audit", {}))[0] == 403


async def test_a_supervisor_sees_what_was_compared_and_that_all_agrees(site: Site) -> None:
    await audited(site)
    await site.sign_in("super")
    console = await (await site.client.get("/")).text()
    assert 'href="/audit"' in console
    response = await site.client.get("/audit")
    page = await response.text()
    assert "No difference." in page
    assert "PBX main: cdr" in page
    assert "Refresh" not in response.headers


@pytest.mark.parametrize("kind", list(Kind))
async def test_each_difference_is_in_words_in_both_languages(site: Site, kind: Kind) -> None:
    at = site.context.now()
    await audited(site, Difference(kind, at, "main", "support", "5f1c", "T1", "<b>quota</b>"))
    await site.sign_in("super")
    for language, word in (("en", "What does not agree"), ("fr", "Écart")):
        response = await site.client.get("/audit", headers={"Accept-Language": language})
        page = await response.text()
        assert word in page
        assert "T1" in page
        assert "&lt;b&gt;quota" in page
        assert kind.value not in page


async def test_one_that_is_asked_for_waits_until_it_is_made(site: Site) -> None:
    await site.sign_in("super")
    status, page = await site.post("/audit", {}, form="/audit")
    assert status == 200
    assert "Comparing …" in page
    await site.post("/audit", {}, form="/audit")
    context = site.context
    async with context.database.reading() as connection:
        (waiting,) = await audits.latest(connection, 10)
    assert (waiting.asked_by, waiting.occasion) == ("super", Occasion.ASKED)
    assert waiting.until - waiting.since == timedelta(days=1)
    assert (await site.client.get("/audit")).headers["Refresh"] == "2; url=/audit"
    async with context.database.transaction() as connection:
        await audits.finish(connection, waiting.id, Report(COUNTS, []), now=context.now())
    page = await (await site.client.get("/audit")).text()
    assert "No difference." in page


async def test_an_older_one_can_be_looked_at(site: Site) -> None:
    first = await audited(site, Difference(Kind.TICKET_GONE, ticket_number="T20261123.0007"))
    await audited(site)
    await site.sign_in("super")
    assert "T20261123.0007" not in await (await site.client.get("/audit")).text()
    assert "T20261123.0007" in await (await site.client.get(f"/audit?audit={first}")).text()
    assert (await site.client.get("/audit?audit=99")).status == 404
