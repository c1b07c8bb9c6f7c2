"""Times out of sight, and the PBX's own records: what has to be read before one is closed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from callcenter.calls import records as reading
from callcenter.calls.backfill import Backfill
from callcenter.calls.recorder import Recorder
from callcenter.calls.records import RecordsReader
from callcenter.calls.sight import Sight
from callcenter.calls.writer import Writer
from callcenter.core.facts import Change
from callcenter.core.noted import Noted
from callcenter.core.pbx import Batch, Snapshot
from callcenter.db import sights
from callcenter.records.source import Reading, RecordsError, Span
from tests.calls.database import FlakyDatabase, add_agent, debts
from tests.calls.facts import answered, ended, ringing, said, second, started, story
from tests.calls.test_backfill import arrival, hang_up, intervals, noted, snapshot, tracker
from tests.calls.test_follower import Clock


@dataclass
class Records:
    """A source that tells what it is given, and cannot be read while it is given nothing."""

    reading: Reading | None = None
    name: str = field(default="cdr", init=False)

    async def read(self, position: str | None, now: datetime) -> Reading:
        if self.reading is None:
            raise RecordsError("/var/log/asterisk/cdr-csv/Master.csv is not there")
        return self.reading

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        raise NotImplementedError


@pytest.fixture
def sight(flaky: FlakyDatabase, recorder: Recorder) -> Sight:
    """Of a PBX with a ledger and records."""
    writer = Writer(pbx="main", recorder=recorder, database=flaky, now=Clock())
    return Sight(writer=writer, sources={"ledger", "cdr"})


@pytest.fixture
def records() -> Records:
    """Of the same PBX: they cannot be read yet."""
    return Records()


@pytest.fixture
def reader(sight: Sight, records: Records) -> RecordsReader:
    """Of a PBX that came into sight a moment ago."""
    watching = tracker()
    watching.apply(snapshot())
    backfill = Backfill(tracker=watching, writer=sight.writer)
    return RecordsReader(backfill=backfill, sight=sight, sources=[records])


async def back_in_sight(database: FlakyDatabase, sight: Sight) -> None:
    async with database.transaction() as connection:
        await sights.lost(connection, "main", second(-60), "cut")
        await sights.found(connection, "main", second(100))
    sight.begins()


async def closed(database: FlakyDatabase) -> bool:
    (interval,) = await intervals(database)
    return interval.closed_at is not None


def told(*over: Noted, going_on: Sequence[Noted] = ()) -> Reading:
    return Reading(over, '{"read": 1}', going_on)


async def test_records_that_cannot_be_read_keep_the_time_open_though_the_ledger_was_read(
    flaky: FlakyDatabase, reader: RecordsReader, records: Records
) -> None:
    await back_in_sight(flaky, reader.sight)
    await reader.sight.taken("ledger", reader.sight.mark)  # empty, as of a dialplan not ours
    await reader.read()
    before = await closed(flaky)
    records.reading = told(noted())
    await reader.read()
    assert (before, await closed(flaky)) == (False, True)
    assert len(await debts(flaky)) == 1


async def test_a_call_that_the_records_do_not_tell_yet_keeps_the_time_open(
    flaky: FlakyDatabase, reader: RecordsReader, records: Records
) -> None:
    await back_in_sight(flaky, reader.sight)
    await reader.sight.taken("ledger", reader.sight.mark)
    records.reading = told(going_on=[noted()])  # its caller hung up a second ago
    await reader.read()
    before = await closed(flaky)
    records.reading = told(noted())
    await reader.read()
    assert (before, await closed(flaky)) == (False, True)


async def test_a_call_that_goes_on_and_is_known_keeps_no_time_open(
    flaky: FlakyDatabase, recorder: Recorder, reader: RecordsReader, records: Records
) -> None:
    rings, over = ringing(started(1), None), ended(answered(ringing(started(2), None)))
    await recorder.record([said(Change.RINGING, rings), said(Change.ENDED, over)], {})
    await back_in_sight(flaky, reader.sight)
    await reader.sight.taken("ledger", reader.sight.mark)
    records.reading = told(going_on=[noted(1), noted(2)])
    await reader.read()
    assert await closed(flaky)


HALF = {
    "Channel": "Local/600@queues-00000001;2",
    "Uniqueid": "1795421524.9",
    "Linkedid": started(1).linkedid,
}
CALLER = {**arrival(1), "Event": "CoreShowChannel"}
WAITS = {**HALF, "Event": "CoreShowChannel", "Application": "Queue"}


@pytest.mark.parametrize(
    "seen",
    [
        Batch(second(1), (arrival(1), {**HALF, "Event": "QueueCallerJoin", "Queue": "support"})),
        snapshot(channels=(CALLER, WAITS)),
    ],
    ids=["live", "snapshot"],
)
async def test_a_local_channel_that_waits_for_the_caller_is_no_other_call(
    flaky: FlakyDatabase,
    recorder: Recorder,
    reader: RecordsReader,
    records: Records,
    seen: Batch | Snapshot,
) -> None:
    reader.backfill.tracker.apply(seen)
    await recorder.record(story(started(1), None), {})
    reader.backfill.tracker.apply(Batch(second(90), (hang_up(1), hang_up(9))))
    records.reading = told(replace(noted(1), linkedid=HALF["Uniqueid"]))
    await reader.read()
    assert len(await debts(flaky)) == 1


async def test_an_agent_whom_the_queue_has_by_name_is_known_by_the_telephone(
    flaky: FlakyDatabase, reader: RecordsReader, records: Records
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    member = {
        "Event": "QueueMember",
        "Queue": "support",
        "Name": "Nadia Roy",
        "Location": "Local/101@from-queue/n",
        "StateInterface": "PJSIP/101",
    }
    reader.backfill.tracker.apply(replace(snapshot(), queue_members=(member,)))
    records.reading = told(replace(noted(), channel="Nadia Roy"))
    await reader.read()
    assert [debt.agent_id for debt in await debts(flaky)] == [nadia]


async def test_records_are_read_as_soon_as_the_pbx_has_told_its_members(
    reader: RecordsReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: list[int] = []
    is_read = asyncio.Event()

    async def read() -> None:
        marks.append(reader.sight.mark)
        is_read.set()

    monkeypatch.setattr(reading, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(reader, "read", read)
    running = asyncio.create_task(reader.run())
    await asyncio.sleep(0.01)
    assert marks == []
    reader.sight.begins()
    async with asyncio.timeout(30):
        await is_read.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert marks == [1]
