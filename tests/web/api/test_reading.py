"""Reading calls, tickets and coverage, on both databases."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from callcenter.db import directory, sights
from callcenter.directory.importer import import_csv
from callcenter.web.api.parameters import next_cursor
from callcenter.web.context import WebContext
from tests.web.api import seed
from tests.web.api.seed import CALLER, START

Get = Callable[..., Awaitable[tuple[int, Any]]]

BEFORE_TIME = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
AFTER_TIME = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
"""In UTC no datetime can hold them."""

DIRECTORY = """company,contact,mobile,contract,account_owner,backup
Ardoise & Fils,Élise Vannier,0639981122,Gold,nadia,karim
"""


async def names(get: Get, **parameters: str) -> list[str]:
    status, body = await get("/api/v1/calls", **parameters)
    assert status == 200
    return [call["id"] for call in body["calls"]]


async def test_nothing_has_happened(get: Get) -> None:
    assert await get("/api/v1/calls") == (200, {"calls": [], "next": None})
    assert await get("/api/v1/tickets") == (200, {"tickets": [], "next": None})
    status, body = await get("/api/v1/coverage")
    assert (status, body["answered"], body["coverage"]) == (200, 0, None)


async def test_an_answered_call_is_there_with_its_agent_caller_and_ticket(
    get: Get, context: WebContext
) -> None:
    await import_csv(context.database, DIRECTORY, country="FR")
    async with context.database.transaction() as connection:
        known = (await directory.match(connection, [CALLER]))[CALLER]
        await seed.answered_call(
            connection,
            "one",
            agent_id=await seed.agent(connection),
            number="T20261123.0001",
            company_id=known.company_id,
            contact_ids=tuple(contact.id for contact in known.contacts),
        )
    status, call = await get("/api/v1/calls/one")
    assert status == 200
    caller = {
        "raw": "0639981122",
        "e164": CALLER,
        "name": None,
        "attestation": None,
        "removed": False,
    }
    assert call["caller"] == caller
    assert call["company"]["name"] == "Ardoise & Fils"
    assert [contact["name"] for contact in call["contacts"]] == ["Élise Vannier"]
    assert call["started_at"] == "2026-11-23T10:00:00.000+00:00"
    assert (call["wait_s"], call["legs"][0]["agent"]) == (4.0, "nadia")
    assert (call["legs"][0]["talk_s"], call["legs"][0]["hold_s"]) == (57.5, 2.5)
    assert (call["ticket"]["number"], call["ticket"]["state"]) == ("T20261123.0001", "ticketed")
    status, ticket = await get("/api/v1/tickets/T20261123.0001")
    assert status == 200
    assert (ticket["call"], ticket["primary_resource"]) == ("one", "nadia")
    assert ticket["notes"][0]["text"] == "Paper jam."


async def test_calls_are_narrowed(get: Get, context: WebContext) -> None:
    async with context.database.transaction() as connection:
        await seed.call(connection, "a", at=START)
        await seed.call(connection, "b", at=START + timedelta(minutes=1), line="sales")
        await seed.call(connection, "c", at=START + timedelta(minutes=2), outcome="overflow")
        await seed.call(
            connection, "d", at=START + timedelta(minutes=3), raw="anonymous", e164=None
        )
    assert await names(get) == ["d", "c", "b", "a"]
    assert await names(get, line="sales") == ["b"]
    assert await names(get, line="nothing") == []
    assert await names(get, outcome="overflow") == ["c"]
    assert await names(get, caller="06 39 98 11 22") == ["c", "b", "a"]
    assert await names(get, caller="+33639981122") == ["c", "b", "a"]
    assert await names(get, caller="anonymous") == ["d"]
    assert await names(get, **{"from": "2026-11-23T10:01:00Z"}) == ["d", "c", "b"]
    assert await names(get, to="2026-11-23T11:01:00+01:00") == ["a"]
    assert await names(get, line="support", **{"from": "2026-11-23T10:01:00Z"}) == ["d", "c"]


async def test_pages_stay_as_they_are_while_calls_come_in(get: Get, context: WebContext) -> None:
    async with context.database.transaction() as connection:
        for number in range(7):  # all at one moment: the id has to tell them apart
            await seed.call(connection, f"call {number}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        _, body = await get("/api/v1/calls", limit="3", **cursor)
        seen += [call["id"] for call in body["calls"]]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}
        async with context.database.transaction() as connection:
            await seed.call(connection, f"new {len(seen)}", at=START + timedelta(seconds=len(seen)))
    assert seen == [f"call {number}" for number in reversed(range(7))]


async def test_tickets_are_narrowed_and_paged(get: Get, context: WebContext) -> None:
    async with context.database.transaction() as connection:
        for number in range(1, 4):
            await seed.ticket(connection, f"T20261123.000{number}", at=START)
        late = START + timedelta(hours=1)
        await seed.ticket(connection, "T20261123.0004", status="complete", at=late)
    _, complete = await get("/api/v1/tickets", status="complete")
    assert [ticket["number"] for ticket in complete["tickets"]] == ["T20261123.0004"]
    _, first = await get("/api/v1/tickets", limit="2", to="2026-11-23T11:00:00Z")
    _, second = await get(
        "/api/v1/tickets", limit="2", to="2026-11-23T11:00:00Z", cursor=first["next"]
    )
    assert [ticket["number"] for ticket in first["tickets"] + second["tickets"]] == [
        "T20261123.0003",
        "T20261123.0002",
        "T20261123.0001",
    ]
    assert second["next"] is None


async def test_coverage_names_the_calls_that_wait_for_a_ticket(
    get: Get, context: WebContext
) -> None:
    async with context.database.transaction() as connection:
        nadia = await seed.agent(connection)
        await seed.answered_call(connection, "paid", agent_id=nadia, number="T20261123.0001")
        await seed.answered_call(connection, "owed", agent_id=nadia)
        await seed.call(connection, "missed")
    status, body = await get("/api/v1/coverage")
    assert status == 200
    assert (body["from"], body["to"]) == (
        "2026-11-22T12:00:00.000+00:00",
        "2026-11-23T12:00:00.000+00:00",
    )
    assert (body["answered"], body["coverage"]) == (2, 0.5)
    assert body["obligations"] == {"open": 1, "ticketed": 1, "qualified": 0, "exempt": 0}
    assert body["open"] == [
        {
            "call": "owed",
            "line": "support",
            "agent": "nadia",
            "answered_at": "2026-11-23T10:00:05.000+00:00",
            "attempts": 2,
            "last_error": "the desk does not answer",
            "stuck_at": None,
        }
    ]
    assert body["delay_s"] == {"median": 0.05, "p95": 0.05}
    assert body["out_of_sight"] == []
    _, earlier = await get("/api/v1/coverage", to="2026-11-23T10:00:00Z")
    assert earlier["answered"] == 0


async def test_coverage_says_of_which_times_not_all_is_known(get: Get, context: WebContext) -> None:
    async with context.database.transaction() as connection:
        for hour, until in ((7, 8), (9, 10), (11, None)):
            await sights.lost(connection, "main", datetime(2026, 11, 23, hour, tzinfo=UTC), "cut")
            if until is not None:
                ended_at = datetime(2026, 11, 23, until, tzinfo=UTC)
                await sights.found(connection, "main", ended_at)
            if until == 8:
                await sights.close(connection, "main", ended_at)
    _, body = await get("/api/v1/coverage")
    _, earlier = await get("/api/v1/coverage", to="2026-11-23T09:30:00Z")
    nine, eleven = "2026-11-23T09:00:00.000+00:00", "2026-11-23T11:00:00.000+00:00"
    ended = {"pbx": "main", "from": nine, "to": "2026-11-23T10:00:00.000+00:00", "reason": "cut"}
    assert body["out_of_sight"] == [
        ended,
        {"pbx": "main", "from": eleven, "to": None, "reason": "cut"},
    ]
    assert earlier["out_of_sight"] == [ended]


@pytest.mark.parametrize(
    ("path", "parameters", "code"),
    [
        ("calls", {"lines": "support"}, "unknown_parameter"),
        ("calls/one", {"line": "support"}, "unknown_parameter"),
        ("calls", {"line": ""}, "bad_parameter"),
        ("calls", {"line": "x" * 201}, "bad_parameter"),
        ("calls", {"line": "sup\0port"}, "bad_parameter"),
        ("calls", {"caller": "06\n"}, "bad_parameter"),
        ("calls", {"outcome": "lost"}, "bad_parameter"),
        ("calls", {"limit": "0"}, "bad_parameter"),
        ("calls", {"limit": "201"}, "bad_parameter"),
        ("calls", {"limit": "ten"}, "bad_parameter"),
        ("calls", {"limit": "٣"}, "bad_parameter"),
        ("calls", {"from": "2026-11-23"}, "bad_parameter"),
        ("calls", {"from": "2026-11-23T10:00:00"}, "bad_parameter"),
        ("calls", {"from": "2026-11-23T10:00:00 01:00"}, "bad_parameter"),
        ("calls", {"from": "0001-01-01T00:00:00+23:59"}, "bad_parameter"),
        ("calls", {"to": "2026-02-30T00:00:00Z"}, "bad_parameter"),
        ("calls", {"cursor": "of my own"}, "bad_parameter"),
        ("calls", {"cursor": "MjAyNi0xMS0yM34="}, "bad_parameter"),
        ("calls", {"cursor": "/w=="}, "bad_parameter"),
        ("calls", {"cursor": next_cursor(BEFORE_TIME, "one")}, "bad_parameter"),
        ("tickets", {"cursor": next_cursor(AFTER_TIME, "T1")}, "bad_parameter"),
        ("tickets", {"status": "closed"}, "bad_parameter"),
        ("coverage", {"from": "2026-11-23T12:00:00Z"}, "bad_parameter"),
        ("coverage", {"from": "2024-11-23T12:00:00Z"}, "bad_parameter"),
        ("events", {"line": "nothing"}, "bad_parameter"),
        ("events", {"after": "now"}, "bad_request"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_cannot_be_asked_is_refused_with_a_code(
    get: Get, path: str, parameters: dict[str, str], code: str
) -> None:
    status, body = await get(f"/api/v1/{path}", **parameters)
    assert (status, body["error"]["code"]) == (400, code)
    assert body["error"]["message"]


@pytest.mark.parametrize("path", ["calls/unknown", "calls/%00", "tickets/T20261123.0009"])
async def test_what_is_not_there_is_not_found(get: Get, path: str) -> None:
    status, body = await get(f"/api/v1/{path}")
    assert (status, body["error"]["code"]) == (404, "not_found")
