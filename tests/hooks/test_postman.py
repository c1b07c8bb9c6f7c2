"""The job: whatever breaks, each destination is told everything, in order, with the same ids."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

import pytest

from callcenter.core.delivery import Answer, Why
from callcenter.db import deliveries, destinations, journal
from callcenter.db.deliveries import Claimed, State
from callcenter.db.destinations import Destination
from callcenter.db.engine import Database
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender
from tests.desks.clock import Clock
from tests.hooks.receiver import receiver
from tests.webhooks.destinations import BY, added, entry, ids, journalled, wanted
from webhooks import EventType

DAY_S = 86_400


@dataclass
class FakeSender:
    """Answers with ``status``; keeps the ids of what it was to send."""

    status: int = 500
    sent: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)

    async def send(self, to: Destination, message: Claimed, at: object) -> Answer:
        self.sent.append(message.message_id)
        if self.status < 300:
            self.accepted.append(message.message_id)
        return Answer(self.status)


def postman(database: Database, sender: object, clock: Clock | None = None) -> Postman:
    named = {"shared_now": clock.shared, "monotonic": clock.monotonic} if clock else {}
    return Postman(database=database, sender=sender, random=Random(1), new_id=ids(), **named)  # type: ignore[arg-type]


async def say(database: Database, *calls: str, kind: EventType = EventType.CALL_RINGING) -> None:
    async with database.transaction() as connection:
        await journalled(connection, *(entry(kind, call=call) for call in calls))


async def destination(database: Database, name: str = "Monitoring", url: str = "") -> int:
    async with database.transaction() as connection:
        what = wanted(name, url, is_ours=True) if url else wanted(name)
        return await added(connection, what)


async def pass_through(job: Postman, key: int, clock: Clock, *, until_s: float) -> None:
    """Let the time pass from one due message to the next."""
    while True:
        await job.follow(key)
        async with job.database.reading() as connection:
            due_at = await deliveries.next_due_at(connection, key, now=clock.now)
        if due_at is None:
            clock.advance(until_s - clock.passed_s)
            return
        wait_s = max(0.0, (due_at - clock.now).total_seconds())
        if clock.passed_s + wait_s > until_s:
            clock.advance(until_s - clock.passed_s)
            return
        clock.advance(wait_s)
        await job.tell_due(key)


async def test_who_was_down_for_three_days_gets_everything_in_order(database: Database) -> None:
    clock, sender = Clock(), FakeSender()
    job, key = postman(database, sender, clock), await destination(database)
    for day in range(3):
        await say(database, f"call {day}")
        await say(database, f"call {day}", kind=EventType.CALL_ENDED)
        await pass_through(job, key, clock, until_s=(day + 1) * DAY_S)
    assert set(sender.sent) == {"msg_1", "msg_3", "msg_5"}  # the others wait for their turn
    sender.status = 200
    await pass_through(job, key, clock, until_s=7 * DAY_S)
    assert sorted(sender.accepted) == [f"msg_{n}" for n in range(1, 7)]
    for first in (1, 3, 5):
        order = [one for one in sender.accepted if one in (f"msg_{first}", f"msg_{first + 1}")]
        assert order == [f"msg_{first}", f"msg_{first + 1}"]
    async with database.reading() as connection:
        assert await deliveries.counts(connection) == {}


async def test_who_fails_for_long_is_switched_off_and_told_all_when_on_again(
    sqlite_database: Database,
) -> None:
    clock, sender = Clock(), FakeSender()
    job, key = postman(sqlite_database, sender, clock), await destination(sqlite_database)
    for day in range(6):
        await say(sqlite_database, f"call {day}")
        await pass_through(job, key, clock, until_s=(day + 1) * DAY_S)
    async with sqlite_database.transaction() as connection:
        found = await destinations.get(connection, key)
        assert found is not None
        assert found.disabled_because == "failing"
        await destinations.switch_on(connection, key, BY)
        await deliveries.replay(connection, key)
    sender.status = 200
    await pass_through(job, key, clock, until_s=12 * DAY_S)
    assert sorted(sender.accepted) == [f"msg_{n}" for n in range(1, 7)]


async def test_who_dies_between_sending_and_committing_sends_the_same_id_again(
    database: Database,
) -> None:
    clock, sender = Clock(), FakeSender(status=200)
    key = await destination(database)
    await say(database, "a call")

    class Dying(FakeSender):
        async def send(self, to: Destination, message: Claimed, at: object) -> Answer:
            await super().send(to, message, at)
            raise asyncio.CancelledError  # the process is no more

    dead = Dying(status=200)
    job = postman(database, dead, clock)
    await job.follow(key)
    await job.tell_due(key)
    successor = postman(database, sender, clock)
    await successor.follow(key)
    assert await successor.tell_due(key) == 0  # until the dead one's claim has run out
    clock.advance(61)
    assert await successor.tell_due(key) == 1
    assert sender.sent == dead.sent == ["msg_1"]


async def test_entries_of_no_interest_are_not_written_down(sqlite_database: Database) -> None:
    job = postman(sqlite_database, FakeSender(status=200))
    key = await destination(sqlite_database)
    await say(sqlite_database, *(f"call {n}" for n in range(3)), kind=EventType.CALL_UPDATED)
    await job.follow(key)
    async with sqlite_database.reading() as connection:
        before = await destinations.get(connection, key)
    await say(sqlite_database, "a call")
    await job.follow(key)
    async with sqlite_database.reading() as connection:
        after = await destinations.get(connection, key)
        last = await journal.last_seq(connection)
    assert before is not None
    assert after is not None
    assert (before.journal_seq, after.journal_seq) == (0, last)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender.open() as opened:
        yield opened


async def test_one_that_never_answers_holds_up_no_other(database: Database, sender: Sender) -> None:
    async with receiver() as silent, receiver() as well:
        silent.status = None
        key = await destination(database, "Silent", silent.url)
        await destination(database, "Well", well.url)
        job = postman(database, sender)
        task = asyncio.create_task(job.run())
        await say(database, *(f"call {n}" for n in range(20)))
        job.change()
        async with asyncio.timeout(30):
            await silent.until(1)
            await well.until(20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # What was being sent is left to the next process at once.
        async with database.reading() as connection:
            assert (await deliveries.counts(connection))[key].waiting == 20
        async with asyncio.timeout(30):
            again = postman(database, sender)
            silent.status = 204
            before = set(silent.ids)
            task = asyncio.create_task(again.run())
            await silent.until(len(silent.received) + 20)
            task.cancel()
        assert before <= set(silent.ids)
        assert len(set(silent.ids)) == 20


async def test_a_test_is_sent_though_it_is_switched_off(
    sqlite_database: Database, sender: Sender
) -> None:
    async with receiver() as there:
        key = await destination(sqlite_database, "Ours", there.url)
        async with sqlite_database.transaction() as connection:
            await destinations.switch_off(connection, key, Why.ADMIN, BY)
        job, measured = postman(sqlite_database, sender), list[str]()
        job.measure = lambda result, _seconds: measured.append(result)
        await job.test(key)
    async with sqlite_database.reading() as connection:
        (found,) = await deliveries.last(connection, key, 9)
    assert (found.type, found.state) == ("webhook.test", State.DONE)
    assert [one.status for one in found.attempts] == [204]
    assert there.ids == [found.message_id]
    assert measured == ["accepted"]
