"""What destinations are to be told, on both databases."""

import asyncio
from datetime import datetime
from random import Random

from callcenter.core.delivery import Answer, Failure, Verdict, Why
from callcenter.db import deliveries, destinations, telling, trail
from callcenter.db.deliveries import Claimed, State
from callcenter.db.engine import Database
from tests.calls.facts import second
from tests.webhooks.destinations import BY, added, entry, ids, journalled, wanted
from webhooks import EventType, WebhookType

RANDOM = Random(1)
QUALIFIED = '{"ticket": {"number": "T20261123.0001", "url": null, "state": "qualified"}}'


async def claim(
    database: Database, key: int, *, holder: str = "one", at: float = 1, limit: int = 9
) -> list[Claimed]:
    async with database.transaction() as connection:
        now, until = second(at), second(at + 60)
        return await deliveries.claim(
            connection, key, holder=holder, now=now, until=until, limit=limit
        )


async def settle(
    database: Database, one: Claimed, answer: Answer, *, holder: str = "one", at: float = 1
) -> Verdict | None:
    async with database.transaction() as connection:
        return await deliveries.settle(
            connection,
            one,
            answer,
            holder=holder,
            at=second(at),
            duration_ms=7,
            random=RANDOM,
        )


async def told(database: Database, *entries: EventType) -> int:
    """The id of a destination that is to be told of these entries, each of another call."""
    async with database.transaction() as connection:
        key = await added(connection)
        made = [entry(kind, call=f"call {n}") for n, kind in enumerate(entries)]
        await journalled(connection, *made)
        await telling.tell(connection, key, new_id=ids())
    return key


async def waits_until(database: Database, key: int) -> datetime | None:
    async with database.reading() as connection:
        return await deliveries.next_due_at(connection, key, now=second(1))


async def test_an_entry_is_told_once_to_each_who_subscribed_it(database: Database) -> None:
    async with database.transaction() as connection:
        await journalled(connection, entry(EventType.CALL_MISSED))  # before there was anybody
        everything = await added(connection)
        missed = await added(connection, wanted("Missed", types=(WebhookType.CALL_MISSED,)))
        network = await added(connection, wanted("Network", lines=("network",)))
        await journalled(
            connection,
            entry(EventType.CALL_RINGING),
            entry(EventType.CALL_UPDATED),
            entry(EventType.CALL_MISSED),
            entry(EventType.PBX_OUT_OF_SIGHT, call=None, line=None),
        )
        for key in (everything, missed, network):
            assert await telling.tell(connection, key, new_id=ids()) == 4
            assert await telling.tell(connection, key, new_id=ids()) == 0
        found = {
            key: [one.type.value for one in await deliveries.last(connection, key, 9)]
            for key in (everything, missed, network)
        }
    assert found == {
        everything: ["pbx.out_of_sight", "call.missed", "call.ringing"],
        missed: ["call.missed"],
        network: ["pbx.out_of_sight"],
    }


async def test_that_a_ticket_is_qualified_is_told_once_a_call(database: Database) -> None:
    async with database.transaction() as connection:
        key = await added(connection, wanted(types=(WebhookType.TICKET_QUALIFIED,)))
        updated = EventType.CALL_UPDATED
        await journalled(connection, entry(updated), entry(updated, data=QUALIFIED))
        await journalled(connection, entry(updated, data=QUALIFIED))
        await telling.tell(connection, key, new_id=ids())
        await journalled(connection, entry(updated, data=QUALIFIED))
        await telling.tell(connection, key, new_id=ids())
        found = await deliveries.last(connection, key, 9)
    assert [(one.type, one.call_id) for one in found] == [
        (WebhookType.TICKET_QUALIFIED, "a call"),
    ]


async def test_two_who_tell_at_once_tell_once(database: Database) -> None:
    async with database.transaction() as connection:
        key = await added(connection)
        await journalled(connection, *(entry(call=f"call {n}") for n in range(20)))

    async def tell() -> None:
        async with database.transaction() as connection:
            await telling.tell(connection, key, new_id=ids())

    await asyncio.gather(*(tell() for _ in range(4)))
    async with database.reading() as connection:
        assert len(await deliveries.last(connection, key, 99)) == 20


async def test_a_later_message_of_a_call_waits_for_the_earlier(database: Database) -> None:
    async with database.transaction() as connection:
        key = await added(connection)
        other = entry(EventType.CALL_RINGING, call="another")
        await journalled(connection, entry(EventType.CALL_RINGING), other)
        await journalled(connection, entry(EventType.CALL_ANSWERED))
        await telling.tell(connection, key, new_id=ids())
    first = await claim(database, key)
    assert [one.message_id for one in first] == ["msg_1", "msg_2"]
    assert await claim(database, key, holder="two") == []
    await settle(database, first[0], Answer(500))
    assert [one.message_id for one in await claim(database, key, at=2)] == []
    again = await claim(database, key, at=10)
    assert [one.message_id for one in again] == ["msg_1"]
    await settle(database, again[0], Answer(200), at=10)
    assert [one.type for one in await claim(database, key, at=11)] == [WebhookType.CALL_ANSWERED]


async def test_who_was_given_up_for_dead_has_no_say_and_the_id_is_the_same(
    database: Database,
) -> None:
    key = await told(database, EventType.CALL_RINGING)
    (slow,) = await claim(database, key)
    (again,) = await claim(database, key, holder="two", at=62)
    assert again == slow
    assert await settle(database, slow, Answer(500), at=63) is None
    verdict = await settle(database, again, Answer(200), holder="two", at=64)
    assert verdict is not None
    async with database.reading() as connection:
        (done,) = await deliveries.last(connection, key, 9)
    assert done.state is State.DONE
    assert [(each.status, each.duration_ms) for each in done.attempts] == [(200, 7)]


async def test_each_attempt_is_kept_and_the_health_with_it(database: Database) -> None:
    key = await told(database, EventType.CALL_RINGING)
    (one,) = await claim(database, key)
    await settle(database, one, Answer(None, Failure.TIMED_OUT))
    async with database.reading() as connection:
        failing = await destinations.get(connection, key)
        counts = await deliveries.counts(connection)
    (one,) = await claim(database, key, at=10)
    await settle(database, one, Answer(204), at=10)
    async with database.reading() as connection:
        healthy = await destinations.get(connection, key)
        (done,) = await deliveries.last(connection, key, 9)
    assert failing is not None
    assert healthy is not None
    assert failing.failing_since == second(1)
    assert counts == {key: deliveries.Counts(waiting=1)}
    assert (healthy.failing_since, healthy.accepted_at) == (None, second(10))
    assert [(each.status, each.failure) for each in done.attempts] == [
        (None, Failure.TIMED_OUT),
        (204, None),
    ]


async def test_410_switches_it_off_and_what_waits_stays(database: Database) -> None:
    key = await told(database, EventType.CALL_RINGING, EventType.CALL_RINGING)
    one, two = await claim(database, key)
    await settle(database, one, Answer(410))
    await settle(database, two, Answer(500))
    assert await claim(database, key, at=3600) == []
    async with database.transaction() as connection:
        found = await destinations.get(connection, key)
        page = await trail.page(connection, trail.TrailFilter(), after=None, limit=1)
        await destinations.switch_on(connection, key, BY)
    assert found is not None
    assert found.disabled_because is Why.GONE
    (noted,) = page.entries
    assert (noted.action, noted.actor) == (trail.Action.WEBHOOK_SWITCHED_OFF, None)
    assert len(await claim(database, key, at=3600)) == 2


async def test_who_asks_to_be_left_alone_is_told_nothing_for_so_long(database: Database) -> None:
    key = await told(database, EventType.CALL_RINGING, EventType.CALL_RINGING)
    (one,) = await claim(database, key, limit=1)
    await settle(database, one, Answer(429, retry_after_s=100))
    assert await claim(database, key, at=100) == []
    assert await waits_until(database, key) == second(101)
    assert len(await claim(database, key, at=101)) == 2


async def test_what_failed_is_replayed_with_its_id(database: Database) -> None:
    key = await told(database, *[EventType.CALL_RINGING] * 3)
    first, second_, third = await claim(database, key)
    used_up = [
        Claimed(one.id, key, one.message_id, one.type, one.body, attempts=99)
        for one in (first, second_)
    ]
    for one in used_up:
        await settle(database, one, Answer(500))
    await settle(database, third, Answer(200))
    async with database.transaction() as connection:
        assert await deliveries.counts(connection) == {key: deliveries.Counts(failed=2)}
        assert await deliveries.replay(connection, key) == 2
    assert await claim(database, key, at=2) == [first, second_]
    async with database.transaction() as connection:
        # Two of them are being sent.
        assert await deliveries.replay(connection, key, since=second(0), until=second(1)) == 1
        assert await deliveries.replay(connection, key, keys=[third.id]) == 1
        assert await deliveries.replay(connection, key, since=second(1)) == 0


async def test_a_test_is_not_tried_again(database: Database) -> None:
    async with database.transaction() as connection:
        key = await added(connection)
        one = await deliveries.add_test(
            connection,
            key,
            message_id="msg_test",
            body="{}",
            holder="one",
            now=second(0),
            until=second(60),
        )
    await settle(database, one, Answer(500))
    async with database.transaction() as connection:
        (found,) = await deliveries.last(connection, key, 9)
        assert await deliveries.replay(connection, key) == 0
    assert found.state is State.FAILED


async def test_what_the_holder_had_is_due_at_once_when_it_ends(database: Database) -> None:
    key = await told(database, EventType.CALL_RINGING)
    before = await claim(database, key)
    async with database.transaction() as connection:
        await deliveries.give_back(connection, holder="two")
        await deliveries.give_back(connection, holder="one")
    assert await claim(database, key, holder="two", at=2) == before


async def test_old_messages_are_removed_with_their_attempts(database: Database) -> None:
    key = await told(database, EventType.CALL_RINGING)
    (one,) = await claim(database, key)
    await settle(database, one, Answer(200))
    async with database.transaction() as connection:
        assert await deliveries.prune(connection, second(0)) == 0
        assert await deliveries.prune(connection, second(1)) == 1
        assert await deliveries.last(connection, key, 9) == []


async def test_a_clock_that_is_set_back_makes_no_wait_longer(database: Database) -> None:
    """It is set back for 1,000 s after one failed, one asked to be left alone and one is sent."""
    key = await told(database, *[EventType.CALL_RINGING] * 3)
    one, two, three = await claim(database, key, at=1001)
    await settle(database, one, Answer(500), at=1001)
    await settle(database, two, Answer(429, retry_after_s=100), at=1001)
    assert await claim(database, key, at=1001 - 20) == []  # a little step is none
    assert await waits_until(database, key) == second(1)
    assert [again.id for again in await claim(database, key, holder="two")] == [one.id, two.id]
    assert [again.id for again in await claim(database, key, at=61, limit=1)] == [one.id]
    async with database.reading() as connection:
        found = await destinations.get(connection, key)
    assert found is not None
    assert (found.held_until, found.failing_since) == (None, second(1))
    assert await claim(database, key, holder="two", at=61)  # the third, whose sender died
    assert three.attempts == 0


async def test_what_was_put_off_before_the_clock_was_set_back_keeps_its_time(
    database: Database,
) -> None:
    key = await told(database, *[EventType.CALL_RINGING] * 2)
    first, second_ = await claim(database, key, at=1)
    late = Claimed(first.id, key, first.message_id, first.type, first.body, attempts=3)
    await settle(database, late, Answer(500), at=1)
    await settle(database, second_, Answer(500), at=1001)
    async with database.transaction() as connection:
        await deliveries.replay(connection, key, keys=[second_.id])
    await claim(database, key, at=1001)
    assert [one.id for one in await claim(database, key, at=70)] == []
    assert [one.id for one in await claim(database, key, at=130)] == [second_.id]
