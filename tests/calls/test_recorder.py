"""What the recorder writes, on both databases: all of it or nothing, and never anything twice."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from callcenter.calls.recorder import Recorder
from callcenter.core.attestation import Attestation
from callcenter.core.facts import (
    Change,
    MemberChanged,
    RingGroupChanged,
    SightChanged,
    TelephoneChanged,
)
from callcenter.core.floor import TelephoneState
from callcenter.db import calls, claims, obligations, recording, telephones
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.schema import agents
from callcenter.db.schema import calls as calls_table
from callcenter.directory.importer import import_csv
from tests.calls.conftest import Counts
from tests.calls.database import (
    FlakyDatabase,
    add_agent,
    debts,
    entries,
    everything,
    told,
)
from tests.calls.facts import (
    START,
    abandoned,
    answered,
    ended,
    interleaved,
    ringing,
    said,
    second,
    started,
    story,
)
from webhooks import Call

DIRECTORY = """company,contact,phone,mobile,contract,account_owner,backup
Ardoise & Fils,,0199001100,,Gold,nadia,karim
Ardoise & Fils,Élise Vannier,,0639981122,,,
"""


async def shape(database: Database, call_id: str) -> Call:
    async with database.reading() as connection:
        found = await calls.get(connection, call_id)
    assert found is not None
    return found


@asynccontextmanager
async def failing_at(database: Database, words: str) -> AsyncIterator[None]:
    """The database breaks when it is sent a statement that begins so."""

    def fail(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(words):
            raise ZeroDivisionError(words)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


async def test_a_new_call_is_written_with_whom_its_number_belongs_to(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await import_csv(flaky, DIRECTORY, country="FR")
    call = started(name="VANNIER E")
    await recorder.record([said(Change.STARTED, call)], {})
    await recorder.record([said(Change.RINGING, ringing(call, None))], {})
    found = await shape(flaky, call.id)
    assert found.caller.model_dump() == {
        "raw": "0639981122",
        "e164": "+33639981122",
        "name": "VANNIER E",
        "attestation": None,
        "removed": False,
    }
    assert found.company is not None
    assert (found.company.name, found.company.contract) == ("Ardoise & Fils", "Gold")
    assert (found.company.account_owner, found.company.backup) == ("nadia", "karim")
    assert [contact.name for contact in found.contacts] == ["Élise Vannier"]
    assert (found.state, found.ticket) == ("ringing", None)


async def test_the_operators_word_may_come_after_the_call(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    call = started()
    await recorder.record([said(Change.STARTED, call)], {})
    vouched = replace(call, attestation=Attestation.FULL)
    await recorder.record([said(Change.UPDATED, vouched)], {})
    assert (await shape(flaky, call.id)).caller.attestation == "A"
    async with flaky.reading() as connection:
        (again,) = await recording.open_calls(connection, call.pbx)
    assert again.attestation is Attestation.FULL


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_who_called_is_asked_once_a_call(
    flaky: FlakyDatabase, recorder: Recorder, counts: Counts, is_restarted: bool
) -> None:
    call = started()
    await recorder.record([said(Change.STARTED, call)], {})
    await import_csv(flaky, DIRECTORY, country="FR")
    if is_restarted:
        recorder = Recorder(database=flaky, lines=recorder.lines, committed=counts.committed)
        async with flaky.reading() as connection:
            recorder.take_up(await recording.open_calls(connection, "main"))
    await recorder.record(story(call, None), {})
    found = await shape(flaky, call.id)
    assert (found.company, found.contacts) == (None, [])


async def test_an_answered_call_owes_a_ticket_to_its_lines_desk(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    ids = {
        "karim": await add_agent(flaky, "karim", "PJSIP/101"),
        "nadia": await add_agent(flaky, "nadia", "PJSIP/102"),
    }
    support, sales = started(1), started(2, line="sales", at=1)
    await recorder.record(interleaved([story(support, "nadia", "karim"), story(sales, None)]), ids)
    first, second_ = await debts(flaky)
    assert (first.call_id, first.desk, first.state) == (support.id, "builtin", "open")
    assert (first.agent_id, first.answered_at) == (ids["nadia"], second(4))
    assert (second_.call_id, second_.desk, second_.agent_id) == (sales.id, "autotask", None)
    found = await shape(flaky, support.id)
    assert [(leg.agent, leg.interface, leg.talk_s) for leg in found.legs] == [
        ("nadia", "PJSIP/101", 60.0),
        ("karim", "PJSIP/102", None),
    ]
    assert found.ticket is not None
    assert (found.ticket.state, found.ticket.number) == ("open", None)


async def test_a_call_that_nobody_took_owes_nothing(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    call = started()
    await recorder.record(abandoned(call, None), {})
    assert await debts(flaky) == []
    assert (await shape(flaky, call.id)).outcome == "abandoned"


@pytest.mark.parametrize(
    "breaking_at", ["INSERT INTO legs", "INSERT INTO obligations", "INSERT INTO journal"]
)
async def test_no_answer_is_written_without_its_debt(
    flaky: FlakyDatabase, recorder: Recorder, breaking_at: str
) -> None:
    rings = ringing(started(), None)
    talks = answered(rings)
    await recorder.record([said(Change.RINGING, rings)], {})
    before = await everything(flaky)
    async with failing_at(flaky, breaking_at):
        with pytest.raises(ZeroDivisionError):
            await recorder.record([said(Change.ANSWERED, talks)], {})
    assert await everything(flaky) == before
    await recorder.record([said(Change.ANSWERED, talks)], {})
    assert (await shape(flaky, rings.id)).state == "talking"
    assert [debt.call_id for debt in await debts(flaky)] == [rings.id]


async def test_the_same_facts_again_change_nothing(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await import_csv(flaky, DIRECTORY, country="FR")
    ids = {"nadia": await add_agent(flaky, "nadia", "PJSIP/101")}
    facts = story(started(), "nadia")
    await recorder.record(facts, ids)
    once = await everything(flaky)
    await recorder.record(facts, ids)
    assert await everything(flaky) == once


async def test_a_paid_debt_is_not_opened_again(flaky: FlakyDatabase, recorder: Recorder) -> None:
    facts = story(started(), None)
    await recorder.record(facts[:-1], {})
    async with flaky.transaction() as connection:
        call_id = facts[0].call.id
        await obligations.ticketed(connection, call_id, number="T1", url="/T1", now=second(5))
    await recorder.record(facts[-1:], {})
    (debt,) = await debts(flaky)
    assert (debt.state, debt.ticket_number) == ("ticketed", "T1")


async def test_after_a_commit_in_doubt_nothing_is_written_or_counted_twice(
    flaky: FlakyDatabase, recorder: Recorder, counts: Counts
) -> None:
    first, second_ = story(started(1), None), abandoned(started(2), None)
    await recorder.record(first, {})
    flaky.plan("after commit", "before commit", "at begin", "after commit")
    for _ in range(4):
        with pytest.raises(OperationalError):
            await recorder.record(second_, {})
    await recorder.record(second_, {})
    expected = ["call.started", "call.ringing", "call.missed", "call.ended"]
    assert await told(flaky, second_[0].call) == expected
    assert counts.ends == [("support", "answered"), ("support", "abandoned")]
    assert counts.commits == 2


async def test_after_a_commit_that_failed_everything_is_told(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    flaky.plan("before commit", "at begin")
    call = started()
    for _ in range(2):
        with pytest.raises(OperationalError):
            await recorder.record(story(call, None), {})
    await recorder.record(story(call, None), {})
    assert len(await told(flaky, call)) == 6


async def test_an_end_is_counted_once_where_facts_are_written_one_by_one(
    recorder: Recorder, counts: Counts
) -> None:
    for fact in [*abandoned(started(1), None), *story(started(2), None)]:
        await recorder.record([fact], {})
    assert counts.ends == [("support", "abandoned"), ("support", "answered")]
    assert counts.commits == 10


async def test_a_batch_leaves_each_call_as_it_was_last(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    calls_ = [started(number, at=number / 10) for number in range(1, 6)]
    batch = interleaved([story(call, None, None) for call in calls_])
    await recorder.record(batch, {})
    for call in calls_:
        found = await shape(flaky, call.id)
        assert (found.state, found.outcome, len(found.legs)) == ("ended", "answered", 2)


async def test_the_journal_tells_what_happened_in_order_and_repeats_nothing(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    call = started()
    facts = story(call, None, None, None)
    held = replace(facts[-2], at=second(30))
    await recorder.record(facts[:2], {})
    await recorder.record([*facts[2:6], held, *facts[6:]], {})
    # Three telephones were offered the call, and it changed twice: of each the last is told.
    assert await told(flaky, call) == [
        "call.started",
        "call.ringing",
        "call.offered",
        "call.answered",
        "call.updated",
        "call.ended",
    ]
    found = await entries(flaky)
    assert [entry.at for entry in found] == sorted(entry.at for entry in found)
    assert [entry.seq for entry in found] == sorted({entry.seq for entry in found})
    assert json.loads(found[-1].data)["state"] == "ended"
    assert json.loads(found[1].data)["state"] == "ringing"


async def test_ring_groups_and_sight_are_written(flaky: FlakyDatabase, recorder: Recorder) -> None:
    group = frozenset({"PJSIP/102", "PJSIP/101"})
    await recorder.record(
        [
            SightChanged("main", second(0), None),
            RingGroupChanged("support", second(1), frozenset({"PJSIP/103"})),
            RingGroupChanged("support", second(2), group),
            SightChanged("main", second(3), "the connection was lost"),
        ],
        {},
    )
    found = [
        (entry.type.value, entry.line, json.loads(entry.data)) for entry in await entries(flaky)
    ]
    assert found == [
        ("pbx.in_sight", None, {"pbx": "main", "reason": None}),
        ("ring_group.changed", "support", {"line": "support", "interfaces": ["PJSIP/103"]}),
        (
            "ring_group.changed",
            "support",
            {"line": "support", "interfaces": ["PJSIP/101", "PJSIP/102"]},
        ),
        ("pbx.out_of_sight", None, {"pbx": "main", "reason": "the connection was lost"}),
    ]
    assert (await everything(flaky))["ring_groups"] == [
        ("support", "PJSIP/101"),
        ("support", "PJSIP/102"),
    ]
    await recorder.record([RingGroupChanged("support", second(4), frozenset())], {})
    assert (await everything(flaky))["ring_groups"] == []


async def test_the_floor_is_written_and_told_where_it_changed(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    def telephone(at: float, state: TelephoneState) -> TelephoneChanged:
        return TelephoneChanged("main", "PJSIP/101", second(at), state)

    def member(at: float, reason: str) -> MemberChanged:
        paused = bool(reason)
        return MemberChanged(
            "support", "PJSIP/101", second(at), "Local/101@a", paused, reason, seen=True
        )

    facts = [telephone(0, TelephoneState.IDLE), member(0, "lunch")]
    flaky.plan("after commit")
    with pytest.raises(OperationalError):
        await recorder.record(facts, {})
    await recorder.record(facts, {})  # it was written already
    await recorder.record([telephone(1, TelephoneState.IN_USE), *facts], {})
    await recorder.record([member(2, ""), RingGroupChanged("support", second(3), frozenset())], {})
    assert [
        (entry.type.value, entry.line, json.loads(entry.data)) for entry in await entries(flaky)
    ] == [
        ("telephone.changed", None, {"pbx": "main", "interface": "PJSIP/101", "state": "idle"}),
        (
            "queue_member.changed",
            "support",
            {"line": "support", "interface": "PJSIP/101", "paused": True, "reason": "lunch"},
        ),
        ("ring_group.changed", "support", {"line": "support", "interfaces": []}),
    ]
    async with flaky.reading() as connection:
        assert await telephones.states(connection) == {"PJSIP/101": TelephoneState.IDLE}
        assert await telephones.members(connection, "support") == {}


async def test_a_call_of_a_line_that_is_gone_owes_its_ticket_to_a_desk_that_is_there(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    call = started(line="closed down", caller="+33639981122")
    await recorder.record(story(call, None), {})
    (debt,) = await debts(flaky)
    assert debt.desk == "builtin"
    assert (await shape(flaky, call.id)).caller.e164 == "+33639981122"


async def test_an_agent_who_left_keeps_the_part_in_the_call(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    facts = story(started(), "nadia")
    await recorder.record(facts[:4], {"nadia": nadia})
    async with flaky.transaction() as connection:
        await connection.execute(update(agents).values(active=False))
    await recorder.record(facts[4:], {"nadia": nadia})
    assert [leg.agent for leg in (await shape(flaky, facts[0].call.id)).legs] == ["nadia"]


async def test_a_debt_is_due_at_once_whatever_the_clock_of_the_pbx_says(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await recorder.record(story(started(at=3600), None), {})
    async with flaky.transaction() as connection:
        due = await claims.claim(
            connection, "builtin", holder="one", now=START, until=START, limit=1
        )
    assert len(due) == 1


async def test_what_a_caller_sends_is_kept_within_bounds(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    call = started(caller="9" * 5_000, name="é" * 5_000)
    await recorder.record([said(Change.STARTED, call)], {})
    found = await shape(flaky, call.id)
    assert (found.caller.raw, found.caller.e164) == ("9" * 255, None)
    assert found.caller.name == "é" * 255


async def test_what_a_pbx_names_has_no_bound(flaky: FlakyDatabase, recorder: Recorder) -> None:
    long = "x" * 1_000
    rings = ringing(replace(started(), linkedid=long, channel=long), None)
    rings = replace(rings, legs=(replace(rings.legs[0], interface=f"PJSIP/{long}"),))
    await recorder.record([said(Change.RINGING, rings)], {})
    await recorder.record([RingGroupChanged("support", second(1), frozenset({long}))], {})
    found = await shape(flaky, rings.id)
    assert (found.linkedid, found.legs[0].interface) == (long, f"PJSIP/{long}")


async def test_what_the_database_refuses_is_no_outage_and_is_not_quoted(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    nobody = answered(ringing(started(), "nobody"))
    with pytest.raises(Exception, match=r"(?i)foreign key") as refused:
        await recorder.record([said(Change.ANSWERED, nobody)], {"nobody": 4711})
    assert not is_away(refused.value)
    error: BaseException | None = refused.value
    while error is not None:
        assert "4711" not in str(error)
        assert "0639981122" not in str(error)
        error = error.__cause__


async def test_500_calls_are_written_by_as_many_questions_as_few(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement.split(maxsplit=1)[0])

    event.listen(flaky.engine.sync_engine, "before_cursor_execute", note)
    counted = []
    for base, many in ((0, 5), (1000, 500)):
        asked.clear()
        news = [started(base + number, caller=f"+336399{number:05}") for number in range(many)]
        await recorder.record(
            [said(Change.ANSWERED, answered(ringing(one, None))) for one in news], {}
        )
        counted.append(asked.count("SELECT"))
    assert counted[0] == counted[1]
    assert len(await debts(flaky)) == 505
    assert len(await entries(flaky)) == 505


async def test_open_calls_come_back_as_they_were(flaky: FlakyDatabase, recorder: Recorder) -> None:
    ids = {"nadia": await add_agent(flaky, "nadia", "PJSIP/101")}
    waits = started(1, name="Élise", caller="anonymous")
    talks = answered(ringing(started(2, at=1), "nadia", None))
    elsewhere = started(3, pbx="annexe")
    over = story(started(4), None)
    facts = [
        said(Change.STARTED, waits),
        said(Change.ANSWERED, talks),
        said(Change.STARTED, elsewhere),
        *over,
    ]
    await recorder.record(facts, ids)
    async with flaky.reading() as connection:
        assert await recording.open_calls(connection, "main") == [waits, talks]


async def test_moments_are_kept_to_the_microsecond(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    at = datetime(2026, 11, 23, 8, 59, 59, 999_999, tzinfo=UTC)
    call = replace(started(), started_at=at)
    await recorder.record([said(Change.ENDED, ended(ringing(call, None)))], {})
    async with flaky.reading() as connection:
        row = (await connection.execute(calls_table.select())).one()
    assert (row.started_at, row.queued_at) == (at, at + timedelta(seconds=1))
