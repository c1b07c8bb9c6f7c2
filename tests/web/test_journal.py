"""The journal's numbers, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from callcenter.db import journal
from callcenter.db.engine import Database
from callcenter.db.journal import Entry, NewEntry
from webhooks import EventType

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def entry(data: str = "{}", *, line: str | None = "support", at: datetime = NOW) -> NewEntry:
    return NewEntry(at=at, type=EventType.CALL_RINGING, line=line, call_id="a call", data=data)


async def write(database: Database, *entries: NewEntry) -> list[int]:
    async with database.transaction() as connection:
        return await journal.append(connection, entries)


async def test_entries_come_back_as_written_and_in_order(database: Database) -> None:
    async with database.reading() as connection:
        assert await journal.last_seq(connection) == 0
    written = [entry(f'{{"n":{n}}}', line=None if n % 2 else "support") for n in range(3)]
    seqs = await write(database, *written)
    async with database.reading() as connection:
        found = await journal.after(connection, 0, 100)
        assert await journal.last_seq(connection) == seqs[-1]
    assert found == [
        Entry(seq, new.at, new.type, new.line, new.call_id, new.data)
        for seq, new in zip(seqs, written, strict=True)
    ]


async def test_numbers_belong_to_the_entries_in_the_order_given(database: Database) -> None:
    seqs = await write(database, *(entry(str(n)) for n in range(2500)))
    assert seqs == sorted(seqs)
    async with database.reading() as connection:
        found = await journal.after(connection, seqs[0] - 1, 5000)
    assert [(each.seq, each.data) for each in found] == [
        (seq, str(n)) for n, seq in enumerate(seqs)
    ]


async def test_reading_is_bounded(database: Database) -> None:
    seqs = await write(database, *(entry() for _ in range(5)))
    async with database.reading() as connection:
        found = await journal.after(connection, seqs[0], 2)
    assert [each.seq for each in found] == seqs[1:3]


async def test_nothing_to_write_writes_nothing(database: Database) -> None:
    assert await write(database) == []


async def test_pruning_keeps_what_is_young_and_gives_no_number_twice(database: Database) -> None:
    old, young = entry(at=NOW - timedelta(days=1)), entry()
    first, second = await write(database, old, young)
    async with database.transaction() as connection:
        assert await journal.prune(connection, NOW) == 1
        assert [each.seq for each in await journal.after(connection, 0, 9)] == [second]
        assert await journal.prune(connection, NOW + timedelta(days=1)) == 1
    assert (await write(database, entry()))[0] > second > first


async def test_a_reader_never_sees_a_later_number_before_an_earlier_one(
    postgresql_url: str,
) -> None:
    """Race: the writer with the lower number commits last."""
    async with Database.open(postgresql_url) as database:
        slow_has_number, slow_may_commit = asyncio.Event(), asyncio.Event()

        async def slow() -> int:
            async with database.transaction() as connection:
                (seq,) = await journal.append(connection, [entry("slow")])
                slow_has_number.set()
                await slow_may_commit.wait()
            return seq

        async def fast() -> int:
            await slow_has_number.wait()
            (seq,) = await write(database, entry("fast"))
            return seq

        async with asyncio.TaskGroup() as tasks:
            first, second = tasks.create_task(slow()), tasks.create_task(fast())
            await slow_has_number.wait()
            await _somebody_waits_for_a_lock(database)
            async with database.reading() as connection:
                assert await journal.after(connection, 0, 9) == []
            slow_may_commit.set()
        assert first.result() < second.result()


async def _somebody_waits_for_a_lock(database: Database) -> None:
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    while True:
        async with database.reading() as connection:
            if (await connection.execute(query)).scalar():
                return
        await asyncio.sleep(0.01)
