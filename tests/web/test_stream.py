"""The pages' stream over HTTP: who hears what, and how one goes on after a cut."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy.exc import OperationalError

from callcenter.db import journal
from callcenter.web import sse
from callcenter.web.dossiers import EVENT
from callcenter.web.pages.console import STALE_AFTER
from tests.web.conftest import Site
from webhooks import EventType


@dataclass
class Heard:
    """One event as a browser has it."""

    id: int
    type: str
    message: dict[str, Any]


async def listen(site: Site, after: int | None = None, **headers: str) -> ClientResponse:
    query = {} if after is None else {"after": str(after)}
    response = await site.client.get("/live", params=query, headers=headers)
    assert response.status == 200
    assert response.content_type == "text/event-stream"
    assert await response.content.readline() == b"retry: 2000\n"
    return response


async def hear(response: ClientResponse) -> Heard:
    """The next event of the journal; what is said beside it has a test of its own."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(10):
        while line := (await response.content.readline()).decode():
            if line == "\n" and fields.get("event") == EVENT:
                fields = {}
            elif line == "\n" and "data" in fields:
                seq = int(fields.get("id", 0))
                return Heard(seq, fields["event"], json.loads(fields["data"]))
            else:
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
    raise AssertionError("the stream ended")


async def first_seq(site: Site) -> int:
    page = await (await site.client.get("/")).text()
    state = page.split('id="state">')[1].split("</script>")[0]
    return int(json.loads(state)["seq"])


async def test_what_happens_is_told_with_the_number_for_people(site: Site) -> None:
    await site.sign_in("zoe")
    stream = await listen(site)
    call = await site.scene.ring("PJSIP/101")
    event = await hear(stream)
    assert event.type == "call.ringing"
    assert event.message["data"]["id"] == call
    assert event.message["shown"] == {"number": "06 39 98 11 22", "ticket": None}
    await site.scene.answer(call, "PJSIP/101")
    assert (await hear(stream)).message["data"]["legs"][0]["agent"] == "zoe"
    number = await site.scene.ticket(call)
    events = [await hear(stream), await hear(stream)]
    assert [event.type for event in events] == ["ticket.created", "call.updated"]
    assert all(event.message["shown"]["ticket"] == f"/tickets/{number}" for event in events)
    stream.close()


async def test_nothing_is_lost_between_rendering_and_connecting(site: Site) -> None:
    await site.sign_in("zoe")
    seq = await first_seq(site)
    call = await site.scene.ring("PJSIP/101")
    stream = await listen(site, after=seq)
    assert (await hear(stream)).message["data"]["id"] == call
    stream.close()


async def test_the_header_of_a_reconnection_beats_the_address(site: Site) -> None:
    await site.sign_in("zoe")
    seq = await first_seq(site)
    first = await site.scene.ring("PJSIP/101")
    stream = await listen(site, after=seq)
    heard = await hear(stream)
    assert heard.message["data"]["id"] == first
    stream.close()
    second = await site.scene.ring("PJSIP/101")
    stream = await listen(site, after=seq, **{"Last-Event-ID": str(heard.id)})
    assert (await hear(stream)).message["data"]["id"] == second
    stream.close()


async def test_an_agent_hears_of_their_own_lines_and_calls(site: Site) -> None:
    """Sales calls are not for who rings for support, until one of the legs is theirs."""
    await site.sign_in("zoe")
    stream = await listen(site)
    foreign = await site.scene.ring("PJSIP/201", line="sales")
    own = await site.scene.ring("PJSIP/101")
    assert (await hear(stream)).message["data"]["id"] == own
    transferred = await site.scene.ring("PJSIP/101", line="sales")
    assert (await hear(stream)).message["data"]["id"] == transferred
    page = await (await site.client.get("/")).text()
    assert own in page
    assert transferred in page
    assert foreign not in page
    stream.close()


async def test_a_supervisor_hears_of_every_line(site: Site) -> None:
    await site.sign_in("super")
    stream = await listen(site)
    for line, interface in (("sales", "PJSIP/201"), ("support", "PJSIP/101")):
        call = await site.scene.ring(interface, line=line)
        assert (await hear(stream)).message["data"]["id"] == call
    stream.close()


async def test_who_joins_a_line_hears_of_it_from_then_on(site: Site) -> None:
    await site.sign_in("zoe")
    stream = await listen(site)
    await site.scene.ring("PJSIP/201", line="sales")
    await site.scene.join("sales", "PJSIP/101")
    call = await site.scene.ring("PJSIP/201", line="sales")
    assert (await hear(stream)).type == EventType.RING_GROUP_CHANGED
    assert (await hear(stream)).message["data"]["id"] == call
    await site.scene.leave("sales", "PJSIP/101")
    await site.scene.ring("PJSIP/201", line="sales")
    own = await site.scene.ring("PJSIP/101")
    assert (await hear(stream)).type == EventType.RING_GROUP_CHANGED
    assert (await hear(stream)).message["data"]["id"] == own
    stream.close()


async def test_the_stream_is_for_who_is_signed_in(site: Site) -> None:
    assert (await site.client.get("/live")).status == 401
    await site.sign_in("zoe")
    for number in ("-1", "x", "1.5", "9" * 19, "\u0663"):
        assert (await site.client.get("/live", params={"after": number})).status == 400


async def test_signing_out_elsewhere_ends_the_stream(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "IDLE_S", 0.05)
    await site.sign_in("zoe")
    await site.scene.ring("PJSIP/101")
    stream = await listen(site)
    await site.post("/sign-out", {})
    await site.scene.ring("PJSIP/101")
    async with asyncio.timeout(10):
        while await stream.content.readline():
            await site.scene.ring("PJSIP/101")


async def test_a_database_that_goes_away_ends_the_stream_and_writes_nothing_else_into_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sse, "IDLE_S", 0.05)
    await site.sign_in("zoe")
    stream = await listen(site)

    async def away(_request: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr("callcenter.web.pages.console.find_session", away)
    said = b""
    await site.scene.ring("PJSIP/101")
    async with asyncio.timeout(10):
        while line := await stream.content.readline():
            said += line
            await site.scene.ring("PJSIP/101")
    assert b"HTTP/1.1" not in said
    assert "stream.failed" in capsys.readouterr().out


async def test_a_page_that_missed_very_much_is_told_to_load_anew(site: Site) -> None:
    await site.sign_in("zoe")
    seq = 0
    async with site.context.hub.subscribe() as batches:
        while seq <= STALE_AFTER:
            seq = await site.scene.entries(EventType.CALL_UPDATED, 500, line="support")
        reached = 0
        while reached < seq:
            reached = max((live.seq for live in await anext(batches)), default=0)
    response = await site.client.get("/live", params={"after": "0"})
    assert await response.text() == "event: stale\ndata: {}\n\n"


async def test_pages_stay_live_over_days_so_quiet_that_the_journal_is_empty(site: Site) -> None:
    await site.sign_in("zoe")
    written = await site.scene.entries(EventType.CALL_UPDATED, STALE_AFTER + 1, line="support")
    async with site.context.hub.subscribe(0) as batches:
        async for batch in batches:
            if batch and batch[-1].seq == written:
                break
    async with site.context.database.transaction() as connection:
        await journal.prune(connection, site.context.now() + timedelta(days=1))
    stream = await listen(site, after=await first_seq(site))
    call = await site.scene.ring("PJSIP/101")
    assert (await hear(stream)).message["data"]["id"] == call
    stream.close()


async def test_a_page_from_before_a_database_was_restored_is_told_to_load_anew(site: Site) -> None:
    await site.sign_in("zoe")
    beyond = await first_seq(site) + 1
    response = await site.client.get("/live", params={"after": str(beyond)})
    assert await response.text() == "event: stale\ndata: {}\n\n"
