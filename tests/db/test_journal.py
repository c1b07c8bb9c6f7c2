"""The journal's order, on both databases, whoever writes and whatever breaks."""

import asyncio

from sqlalchemy import text

from callcenter.db import journal
from callcenter.db.engine import Database
from callcenter.db.journal import NewEntry
from tests.calls.database import entries
from tests.calls.facts import second
from webhooks import EventType


def entry(number: int, at: float = 0, kind: EventType = EventType.CALL_UPDATED) -> NewEntry:
    return NewEntry(second(at), kind, "support", f"call {number}", '{"a": "é"}')


async def test_entries_get_their_numbers_in_order(database: Database) -> None:
    async with database.transaction() as connection:
        assert await journal.last_seq(connection) == 0
        assert await journal.append(connection, []) == []
        given = await journal.append(connection, [entry(number) for number in range(1_200)])
        assert await journal.last_seq(connection) == given[-1]
    assert given == sorted(set(given))
    found = await entries(database)
    assert [one.seq for one in found] == given
    assert [one.call_id for one in found] == [f"call {number}" for number in range(1_200)]
    assert (found[0].at, found[0].line, found[0].data) == (second(0), "support", '{"a": "é"}')


async def test_a_writer_waits_for_the_one_whose_numbers_are_lower(postgresql_url: str) -> None:
    """The race: a transaction takes the lower number and commits after the higher."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

    async def write(database: Database, number: int) -> None:
        async with database.transaction() as connection:
            await journal.append(connection, [entry(number)])

    async with Database.open(postgresql_url) as database, asyncio.timeout(30):
        async with database.transaction() as connection:
            await journal.append(connection, [entry(1)])
            second_writer = asyncio.create_task(write(database, 2))
            is_waiting = 0
            while not is_waiting and not second_writer.done():
                async with database.reading() as reader:
                    is_waiting = await reader.scalar(waiting)
            assert await entries(database) == []
        await second_writer
        assert [one.call_id for one in await entries(database)] == ["call 1", "call 2"]


async def test_a_reader_who_follows_many_writers_misses_nothing(database: Database) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def write(writer: int) -> None:
        for number in range(10):
            async with database.transaction() as connection:
                await journal.append(connection, [entry(writer), entry(number)])
                await asyncio.sleep(0.001 * (writer % 3))

    async def read() -> None:
        while True:
            is_last = done.is_set()
            async with database.reading() as connection:
                seen.extend(
                    one.seq for one in await journal.after(connection, seen[-1] if seen else 0, 7)
                )
                if is_last and seen[-1:] == [await journal.last_seq(connection)]:
                    return
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        async with asyncio.TaskGroup() as writers:
            for writer in range(6):
                writers.create_task(write(writer))
        done.set()
    assert seen == [one.seq for one in await entries(database)]
    assert len(seen) == 120


async def test_a_number_is_not_given_again_after_the_newest_is_removed(database: Database) -> None:
    async with database.transaction() as connection:
        (first,) = await journal.append(connection, [entry(1)])
        assert await journal.prune(connection, second(1)) == 1
        (then,) = await journal.append(connection, [entry(2)])
    assert then > first


async def test_only_what_is_older_is_removed(database: Database) -> None:
    async with database.transaction() as connection:
        await journal.append(connection, [entry(at, at=at) for at in range(5)])
        assert await journal.prune(connection, second(3)) == 3
    assert [one.call_id for one in await entries(database)] == ["call 3", "call 4"]


async def test_what_is_there_already_is_told_from_what_is_not(database: Database) -> None:
    async with database.transaction() as connection:
        old, *_ = await journal.append(connection, [entry(1), entry(2)])
        again = [entry(1), entry(2), entry(3), entry(2, at=1), entry(2, 0, EventType.CALL_ENDED)]
        assert await journal.unwritten(connection, again, behind=0) == again[2:]
        assert await journal.unwritten(connection, again, behind=old) == [again[0], *again[2:]]
        assert await journal.unwritten(connection, [], behind=0) == []
