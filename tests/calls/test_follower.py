"""Following a PBX into the database: in order, through outages, and past what cannot be written."""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.ami.action import Reply
from callcenter.calls import follower as module
from callcenter.calls import writer
from callcenter.calls.follower import Follower
from callcenter.calls.recorder import Recorder
from callcenter.core.call import Call, CallState
from callcenter.core.dialling import Dialling
from callcenter.core.facts import Change, Fact
from callcenter.core.floor import Member
from callcenter.core.line import Line, Lines
from callcenter.core.pbx import Batch, Snapshot
from callcenter.core.tracker import Tracker
from callcenter.db import calls, engine, recording
from callcenter.db.engine import Database
from callcenter.db.leases import LeaseLostError
from tests.calls.conftest import LINES, Counts
from tests.calls.database import FlakyDatabase, add_agent, debts, entries, everything, told
from tests.calls.facts import (
    START,
    abandoned,
    answered,
    interleaved,
    ringing,
    said,
    second,
    started,
    story,
)

PATIENCE_S = 30

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what happens above the database."""


class ListLink:
    """A link whose items a test puts there: facts, for a tracker that is no more than a list."""

    def __init__(self, *items: object) -> None:
        self.items = deque(items)
        self.taken = 0
        self.running = False
        self._news = asyncio.Event()
        self._empty = asyncio.Event()

    def put(self, *items: object) -> None:
        self.items.extend(items)
        self._empty.clear()
        self._news.set()

    async def run(self) -> None:
        self.running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    async def take(self) -> object:
        while (item := self.take_ready()) is None:
            self._empty.set()
            self._news.clear()
            await self._news.wait()
        self._empty.clear()
        return item

    def take_ready(self) -> object | None:
        if not self.items:
            return None
        self.taken += 1
        return self.items.popleft()

    async def send(self, _action: object) -> Reply:
        return Reply({"Response": "Success"})

    async def all_written(self) -> None:
        """Wait until the follower asks for more than there is: what it took is written."""
        async with asyncio.timeout(PATIENCE_S):
            await self._empty.wait()


class ListTracker:
    """Gives the facts that an item is, and notes what it was told."""

    def __init__(self) -> None:
        self.pbx = "main"
        self.lines = Lines([])
        self.queue_members: dict[tuple[str, str], Member] = {}
        self.in_sight = False
        self.dialling = Dialling()
        self.roster: dict[str, str] = {}
        self.restored: list[Call] = []
        self.rosters: list[dict[str, str]] = []

    def restore(self, records: Iterable[Call]) -> None:
        self.restored += records

    def supervisions_over(self) -> list[str]:
        return []

    def apply(self, item: Sequence[Fact]) -> list[Fact]:
        self.rosters.append(dict(self.roster))
        return list(item)


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a database that is away again at once."""
    monkeypatch.setattr(writer, "RETRY_MIN_S", 0.001)
    monkeypatch.setattr(writer, "RETRY_MAX_S", 0.01)


def following(
    database: Database, link: ListLink, counts: Counts, tracker: object = None
) -> Follower:
    recorder = Recorder(
        database=database, lines=LINES, committed=counts.committed, count_end=counts.ended
    )
    return Follower(
        link=link,  # type: ignore[arg-type]
        tracker=tracker or ListTracker(),  # type: ignore[arg-type]
        recorder=recorder,
        database=database,
        now=Clock(),
    )


@asynccontextmanager
async def running(follower: Follower) -> AsyncIterator[asyncio.Task[None]]:
    """Let it run; it is cancelled, cleanly, at the end."""
    task = asyncio.create_task(follower.run())
    try:
        yield task
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  (what is waited for has no event of its own)
            await asyncio.sleep(0.002)


async def written(database: Database, *calls_: Call) -> list[str]:
    async with database.reading() as connection:
        found = await calls.by_ids(connection, [call.id for call in calls_])
    return [found[call.id].state if call.id in found else "missing" for call in calls_]


@one_engine
async def test_what_waits_behind_an_item_is_written_with_it(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    stories = [story(started(number), None) for number in range(1, 21)]
    link = ListLink(*stories)
    async with running(following(flaky, link, counts)):
        await link.all_written()
        assert counts.commits == 1
        link.put(abandoned(started(21), None))
        await link.all_written()
    assert counts.commits == 2
    assert len(await debts(flaky)) == 20
    assert link.running is False


@one_engine
async def test_much_at_once_is_written_in_parts_and_in_order(
    flaky: FlakyDatabase, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FACTS_TOGETHER", 10)
    monkeypatch.setattr(writer, "FACTS_TOGETHER", 10)
    monkeypatch.setattr(module, "ITEMS_TOGETHER", 3)
    news = [said(Change.STARTED, started(number, at=number)) for number in range(1, 36)]
    link = ListLink(news[:25], *([] for _ in range(8)), *([fact] for fact in news[25:]))
    async with running(following(flaky, link, counts)):
        await link.all_written()
    assert [entry.call_id for entry in await entries(flaky)] == [fact.call.id for fact in news]
    assert counts.commits > 4


async def test_calls_that_were_open_are_taken_up(flaky: FlakyDatabase, counts: Counts) -> None:
    rings, talks = ringing(started(1), None), answered(ringing(started(2, at=1), None))
    async with running(following(flaky, ListLink(), counts)) as _:
        first = following(flaky, ListLink(), counts)
        await first.recorder.record([said(Change.RINGING, rings), said(Change.ANSWERED, talks)], {})
    tracker = ListTracker()
    link = ListLink()
    async with running(following(flaky, link, counts, tracker)):
        await link.all_written()
    assert tracker.restored == [rings, talks]


async def test_a_call_whose_end_was_missed_is_ended_by_the_first_snapshot(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    talks = answered(ringing(started(1), None))
    await following(flaky, ListLink(), counts).recorder.record([said(Change.ANSWERED, talks)], {})
    line = Line(name="support", extensions=frozenset({"0465711010"}), queue="support")
    link = ListLink(Snapshot(second(100), (), (), (), ()))
    async with running(following(flaky, link, counts, Tracker("main", [line]))):
        await link.all_written()
    async with flaky.reading() as connection:
        found = await calls.get(connection, talks.id)
        assert await recording.open_calls(connection, "main") == []
    assert found is not None
    assert (found.outcome, found.ended_at) == ("answered", second(100))
    assert len(await debts(flaky)) == 1
    assert counts.ends == [("support", "answered")]


@one_engine
async def test_events_of_a_real_tracker_are_followed(flaky: FlakyDatabase, counts: Counts) -> None:
    line = Line(name="support", extensions=frozenset({"0465711010"}), queue="support")
    arrives = {
        "Event": "Newchannel",
        "Uniqueid": "1795424400.1",
        "Linkedid": "1795424400.1",
        "Channel": "PJSIP/trunk-00000001",
        "Exten": "0465711010",
        "CallerIDNum": "0639981122",
    }
    hangs_up = {**arrives, "Event": "Hangup"}
    link = ListLink(Batch(second(0), (arrives,)), Batch(second(2), (hangs_up,)))
    async with running(following(flaky, link, counts, Tracker("main", [line]))):
        await link.all_written()
    assert counts.ends == [("support", "short_abandon")]
    assert [entry.type.value for entry in await entries(flaky)] == ["call.started", "call.ended"]


async def test_an_outage_is_waited_out_and_nothing_is_lost(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    flaky.plan("well", "at begin", "before commit", "after commit", "at begin")  # after the start
    facts = interleaved([story(started(1), None), abandoned(started(2), None)])
    link = ListLink(facts[:5])
    follower = following(flaky, link, counts)
    seen: list[str | None] = []
    record = follower.recorder.record

    async def noting(*arguments: object) -> None:
        seen.append(follower.trouble)
        await record(*arguments)  # type: ignore[arg-type]

    follower.recorder.record = noting  # type: ignore[method-assign,assignment]
    async with running(follower):
        await link.all_written()
        assert follower.trouble is None
        link.put(facts[5:])
        await link.all_written()
    reason = "the database does not take calls: OperationalError"
    assert seen == [None, reason, reason, reason, reason, None]
    assert await written(flaky, started(1), started(2)) == ["ended", "ended"]
    assert len(await told(flaky, started(1))) == 6
    assert len(await told(flaky, started(2))) == 4
    assert sorted(counts.ends) == [("support", "abandoned"), ("support", "answered")]


@one_engine
async def test_a_database_away_at_the_start_is_waited_for(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    talks = answered(ringing(started(1), None))
    await following(flaky, ListLink(), counts).recorder.record([said(Change.ANSWERED, talks)], {})
    link, tracker = ListLink(), ListTracker()
    follower = following(flaky, link, counts, tracker)
    flaky.plan(*["at begin"] * 5)
    async with running(follower):
        await until(lambda: follower.trouble is not None)
        await link.all_written()
    assert tracker.restored == [talks]
    assert follower.trouble is None


@one_engine
async def test_a_database_that_says_nothing_is_taken_to_be_away(
    flaky: FlakyDatabase, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ListLink()
    follower = following(flaky, link, counts)
    record, hangs = follower.recorder.record, iter([True])

    async def hanging_once(*arguments: object) -> None:
        if next(hangs, False):
            await asyncio.Event().wait()
        await record(*arguments)  # type: ignore[arg-type]

    follower.recorder.record = hanging_once  # type: ignore[method-assign,assignment]
    async with running(follower):
        await link.all_written()
        monkeypatch.setattr(writer, "WRITE_TIMEOUT_S", 0.05)
        link.put(story(started(1), None))
        await until(lambda: follower.trouble is not None)
        monkeypatch.setattr(writer, "WRITE_TIMEOUT_S", PATIENCE_S)
        await link.all_written()
    assert follower.trouble is None
    assert await written(flaky, started(1)) == ["ended"]


def refused(number: int) -> list[Fact]:
    """A fact that no database takes: one of its times has no offset."""
    call = replace(started(number), queued_at=datetime(2026, 11, 23, 9))  # noqa: DTZ001
    return [said(Change.STARTED, call)]


async def test_a_fact_that_cannot_be_written_does_not_stop_the_others(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    flaky.plan("at begin")
    link = ListLink(story(started(1), None), refused(2), abandoned(started(3), None))
    follower = following(flaky, link, counts)
    async with running(follower):
        await link.all_written()
        assert follower.trouble is None
        link.put(story(started(2), None))
        await link.all_written()
    assert await written(flaky, *map(started, (1, 2, 3))) == ["ended", "ended", "ended"]
    assert counts.ends == [
        ("support", "answered"),
        ("support", "abandoned"),
        ("support", "answered"),
    ]


@one_engine
@pytest.mark.parametrize("before", [[], [ValueError("refused together")]], ids=["first", "singly"])
async def test_a_lost_lease_ends_it_and_is_no_refusal(
    flaky: FlakyDatabase, counts: Counts, before: list[Exception]
) -> None:
    link = ListLink(story(started(1), None))
    follower = following(flaky, link, counts)
    errors = iter([*before, LeaseLostError("pbx:main")])

    async def failing(*_: object) -> None:
        raise next(errors)

    follower.recorder.record = failing  # type: ignore[method-assign,assignment]
    with pytest.RaisesGroup(LeaseLostError):
        async with asyncio.timeout(PATIENCE_S):
            await follower.run()
    assert link.running is False


async def test_a_refusal_in_an_outage_leaves_no_trouble_on_show(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    flaky.plan("at begin", "well", "at begin")
    link = ListLink(refused(1))
    follower = following(flaky, link, counts)
    async with running(follower):
        await link.all_written()
    assert follower.trouble is None
    assert await entries(flaky) == []


async def test_an_agent_is_known_within_seconds_and_kept_when_gone(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    link, tracker = ListLink([]), ListTracker()
    follower = following(flaky, link, counts, tracker)
    async with running(follower):
        await link.all_written()
        nadia = await add_agent(flaky, "nadia", "PJSIP/101")
        link.put([])
        await link.all_written()
        follower.now.now = second(6)  # type: ignore[attr-defined]
        facts = story(started(1), "nadia")
        link.put(facts[:4])
        await link.all_written()
        async with flaky.transaction() as connection:
            await connection.execute(text("DELETE FROM agent_interfaces"))
        follower.now.now = second(12)  # type: ignore[attr-defined]
        link.put(facts[4:])
        await link.all_written()
    assert tracker.rosters == [{}, {}, {"PJSIP/101": "nadia"}, {}]
    (debt,) = await debts(flaky)
    assert debt.agent_id == nadia
    async with flaky.reading() as connection:
        call = await calls.get(connection, facts[0].call.id)
    assert call is not None
    assert [leg.agent for leg in call.legs] == ["nadia"]


async def test_an_agent_who_was_removed_costs_no_call(flaky: FlakyDatabase, counts: Counts) -> None:
    await add_agent(flaky, "nadia", "PJSIP/101")
    link = ListLink([])
    async with running(following(flaky, link, counts)):
        await link.all_written()
        async with flaky.transaction() as connection:
            await connection.execute(text("DELETE FROM agents"))
        link.put(story(started(1), "nadia"))
        await link.all_written()
    (debt,) = await debts(flaky)
    assert debt.agent_id is None


@one_engine
async def test_a_roster_that_cannot_be_read_leaves_the_last_one(
    flaky: FlakyDatabase, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_agent(flaky, "nadia", "PJSIP/101")
    link, tracker = ListLink([]), ListTracker()
    follower = following(flaky, link, counts, tracker)

    def broken(*, urgent: bool = False) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
        raise ConnectionRefusedError

    async with running(follower):
        await link.all_written()
        monkeypatch.setattr(flaky, "reading", broken)
        follower.now.now = second(6)  # type: ignore[attr-defined]
        link.put(story(started(1), "nadia"))
        await link.all_written()
        monkeypatch.undo()
    assert tracker.rosters == [{"PJSIP/101": "nadia"}] * 2
    assert await written(flaky, started(1)) == ["ended"]


@one_engine
async def test_the_first_roster_is_waited_for(
    flaky: FlakyDatabase, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    tracker = ListTracker()
    reading, away = flaky.reading, [ConnectionRefusedError] * 3

    def flickering(
        *, urgent: bool = False
    ) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
        if away:
            raise away.pop()
        return reading(urgent=urgent)

    monkeypatch.setattr(flaky, "reading", flickering)
    link = ListLink(story(started(1), "nadia"))
    async with running(following(flaky, link, counts, tracker)):
        await link.all_written()
    assert tracker.rosters == [{"PJSIP/101": "nadia"}]
    (debt,) = await debts(flaky)
    assert debt.agent_id == nadia


async def test_cancelled_at_any_moment_it_leaves_whole_transactions(
    flaky: FlakyDatabase, counts: Counts
) -> None:
    random = Random(7)
    facts = interleaved([story(started(number, at=number), None) for number in range(1, 31)])
    link = ListLink(*([fact] for fact in facts))
    for _ in range(8):
        follower = following(flaky, link, counts)
        async with running(follower):
            await asyncio.sleep(random.random() / 50)
        assert link.running is False
        state = await everything(flaky)
        answered_calls = {row.id for row in state["calls"] if row.answered_at is not None}
        assert answered_calls == {row.call_id for row in state["obligations"]}


@pytest.fixture
def hasty_sqlite(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite does not wait long for another process."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)
    yield


async def test_another_process_that_holds_sqlite_is_waited_for(
    hasty_sqlite: None, sqlite_url: str, counts: Counts
) -> None:
    path = make_url(sqlite_url).database
    assert path is not None
    other = sqlite3.connect(path, isolation_level=None)
    with contextlib.closing(other):
        async with Database.open(sqlite_url) as database:
            link = ListLink()
            follower = following(database, link, counts)
            async with running(follower):
                await link.all_written()
                other.execute("BEGIN EXCLUSIVE")
                link.put(story(started(1), None))
                await until(lambda: follower.trouble is not None)
                other.execute("COMMIT")
                await link.all_written()
            assert follower.trouble is None
            assert len(await told(database, started(1))) == 6


async def test_connections_that_postgresql_cuts_lose_and_double_nothing(
    postgresql_url: str, counts: Counts
) -> None:
    stories = [story(started(number, at=number), None) for number in range(1, 41)]
    facts = interleaved(stories)
    async with Database.open(postgresql_url) as database, Database.open(postgresql_url) as other:
        link = ListLink()
        async with running(following(database, link, counts)):
            for place in range(0, len(facts), 6):
                link.put(facts[place : place + 6])
                async with other.transaction() as connection:
                    await connection.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                        )
                    )
                await asyncio.sleep(0.005)
            await link.all_written()
        assert len(await debts(other)) == 40
        assert len(counts.ends) == 40
        for one in stories:
            assert len(await told(other, one[0].call)) == 6


@one_engine
async def test_states_are_what_the_last_fact_says(flaky: FlakyDatabase, counts: Counts) -> None:
    rings = ringing(started(1), None)
    link = ListLink([said(Change.RINGING, rings)])
    async with running(following(flaky, link, counts)):
        await link.all_written()
        assert await written(flaky, rings) == [CallState.RINGING]
        link.put([said(Change.ANSWERED, answered(rings))])
        await link.all_written()
        assert await written(flaky, rings) == [CallState.TALKING]
