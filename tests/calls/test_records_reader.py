"""A PBX's own records into the database, and how far they were read."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest
from sqlalchemy import select
from structlog.typing import EventDict

from callcenter.calls.backfill import Backfill
from callcenter.calls.recorder import Recorder
from callcenter.calls.records import RecordsReader
from callcenter.calls.sight import Sight
from callcenter.calls.writer import Writer
from callcenter.core.noted import Noted
from callcenter.core.pbx import OutOfSight
from callcenter.db import cursors
from callcenter.db.schema import legs
from callcenter.records.source import Reading, RecordsError, Span
from tests.calls.database import FlakyDatabase, add_agent, debts
from tests.calls.facts import second
from tests.calls.test_backfill import noted, snapshot, tracker
from tests.calls.test_follower import Clock


@dataclass(eq=False)
class Records:
    """What is new at each look, and the position behind it; an error is raised."""

    name: str = "cdr"
    looks: list[list[Noted] | Exception] = field(default_factory=list)
    positions: list[str | None] = field(default_factory=list)  # that were given

    async def read(self, position: str | None, now: datetime) -> Reading:
        self.positions.append(position)
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return Reading(look, f"after look {len(self.positions)}")

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        raise NotImplementedError


@dataclass
class Reader:
    """A reader of these records, beside a PBX that is in sight."""

    database: FlakyDatabase
    recorder: Recorder
    sources: list[Records]

    def __post_init__(self) -> None:
        writer = Writer(pbx="main", recorder=self.recorder, database=self.database, now=Clock())
        watching = tracker()
        watching.apply(snapshot())
        self.backfill = Backfill(tracker=watching, writer=writer)
        self.sight = Sight(writer=writer, sources={one.name for one in self.sources})
        self.reader = RecordsReader(backfill=self.backfill, sight=self.sight, sources=self.sources)

    async def position(self, source: str = "cdr") -> str | None:
        async with self.database.reading() as connection:
            return await cursors.get(connection, "main", source)


async def test_calls_are_completed_before_it_is_kept_how_far_that_was(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    records = Records(looks=[[], [noted(1), noted(2)], []])
    first = Reader(flaky, recorder, [records])
    await first.reader.read()
    assert (await debts(flaky), await first.position()) == ([], "after look 1")
    await first.reader.read()
    assert len(await debts(flaky)) == 2
    await Reader(flaky, recorder, [records]).reader.read()  # after a restart
    assert records.positions == [None, "after look 1", "after look 2"]


async def test_while_a_call_may_go_on_it_is_read_again(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    unsure = noted(1, ended=None)
    records = Records(looks=[[], [unsure], [unsure, noted(2)]])
    reader = Reader(flaky, recorder, [records])
    await reader.reader.read()
    reader.backfill.tracker.apply(OutOfSight(second(101), "cut"))
    await reader.reader.read()
    assert (await debts(flaky), await reader.position()) == ([], "after look 1")
    reader.backfill.tracker.apply(snapshot(at=110))
    await reader.reader.read()
    assert (len(await debts(flaky)), await reader.position()) == (2, "after look 3")


async def test_what_is_read_again_is_not_written_again(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    reader = Reader(flaky, recorder, [Records(looks=[[noted(1)], [noted(1)]])])
    await reader.reader.read()
    flaky.plan("well")  # the position alone
    await reader.reader.read()
    assert not flaky.planned
    assert len(await debts(flaky)) == 1


async def test_one_source_knows_the_telephone_and_another_the_times(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    of_queue = replace(noted(1), channel="Nadia", started_at=None, ended_at=None)
    of_cdr = replace(noted(1), answered_at=second(2), queued_at=None)
    queue_log, cdr = Records("queue_log", [[of_queue]]), Records("cdr", [[of_cdr]])
    await Reader(flaky, recorder, [queue_log, cdr]).reader.read()
    (debt,) = await debts(flaky)
    assert (debt.agent_id, debt.answered_at) == (nadia, second(4))
    async with flaky.reading() as connection:
        (leg,) = (await connection.execute(select(legs))).all()
    assert (leg.interface, leg.offered_at, leg.ended_at) == ("PJSIP/101", second(1), second(64))


@pytest.mark.parametrize("fault", [RecordsError("no such file"), ValueError("a fault of ours")])
async def test_what_cannot_be_read_is_said_and_holds_up_nothing(
    flaky: FlakyDatabase, recorder: Recorder, logged: list[EventDict], fault: Exception
) -> None:
    broken, cdr = Records("queue_log", [fault, fault, []]), Records("cdr", [[noted(1)], [], []])
    reader = Reader(flaky, recorder, [broken, cdr])
    for _ in range(3):
        await reader.reader.read()
    assert len(await debts(flaky)) == 1
    said = [entry["event"] for entry in logged if entry["event"].startswith("records.")]
    once = ["records.unread"]
    assert said == (once if isinstance(fault, RecordsError) else ["records.unexpected"] * 2)
    assert await reader.position("queue_log") == "after look 3"
