"""Calls that nobody saw, from the PBX's notes into the database, and the notes erased."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from callcenter.ami.action import Reply
from callcenter.calls import backfill as backfilling
from callcenter.calls.backfill import Backfill, Taken
from callcenter.calls.follower import Follower
from callcenter.calls.recorder import Recorder
from callcenter.calls.sight import Sight
from callcenter.calls.writer import Writer
from callcenter.core.call import Outcome
from callcenter.core.facts import Change
from callcenter.core.line import Line
from callcenter.core.noted import Noted
from callcenter.core.pbx import Batch, Event, OutOfSight, Snapshot
from callcenter.core.tracker import Tracker
from callcenter.db import recording, sights
from callcenter.db.schema import pbx_sights
from callcenter.db.sights import Interval
from tests.calls.conftest import Counts
from tests.calls.database import FlakyDatabase, add_agent, debts, everything, told
from tests.calls.facts import answered, ended, ringing, said, second, started
from tests.calls.test_follower import Clock, ListLink, running, until

WHOLE = ["call.started", "call.answered", "call.ended"]


def noted(number: int = 1, *, ended: float | None = 64, at: float = 4) -> Noted:
    """The PBX's note of the call that ``started(number)`` is."""
    return Noted(
        f"1795421524.{number}",
        "support",
        answered_at=second(at),
        channel="PJSIP/101-00000001",
        caller_raw="0639981122",
        started_at=second(0),
        queued_at=second(1),
        ended_at=None if ended is None else second(ended),
    )


def snapshot(*notes: Noted, channels: tuple[Event, ...] = (), at: float = 100) -> Snapshot:
    answers = {note.linkedid: note for note in notes}
    return Snapshot(second(at), channels, (), (), (), answers)


def tracker() -> Tracker:
    return Tracker("main", [Line("support", frozenset({"0465711010"}), queue="support")])


@pytest.fixture
def backfill(flaky: FlakyDatabase, recorder: Recorder) -> Backfill:
    """Of a PBX that was in sight at the last look."""
    writer = Writer(pbx="main", recorder=recorder, database=flaky, now=Clock())
    watching = tracker()
    watching.apply(snapshot())
    return Backfill(tracker=watching, writer=writer)


async def test_a_call_that_nobody_saw_has_its_debt_and_its_agent(
    flaky: FlakyDatabase, backfill: Backfill, counts: Counts
) -> None:
    nadia = await add_agent(flaky, "nadia", "PJSIP/101")
    taken = await backfill.take([noted()])
    assert (taken.done, taken.waiting) == ({noted().linkedid}, ())
    (debt,) = await debts(flaky)
    assert (debt.agent_id, debt.answered_at) == (nadia, second(4))
    assert await told(flaky, started(1)) == WHOLE
    assert counts.ends == [("support", "answered")]


async def test_the_same_notes_again_change_nothing(
    flaky: FlakyDatabase, backfill: Backfill, counts: Counts
) -> None:
    await backfill.take([noted(1), noted(2)])
    before = await everything(flaky)
    taken = await backfill.take([noted(2), noted(1)])
    assert taken.done == {noted(1).linkedid, noted(2).linkedid}
    assert await everything(flaky) == before
    assert counts.commits == 1


async def test_a_database_that_goes_away_after_the_commit_doubles_nothing(
    flaky: FlakyDatabase, backfill: Backfill, counts: Counts
) -> None:
    flaky.plan("before commit", "after commit", "at begin")
    await backfill.take([noted()])
    assert await told(flaky, started(1)) == WHOLE
    assert len(await debts(flaky)) == 1
    assert len(counts.ends) == 1


async def test_the_note_of_a_missed_call_is_needed_until_its_answer_is_written(
    flaky: FlakyDatabase, recorder: Recorder, backfill: Backfill, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed = replace(ended(ringing(started(1), None)), outcome=Outcome.ABANDONED, end_seen=False)
    await recorder.record([said(Change.ENDED, missed)], {})

    async def refuse(*_: object) -> None:
        raise ValueError("no such thing")

    with monkeypatch.context() as refusing:
        refusing.setattr(recorder, "record", refuse)
        assert await backfill.take([noted()]) == Taken()
    assert (await backfill.take([noted()])).done == {noted().linkedid}
    assert len(await debts(flaky)) == 1


async def test_a_call_that_goes_on_has_to_wait(flaky: FlakyDatabase, backfill: Backfill) -> None:
    rings = ringing(started(1), None)
    backfill.tracker.restore([rings])
    taken = await backfill.take([noted()])
    assert (taken.done, taken.waiting) == (frozenset(), (noted(),))
    assert await debts(flaky) == []


async def test_without_its_end_a_call_may_go_on_out_of_sight(
    flaky: FlakyDatabase, backfill: Backfill
) -> None:
    backfill.tracker.apply(OutOfSight(second(101), "cut"))
    open_ended = noted(ended=None)
    assert (await backfill.take([open_ended])).waiting == (open_ended,)
    backfill.tracker.apply(snapshot(at=110))
    assert (await backfill.take([open_ended])).done == {open_ended.linkedid}


async def test_a_call_that_is_not_known_for_one_of_a_line_has_its_end_too(
    flaky: FlakyDatabase, backfill: Backfill
) -> None:
    elsewhere = {**arrival(1), "Application": "AppQueue"}  # handed on, and called back
    backfill.tracker.apply(snapshot(channels=(elsewhere,)))
    assert (await backfill.take([noted(ended=None)])).waiting == (noted(ended=None),)
    backfill.tracker.apply(Batch(second(150), (hang_up(1),)))
    await backfill.take([noted()])
    async with flaky.reading() as connection:
        (call,) = (await recording.by_linkedid(connection, "main", [noted().linkedid])).values()
    assert (call.ended_at, call.end_seen) == (noted().ended_at, True)


async def test_events_of_a_call_that_was_made_whole_come_too_late(backfill: Backfill) -> None:
    await backfill.take([noted()])
    assert backfill.tracker.apply(Batch(second(101), (arrival(1),))) == []


async def test_notes_from_two_sources_at_once_make_one_call(
    flaky: FlakyDatabase, backfill: Backfill
) -> None:
    await asyncio.gather(*map(backfill.take, ([noted()], [replace(noted(), started_at=None)])))
    assert await told(flaky, started(1)) == WHOLE


def arrival(number: int) -> Event:
    linkedid = f"1795421524.{number}"
    return {
        "Event": "Newchannel",
        "Channel": f"PJSIP/trunk-{number:08}",
        "Uniqueid": linkedid,
        "Linkedid": linkedid,
        "Exten": "0465711010",
        "CallerIDNum": "0639981122",
        "Timestamp": f"{second(0).timestamp():.6f}",
    }


def hang_up(number: int) -> Event:
    linkedid = f"1795421524.{number}"
    stamp = f"{second(90).timestamp():.6f}"
    return {"Event": "Hangup", "Uniqueid": linkedid, "Linkedid": linkedid, "Timestamp": stamp}


class Pbx(ListLink):
    """A link whose PBX erases what it is told to, if it lets anybody."""

    def __init__(self, *items: object, message: str = "") -> None:
        super().__init__(*items)
        self.refusal = message
        self.erased: list[str] = []
        self.heard_until = second(200)

    @property
    def status(self) -> SimpleNamespace:
        return SimpleNamespace(waiting_events=len(self.items))

    async def send(self, action: Mapping[str, str]) -> Reply:
        if action["Action"] == "DBGet":
            return Reply({"Response": "Success"})
        assert action["Action"] == "DBDel"
        if self.refusal:
            return Reply({"Response": "Error", "Message": self.refusal})
        self.erased.append(action["Key"])
        return Reply({"Response": "Success"})


def follower(database: FlakyDatabase, recorder: Recorder, link: Pbx) -> Follower:
    clock = Clock()
    clock.now = second(200)
    return Follower(
        link=link,  # type: ignore[arg-type]
        tracker=tracker(),
        recorder=recorder,
        database=database,
        now=clock,
    )


async def intervals(database: FlakyDatabase) -> list[Interval]:
    async with database.reading() as connection:
        return await sights.between(connection, second(-1000), second(1000))


async def test_a_service_that_starts_completes_what_it_missed_and_erases_the_notes(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    async with flaky.transaction() as connection:
        await sights.seen(connection, "main", second(-60))
    link = Pbx(snapshot(noted(1), noted(2)))
    async with running(follower(flaky, recorder, link)):
        await until(lambda: len(link.erased) == 2)
    assert link.erased == ["answered/1795421524.1", "answered/1795421524.2"]
    assert len(await debts(flaky)) == 2
    assert await intervals(flaky) == [
        Interval("main", second(-60), second(100), second(200), sights.UNWATCHED)
    ]


async def test_nothing_is_made_up_of_a_call_whose_events_wait_behind_the_snapshot(
    flaky: FlakyDatabase, recorder: Recorder, counts: Counts
) -> None:
    link = Pbx(snapshot(noted()), Batch(second(101), (arrival(1), hang_up(1))))
    async with running(follower(flaky, recorder, link)):
        await until(lambda: len(link.erased) == 1)
    assert await debts(flaky) == [], "it was seen that the two were not joined"
    assert len(counts.ends) == 1


async def test_the_note_of_a_call_is_kept_while_it_goes_on(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    talks = answered(ringing(started(1), None))
    await recorder.record([said(Change.ANSWERED, talks)], {})
    up = {**arrival(1), "Event": "CoreShowChannel", "ChannelStateDesc": "Up", "BridgeId": "b"}
    link = Pbx(snapshot(noted(ended=None), noted(2), channels=(up,)))
    async with running(follower(flaky, recorder, link)):
        await until(lambda: len(link.erased) == 1)
        assert link.erased == ["answered/1795421524.2"]
        link.put(Batch(second(150), (hang_up(1),)))
        await until(lambda: len(link.erased) == 2)
        link.put(snapshot(noted(), at=160))
        await until(lambda: len(link.erased) == 3)
    assert link.erased[1:] == ["answered/1795421524.1"] * 2, "it was added to while it was erased"


async def test_the_note_of_a_call_that_was_seen_whole_is_erased_at_once(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    talks = answered(ringing(started(1), None))
    await recorder.record([said(Change.ANSWERED, talks)], {})
    up = {**arrival(1), "Event": "CoreShowChannel", "ChannelStateDesc": "Up", "BridgeId": "b"}
    link = Pbx(snapshot(channels=(up,)))
    async with running(follower(flaky, recorder, link)):
        await link.all_written()
        assert link.erased == []
        link.put(Batch(second(150), (hang_up(1),)))
        await until(lambda: bool(link.erased))
        await link.all_written()
    assert link.erased == ["answered/1795421524.1"]


async def test_a_pbx_that_erases_nothing_is_not_asked_about_the_same_calls_again(
    flaky: FlakyDatabase, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Pbx(snapshot(noted(1)), message="Permission denied")
    following = follower(flaky, recorder, link)
    asked: list[str] = []
    take = following.backfill.take

    async def noting(notes: object) -> object:
        given = list(notes)  # type: ignore[call-overload]
        asked.extend(note.linkedid for note in given)
        return await take(given)

    monkeypatch.setattr(following.backfill, "take", noting)
    async with running(following):
        await until(lambda: len(asked) == 1)
        await until(lambda: bool(following._over))
        link.put(snapshot(noted(1), noted(2), at=110))
        await until(lambda: len(asked) > 1)
    assert asked == [noted(1).linkedid, noted(2).linkedid]


async def test_live_calls_have_their_turn_while_very_many_notes_are_taken(
    flaky: FlakyDatabase, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfilling, "NOTES_TOGETHER", 1)
    link = Pbx(snapshot(*map(noted, range(2, 52))))
    following = follower(flaky, recorder, link)
    async with running(following):
        await until(lambda: bool(recorder._last_seq))
        link.put(Batch(second(101), (arrival(1),)))
        await until(lambda: started(1).id in recorder._known)
        calls_made = len(await debts(flaky))
        await until(lambda: following.sight._is_closed)
    assert calls_made < 50
    assert len(await debts(flaky)) == 50


async def test_a_ledger_without_ends_closes_nothing_when_the_pbx_is_lost_again(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    link = Pbx(snapshot(noted(1, ended=None), noted(2)), OutOfSight(second(101), "cut"))
    following = follower(flaky, recorder, link)
    async with running(following):
        await until(lambda: bool(link.erased))
        before = [one.closed_at for one in await intervals(flaky)]
        link.put(snapshot(noted(1, ended=None), at=130))
        await until(lambda: following.sight._is_closed)
    assert before == [None, None]
    assert len(await debts(flaky)) == 2


async def test_a_time_out_of_sight_stays_open_while_the_ledger_cannot_be_read(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    async with flaky.transaction() as connection:
        await sights.seen(connection, "main", second(-60))
    link = Pbx(replace(snapshot(), answers=None))
    following = follower(flaky, recorder, link)
    async with running(following):
        await until(lambda: "ledger" in following.sight._silent)
        (unread,) = await intervals(flaky)
        link.put(snapshot(at=110))
        await until(lambda: following.sight._is_closed)
    assert (unread.ended_at, unread.closed_at) == (second(100), None)
    assert [one.closed_at for one in await intervals(flaky)] == [second(200)]


async def test_another_source_has_to_be_taken_too_before_it_is_closed(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    link = Pbx(snapshot())
    following = follower(flaky, recorder, link)
    following.sight.sources = ("ledger", "queue_log")
    async with running(following):
        await until(lambda: "ledger" in following.sight._taken)
        before = [one.closed_at for one in await intervals(flaky)]
        await following.sight.taken("queue_log", following.sight.mark - 1)
        too_early = [one.closed_at for one in await intervals(flaky)]
        await following.sight.taken("queue_log", following.sight.mark)
    assert (before, too_early) == ([None], [None])
    assert [one.closed_at for one in await intervals(flaky)] == [second(200)]


async def test_a_source_that_was_silent_before_is_waited_for_again(
    flaky: FlakyDatabase, backfill: Backfill
) -> None:
    sight = Sight(writer=backfill.writer, sources={"ledger", "cdr"})
    closed = []
    for minute in range(2):
        async with flaky.transaction() as connection:
            await sights.lost(connection, "main", second(minute * 60), "cut")
            await sights.found(connection, "main", second(minute * 60 + 30))
        sight.begins()
        await sight.taken("cdr", sight.mark)
        closed.append(sum(one.closed_at is not None for one in await intervals(flaky)))
        await sight.silent("ledger", sight.mark)
    assert closed == [0, 1]
    assert all(one.closed_at for one in await intervals(flaky))


async def test_a_connection_that_is_lost_opens_a_time_out_of_sight(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    link = Pbx(snapshot())
    following = follower(flaky, recorder, link)
    async with running(following):
        await until(lambda: following.sight._is_closed)
        link.put(OutOfSight(second(120), "cut"))
        await link.all_written()
        lost = await intervals(flaky)
        link.put(snapshot(at=130))
        await until(lambda: following.sight.mark == 2 and following.sight._is_closed)
    assert Interval("main", second(120), None, None, "cut") in lost
    closed = Interval("main", second(120), second(130), second(200), "cut")
    assert closed in await intervals(flaky)


async def seen_at(database: FlakyDatabase) -> datetime | None:
    async with database.reading() as connection:
        found: datetime | None = (await connection.execute(select(pbx_sights.c.seen_at))).scalar()
    return found


async def test_only_what_is_committed_was_seen(flaky: FlakyDatabase, recorder: Recorder) -> None:
    link = Pbx()
    following = follower(flaky, recorder, link)
    async with running(following):
        await link.all_written()
        await following.note_sight()
        assert await seen_at(flaky) is None, "it is not in sight yet"
        link.put(snapshot())
        await link.all_written()
        await until(lambda: following._is_idle)
        await following.note_sight()
        assert await seen_at(flaky) == link.heard_until
        link.heard_until = second(300)
        following._is_idle = False
        following._written_until = second(250)
        await following.note_sight()
        assert await seen_at(flaky) == second(250)
