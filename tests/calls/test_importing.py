"""Calls of before are imported once, owe nothing, and are counted; on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from callcenter.calls import importing as module
from callcenter.calls.backfill import Backfill
from callcenter.calls.counting import Counting
from callcenter.calls.importing import OURS, OUTSIDE, Bounds, ImportedLine, Importer
from callcenter.calls.recorder import Recorder
from callcenter.calls.writer import Writer
from callcenter.core.call import Call, CallState, Outcome
from callcenter.core.counts import NAMES, Counts
from callcenter.core.facts import CallChanged, Change
from callcenter.core.line import Line
from callcenter.core.metrics import Metric, figure
from callcenter.core.noted import Noted
from callcenter.core.slots import slot_of
from callcenter.core.tracker import Tracker
from callcenter.db import audited, calls, coverage, figure_marks, history, sights
from callcenter.db.call_filter import CallFilter
from callcenter.db.engine import Database
from callcenter.db.figures import Rules
from callcenter.db.schema import callbacks, companies, figure_slots, telephone_numbers
from callcenter.db.schema import calls as calls_table
from tests.calls.database import FlakyDatabase, add_agent, debts, entries, everything
from tests.calls.facts import CALLER, answered, ended, ringing, started
from tests.calls.test_follower import Clock

PARIS = ZoneInfo("Europe/Paris")
WHOLE = CallFilter()


def past(number: int, *, days: int = 0, caller: str = CALLER) -> Call:
    """A call that an agent answered, so many days before."""
    return _earlier(ended(answered(ringing(started(number, caller=caller), "nadia", None))), days)


def given_up(number: int, *, days: int = 0, caller: str = CALLER) -> Call:
    """The same of one whom nobody answered."""
    told = ended(ringing(started(number, caller=caller), "nadia"))
    return _earlier(told, days)


def _earlier(call: Call, days: int) -> Call:
    by = timedelta(days=days)

    def moved(at: datetime | None) -> datetime | None:
        return at - by if at else None

    legs = tuple(
        replace(
            leg,
            offered_at=leg.offered_at - by,
            answered_at=moved(leg.answered_at),
            ended_at=moved(leg.ended_at),
        )
        for leg in call.legs
    )
    return replace(
        call,
        state=CallState.ENDED,
        started_at=call.started_at - by,
        queued_at=moved(call.queued_at),
        answered_at=moved(call.answered_at),
        ended_at=moved(call.ended_at),
        imported=True,
        legs=legs,
    )


def importer(database: Database, bounds: Bounds | None = None, *, looks: bool = False) -> Importer:
    return Importer(
        database=database,
        lines={"support": ImportedLine("FR", PARIS)},
        now=Clock(),
        bounds=bounds or Bounds(),
        only_looks=looks,
    )


async def brought_in(
    database: Database, found: Sequence[Call], bounds: Bounds | None = None
) -> Importer:
    one = importer(database, bounds)
    await one.begin()
    await one.take(found)
    await one.end()
    return one


async def test_they_are_calls_with_their_agents_and_companies(flaky: FlakyDatabase) -> None:
    await add_agent(flaky, "nadia", "PJSIP/101")
    async with flaky.transaction() as connection:
        row = {"name": "Vallon SA"}
        await connection.execute(companies.insert().values(row))
        company = (await connection.execute(select(companies.c.id))).scalar_one()
        number = {"e164": "+33639981122", "company_id": company}
        await connection.execute(telephone_numbers.insert().values(number))
    one = await brought_in(flaky, [past(1), given_up(2, caller="anonymous")])
    assert one.imported == {"answered": 1, "abandoned": 1}
    async with flaky.reading() as connection:
        page = await calls.page(connection, WHOLE, after=None, limit=9)
    by_id = {call.linkedid: call for call in page.calls}
    call = by_id[past(1).linkedid]
    assert (call.imported, call.ticket, call.outcome) == (True, None, "answered")
    assert (call.caller.e164, call.company and call.company.name) == ("+33639981122", "Vallon SA")
    assert [(leg.agent, leg.talk_s is not None) for leg in call.legs] == [
        ("nadia", True),
        (None, False),
    ]
    assert by_id[given_up(2).linkedid].caller.e164 is None


async def test_they_owe_nothing_and_nobody_is_told_or_called_back(flaky: FlakyDatabase) -> None:
    await brought_in(flaky, [past(1), given_up(2)])
    assert await debts(flaky) == []
    assert await entries(flaky) == []
    since, until = past(1).started_at - timedelta(1), past(1).started_at + timedelta(1)
    async with flaky.reading() as connection:
        todos = select(func.count()).select_from(callbacks)
        assert (await connection.execute(todos)).scalar_one() == 0
        assert (await coverage.coverage(connection, since, until)).answered == 0
        assert await audited.answered(connection, since, until) == {}
        assert await audited.first_started_at(connection) is None


async def test_imported_again_nothing_changes(flaky: FlakyDatabase) -> None:
    found = [past(1), past(2, days=3), given_up(3)]
    await brought_in(flaky, found[:2])
    again = await brought_in(flaky, found)
    assert (again.known, again.imported.total()) == (2, 1)
    whole = await everything(flaky)
    third = await brought_in(flaky, found)
    assert (third.known, third.imported.total()) == (3, 0)
    assert await everything(flaky) == whole


async def test_a_call_that_is_known_is_left_alone(flaky: FlakyDatabase, recorder: Recorder) -> None:
    live = ended(answered(ringing(started(1), None)))
    await recorder.record([CallChanged(Change.ENDED, live.started_at, live)], {})
    before = await everything(flaky)
    one = await brought_in(flaky, [past(1)])
    assert (one.known, one.imported.total()) == (1, 0)
    assert await everything(flaky) == before


async def test_an_import_that_died_goes_on(
    flaky: FlakyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALONE", 2)
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    found = [past(number, days=number) for number in range(1, 7)]
    flaky.plan("well", "before commit", "after commit")  # away for a moment
    monkeypatch.setattr(module, "RETRIES", 1)
    with pytest.raises(Exception, match="server is gone"):
        await brought_in(flaky, found)
    flaky.planned.clear()
    one = await brought_in(flaky, found)
    assert 0 < one.known < len(found)
    whole = await everything(flaky)
    assert len(whole["calls"]) == len(found)
    async with flaky.reading() as connection:
        days = await figure_marks.whole_days_marked(connection, ["support"], 0, 10**6)
    assert days == len(found)


async def test_a_database_that_is_away_is_waited_for(
    flaky: FlakyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    flaky.plan("at begin", "before commit", "after commit")
    await brought_in(flaky, [past(1), past(2)])
    assert len((await everything(flaky))["calls"]) == 2


async def test_what_the_service_saw_or_was_away_from_is_its_own(flaky: FlakyDatabase) -> None:
    first_look = past(1).started_at
    async with flaky.transaction() as connection:
        await sights.unwatched(connection, "main", first_look)
        await sights.found(connection, "main", first_look + timedelta(seconds=1))
        await sights.unwatched(connection, "other", first_look - timedelta(days=9))
    async with flaky.reading() as connection:
        ours_since = await history.ours_since(connection, "main")
        assert await history.ours_since(connection, "new") is None
    assert ours_since == first_look
    bounds = Bounds(first_look - timedelta(days=3), first_look - timedelta(days=1), ours_since)
    found = [past(1), past(2, days=2), past(3, days=4), past(4, days=1)]
    one = await brought_in(flaky, found, bounds)
    assert one.left_out == {OURS: 1, OUTSIDE: 2}
    assert one.imported.total() == 1


async def test_to_look_writes_nothing(flaky: FlakyDatabase) -> None:
    await brought_in(flaky, [past(1)])
    before = await everything(flaky)
    one = importer(flaky, looks=True)
    await one.begin()
    await one.take([past(1), past(2)])
    assert await one.end() == 0
    assert (one.known, one.imported.total()) == (1, 1)
    assert await everything(flaky) == before


async def test_beside_a_service_slices_are_short(
    flaky: FlakyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BESIDE", 1)
    monkeypatch.setattr(module, "REST", 0.0)
    kinds: list[str] = []
    flaky.measure = lambda kind, _result, _seconds: kinds.append(kind)
    one = importer(flaky)
    one.is_beside = lambda: True
    await one.take([past(1), past(2), past(3)])
    assert kinds.count("write") == 3


async def counted(database: Database) -> Counts:
    """What the job makes of everything that is due."""
    rules = Rules("Europe/Paris", 20.0)
    job = Counting(rules={"support": rules}, otherwise=rules, now=Clock())
    while not await job.turn(database):
        pass
    sums = (func.coalesce(func.sum(figure_slots.c[name]), 0) for name in NAMES)
    async with database.reading() as connection:
        row = (await connection.execute(select(*sums))).one()
    return Counts(**dict(zip(NAMES, map(int, row), strict=True)))


async def test_figures_have_them_and_coverage_does_not(flaky: FlakyDatabase) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    await brought_in(flaky, [past(1, days=2), past(2, days=1), given_up(3, days=40)])
    counts = await counted(flaky)
    assert (counts.offered, counts.answered, counts.imported) == (3, 2, 2)
    assert (counts.abandoned, counts.repeated, counts.talk_ms > 0) == (1, 1, True)
    assert figure(Metric.TICKET_COVERAGE, counts).value is None
    assert figure(Metric.FIRST_CALL_RESOLUTION, counts).value is None
    async with flaky.reading() as connection:
        for agent_id, found in ((nadia, 2), (0, 0), (nadia + 1, 0)):
            wanted = CallFilter(agent_id=agent_id)
            page = await calls.page(connection, wanted, after=None, limit=9)
            assert len(page.calls) == found


async def test_days_that_were_counted_are_counted_again_where_a_caller_came_before(
    flaky: FlakyDatabase,
) -> None:
    await brought_in(flaky, [past(1, days=1)])
    assert (await counted(flaky)).repeated == 0
    await brought_in(flaky, [past(2, days=5)])
    assert (await counted(flaky)).repeated == 1


async def test_what_the_ledger_says_is_owed_is_owed_though_it_was_imported(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await add_agent(flaky, "nadia", "PJSIP/101")
    call = past(1)
    await brought_in(flaky, [call, given_up(2)])
    tracker = Tracker("main", [Line("support", frozenset({"0465711010"}), queue="support")])
    writer = Writer(pbx="main", recorder=recorder, database=flaky, now=Clock())
    backfill = Backfill(tracker=tracker, writer=writer)
    assert call.answered_at is not None
    notes = [
        Noted(one.linkedid, "support", call.answered_at, "PJSIP/101-0000001", ended_at=one.ended_at)
        for one in (call, given_up(2))
    ]
    for _ in range(2):
        taken = await backfill.take(notes)
        assert len(taken.done) == 2
        assert [debt.call_id for debt in await debts(flaky)] == [call.id, given_up(2).id]
    async with flaky.reading() as connection:
        there = select(calls_table.c.imported)
        assert list((await connection.execute(there)).scalars()) == [False, False]


async def test_a_day_of_the_clocks_change_has_its_own_calls(flaky: FlakyDatabase) -> None:
    night = datetime(2026, 10, 24, 21, 30, tzinfo=ZoneInfo("UTC"))  # 23:30 on the 24th, in Paris
    found = []
    for number in range(30):
        call = past(number)
        found.append(_earlier(call, 0))
        by = call.started_at - night - timedelta(hours=number)
        found[-1] = replace(
            found[-1],
            started_at=call.started_at - by,
            queued_at=None,
            answered_at=None,
            ended_at=call.started_at - by,
            outcome=Outcome.CLOSED,
            legs=(),
        )
    await brought_in(flaky, found)
    await counted(flaky)
    days = select(figure_slots.c.day, func.sum(figure_slots.c.offered))
    async with flaky.reading() as connection:
        rows = (await connection.execute(days.group_by(figure_slots.c.day))).all()
    first = slot_of(night, PARIS).day
    assert {row[0] - first: int(row[1]) for row in rows} == {0: 1, 1: 25, 2: 4}
