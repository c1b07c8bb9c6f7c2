"""Calls as everybody reads them: the shape on the wire, filters, pages, and what is open."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.call import Call, Outcome
from callcenter.core.facts import Change, Fact
from callcenter.db import calls, obligations, parts
from callcenter.db.call_filter import CallFilter
from callcenter.db.calls import Cursor
from callcenter.db.engine import Database
from callcenter.db.schema import agents as agents_table
from callcenter.db.schema import contracts
from callcenter.directory.importer import import_csv
from tests.calls.database import add_agent
from tests.calls.facts import (
    abandoned,
    answered,
    ended,
    ringing,
    said,
    second,
    started,
    story,
)

DIRECTORY = """company,contact,phone,mobile,contract,account_owner,backup
Ardoise & Fils,Élise Vannier,0639981122,,Gold,nadia,karim
Ardoise & Fils,Marc Aubrée,0639981122,,,,
"""

LINES = {name: LineRecord("builtin", "FR") for name in ("support", "sales", "night")}


async def record(
    database: Database, facts: Iterable[Fact], ids: dict[str, int] | None = None
) -> None:
    recorder = Recorder(database=database, lines=LINES, committed=lambda _entries: None)
    await recorder.record(list(facts), ids or {})


async def ids(database: Database, **wanted: object) -> list[str]:
    """The Linkedids of a page that has them all, without what they have in common."""
    async with database.reading() as connection:
        page = await calls.page(connection, CallFilter(**wanted), after=None, limit=100)
    assert page.next is None
    return [call.linkedid.removeprefix("1795421524.") for call in page.calls]


async def test_a_call_on_the_wire(database: Database) -> None:
    await import_csv(database, DIRECTORY, country="FR")
    agents = {"zoe": await add_agent(database, "zoe", "PJSIP/101")}
    call = started(14, name="VANNIER E")
    talks = answered(ringing(call, "zoe", None))
    held = replace(talks.legs[0], hold_s=2.5)
    over = replace(ended(replace(talks, legs=(held, talks.legs[1]))), transfers=1)
    await record(database, [said(Change.ENDED, over)], agents)
    async with database.transaction() as connection:
        await obligations.ticketed(
            connection, call.id, number="T20261123.0001", url="/tickets/1", now=second(5)
        )
        found = await calls.get(connection, call.id)
    assert found is not None
    wire = json.loads(found.model_dump_json())
    company, people = wire.pop("company"), wire.pop("contacts")
    assert wire == {
        "id": call.id,
        "pbx": "main",
        "linkedid": "1795421524.14",
        "line": "support",
        "caller": {
            "raw": "0639981122",
            "e164": "+33639981122",
            "name": "VANNIER E",
            "attestation": None,
            "removed": False,
        },
        "state": "ended",
        "outcome": "answered",
        "started_at": "2026-11-23T09:00:00.000+00:00",
        "queued_at": "2026-11-23T09:00:01.000+00:00",
        "answered_at": "2026-11-23T09:00:04.000+00:00",
        "ended_at": "2026-11-23T09:01:04.000+00:00",
        "wait_s": 3.0,
        "transfers": 1,
        "imported": False,
        "legs": [
            {
                "agent": "zoe",
                "agent_name": "Zoe",
                "interface": "PJSIP/101",
                "offered_at": "2026-11-23T09:00:01.000+00:00",
                "answered_at": "2026-11-23T09:00:04.000+00:00",
                "ended_at": "2026-11-23T09:01:04.000+00:00",
                "talk_s": 57.5,
                "hold_s": 2.5,
                "acw_s": None,
            },
            {
                "agent": None,
                "agent_name": None,
                "interface": "PJSIP/102",
                "offered_at": "2026-11-23T09:00:01.000+00:00",
                "answered_at": None,
                "ended_at": "2026-11-23T09:00:04.000+00:00",
                "talk_s": None,
                "hold_s": 0.0,
                "acw_s": None,
            },
        ],
        "ticket": {"number": "T20261123.0001", "url": "/tickets/1", "state": "ticketed"},
    }
    assert {name: value for name, value in company.items() if name != "id"} == {
        "name": "Ardoise & Fils",
        "contract": "Gold",
        "account_owner": "nadia",
        "backup": "karim",
    }
    assert [(one["name"], one["company"]) for one in people] == [
        ("Marc Aubrée", "Ardoise & Fils"),
        ("Élise Vannier", "Ardoise & Fils"),
    ]


async def test_of_several_contracts_the_oldest_is_shown(database: Database) -> None:
    await import_csv(database, DIRECTORY, country="FR")
    call = started()
    await record(database, [said(Change.STARTED, call)])
    async with database.transaction() as connection:
        company_id = await connection.scalar(select(contracts.c.company_id))
        row = {"company_id": company_id, "name": "Silver"}
        await connection.execute(contracts.insert(), row)
        found = await calls.get(connection, call.id)
    assert found is not None
    assert found.company is not None
    assert found.company.contract == "Gold"


async def test_nothing_is_found_where_there_is_nothing(database: Database) -> None:
    async with database.reading() as connection:
        assert await calls.get(connection, "nothing") is None
        assert await calls.by_ids(connection, []) == {}
        assert await calls.current(connection, None) == []
        assert (await calls.page(connection, CallFilter(), after=None, limit=5)).calls == []


async def test_calls_are_narrowed_by_all_that_is_asked(database: Database) -> None:
    await record(
        database,
        [
            *story(started(1, at=0), None),
            *abandoned(started(2, at=10, line="sales"), None),
            *story(started(3, at=20, line="night", caller="0465711099"), None),
            *abandoned(started(4, at=30, caller="anonymous"), None),
            said(Change.STARTED, started(5, at=40, caller="101")),
        ],
    )
    assert await ids(database) == ["5", "4", "3", "2", "1"]
    assert await ids(database, lines=["support"]) == ["5", "4", "1"]
    assert await ids(database, lines=["night", "sales"]) == ["3", "2"]
    assert await ids(database, lines=[]) == []
    assert await ids(database, since=second(10), until=second(30)) == ["3", "2"]
    assert await ids(database, outcomes=["abandoned"]) == ["4", "2"]
    assert await ids(database, caller="+33639981122") == ["2", "1"]
    assert await ids(database, caller="+33465711099", outcomes=["answered"]) == ["3"]
    assert await ids(database, caller="anonymous") == ["4"]
    assert await ids(database, caller="101") == ["5"]
    assert await ids(database, caller="0639981122") == ["2", "1"]
    assert await ids(database, caller="+33639981122", lines=["sales", "night"]) == ["2"]
    assert await ids(database, caller="nobody") == []


async def test_calls_of_spans_are_those_of_each_the_last_first(database: Database) -> None:
    facts = [fact for at in range(6) for fact in abandoned(started(at, at=at * 10), None)]
    await record(database, [*facts, said(Change.STARTED, started(9, at=41))])
    spans = [(second(40), second(60)), (second(10), second(21))]
    assert await ids(database, spans=spans) == ["5", "4", "2", "1"]
    assert await ids(database, spans=spans, since=second(0), until=second(99)) == [
        "5",
        "4",
        "2",
        "1",
    ]
    assert await ids(database, spans=[]) == []


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_every_outcome_can_be_stored_and_asked_for(
    sqlite_database: Database, outcome: Outcome
) -> None:
    over = replace(ended(ringing(started(), None)), outcome=outcome)
    await record(sqlite_database, [said(Change.ENDED, over)])
    assert await ids(sqlite_database, outcomes=[outcome.value]) == ["1"]


async def test_pages_are_stable_while_calls_come_and_change(database: Database) -> None:
    # Several share a moment: the id decides.
    first = [started(number, at=number // 3) for number in range(30)]
    await record(database, [said(Change.STARTED, call) for call in first])
    seen: list[str] = []
    cursor: Cursor | None = None
    for turn in range(100):
        async with database.reading() as connection:
            page = await calls.page(connection, CallFilter(), after=cursor, limit=7)
        seen += [call.id for call in page.calls]
        cursor = page.next
        if cursor is None:
            break
        news = started(100 + turn, at=100 + turn)
        await record(database, [said(Change.STARTED, news), *story(first[turn], None)])
    expected = sorted(first, key=lambda call: (call.started_at, call.id), reverse=True)
    assert seen == [call.id for call in expected]


async def test_a_page_that_is_just_full_is_the_last(database: Database) -> None:
    await record(database, [said(Change.STARTED, started(number, at=number)) for number in (1, 2)])
    async with database.reading() as connection:
        page = await calls.page(connection, CallFilter(), after=None, limit=2)
    assert (len(page.calls), page.next) == (2, None)


async def test_open_calls_are_those_of_the_lines_asked_for(database: Database) -> None:
    facts = [
        said(Change.STARTED, started(1, at=3)),
        said(Change.STARTED, started(2, at=2, line="sales")),
        said(Change.STARTED, started(3, at=1)),
        *story(started(4), None),
    ]
    await record(database, facts)

    async def open_on(lines: list[str] | None) -> list[str]:
        async with database.reading() as connection:
            found = await calls.current(connection, lines)
        return [call.linkedid[-1] for call in found]

    assert await open_on(None) == ["3", "2", "1"]
    assert await open_on(["support"]) == ["3", "1"]
    assert await open_on(["sales", "night"]) == ["2"]
    assert await open_on([]) == []


async def test_more_calls_than_a_statement_has_parameters_are_read_in_parts(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART", 10)
    many: list[Call] = [started(number) for number in range(25)]
    await record(database, [fact for call in many for fact in story(call, None)])
    asked: list[str] = []
    async with database.reading() as connection:
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *arguments: asked.append(arguments[2]),
        )
        found = await calls.by_ids(connection, [call.id for call in many])
    assert set(found) == {call.id for call in many}
    assert all(call.ticket is not None and len(call.legs) == 1 for call in found.values())
    assert sum("FROM legs" in statement for statement in asked) == 3


async def test_a_moment_keeps_its_microseconds_in_a_cursor(database: Database) -> None:
    at = datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=UTC)
    two = [replace(started(n), started_at=at + timedelta(microseconds=n)) for n in (1, 2)]
    await record(database, [said(Change.STARTED, call) for call in two])
    async with database.reading() as connection:
        page = await calls.page(connection, CallFilter(), after=None, limit=1)
        assert page.next == Cursor(two[1].started_at, two[1].id)
        rest = await calls.page(connection, CallFilter(), after=page.next, limit=1)
    assert [call.id for call in rest.calls] == [two[0].id]


async def test_an_agents_name_is_the_present_one(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    await record(database, story(started(), "nadia"), {"nadia": nadia})
    async with database.transaction() as connection:
        await connection.execute(update(agents_table).values(name="Nadia Ferrand"))
        found = await calls.get(connection, started().id)
    assert found is not None
    assert [(leg.agent, leg.agent_name) for leg in found.legs] == [("nadia", "Nadia Ferrand")]
