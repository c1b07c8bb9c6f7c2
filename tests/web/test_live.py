"""The hub: what the journal gains reaches every listener, once and in order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from callcenter.db import journal
from callcenter.db.engine import Database
from callcenter.db.journal import Entry, NewEntry
from callcenter.web.live import READ_LIMIT, Hub, LiveEntry
from webhooks import EventType

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def write(database: Database, count: int = 1, **different: object) -> list[int]:
    new = {"at": NOW, "type": EventType.CALL_UPDATED, "line": "support", "call_id": None}
    entry = NewEntry(**({**new, "data": "{}"} | different))  # type: ignore[arg-type]  # by name
    async with database.transaction() as connection:
        return await journal.append(connection, [entry] * count)


async def take(batches: AsyncIterator[list[LiveEntry]], count: int) -> list[int]:
    """The numbers of the next entries: at least so many."""
    seqs: list[int] = []
    async with asyncio.timeout(20):
        while len(seqs) < count:
            seqs += [live.seq for live in await anext(batches)]
    return seqs


async def test_every_listener_has_every_entry_in_order(database: Database) -> None:
    async with Hub(database) as hub, hub.subscribe() as one, hub.subscribe() as other:
        written = await write(database) + await write(database, 3)
        hub.notify()
        assert await take(one, 4) == written
        assert await take(other, 4) == written


async def test_entries_of_another_process_arrive_without_a_word(database: Database) -> None:
    async with Hub(database, poll_s=0.05) as hub, hub.subscribe() as batches:
        assert await write(database) == await take(batches, 1)


async def test_who_resumes_misses_nothing_and_has_nothing_twice(database: Database) -> None:
    before = await write(database, 5)
    async with Hub(database, poll_s=0.05) as hub:
        during = await write(database, 5)
        async with hub.subscribe(before[2]) as batches:
            after = await write(database, 5)
            hub.notify()
            assert await take(batches, 12) == (before + during + after)[3:]


async def test_without_a_number_only_what_follows_is_given(database: Database) -> None:
    await write(database, 5)
    async with Hub(database) as hub, hub.subscribe() as batches:
        fresh = await write(database)
        hub.notify()
        assert await take(batches, 1) == fresh


async def entries(database: Database, seqs: list[int]) -> list[Entry]:
    async with database.reading() as connection:
        return await journal.after(connection, seqs[0] - 1, len(seqs))


async def test_what_is_published_need_not_be_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Hub(database, poll_s=60) as hub, hub.subscribe() as batches:
        written = await write(database, 3)
        found = await entries(database, written)

        async def never(_cursor: int) -> list[Entry]:
            raise AssertionError("it was read")

        monkeypatch.setattr(hub, "_read", never)
        hub.publish(found)
        assert await take(batches, 3) == written


async def test_what_is_published_over_a_gap_is_read_with_the_gap(database: Database) -> None:
    async with Hub(database, poll_s=60) as hub, hub.subscribe() as batches:
        written = await write(database, 3)
        hub.publish(await entries(database, written[2:]))
        assert await take(batches, 3) == written


async def test_what_is_published_while_it_is_read_is_given_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Hub(database, poll_s=60) as hub, hub.subscribe() as batches:
        written = await write(database, 4)
        found, read = await entries(database, written), hub._read

        async def meanwhile(cursor: int) -> list[Entry]:
            result = await read(cursor)
            hub.publish(found[:2])
            return result

        monkeypatch.setattr(hub, "_read", meanwhile)
        hub.notify()
        assert await take(batches, 4) == written
        after = await write(database)
        hub.notify()
        assert await take(batches, 1) == after


async def test_a_changed_ring_group_is_read_before_it_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Hub(database, poll_s=60) as hub, hub.subscribe() as batches:
        reloaded: list[bool] = []
        reload = hub.reload_ring_groups

        async def noted() -> None:
            await reload()
            reloaded.append(True)

        monkeypatch.setattr(hub, "reload_ring_groups", noted)
        written = await write(database, type=EventType.RING_GROUP_CHANGED)
        hub.publish(await entries(database, written))
        assert await take(batches, 1) == written
        assert reloaded


async def test_a_page_may_know_more_than_the_hub_has_read(database: Database) -> None:
    """Race: a page was rendered after a commit that the hub is yet to read."""
    async with Hub(database, poll_s=60) as hub:
        known = await write(database, 3)
        async with hub.subscribe(known[-1]) as batches:
            fresh = await write(database)
            hub.notify()
            assert await take(batches, 1) == fresh


async def test_a_number_from_a_database_that_was_put_back_counts_as_the_newest(
    database: Database,
) -> None:
    async with Hub(database) as hub, hub.subscribe(10**9) as batches:
        fresh = await write(database)
        hub.notify()
        assert await take(batches, 1) == fresh


async def test_a_slow_listener_loses_nothing_of_what_memory_no_longer_holds(
    database: Database,
) -> None:
    async with Hub(database, kept=10) as hub, hub.subscribe() as slow:
        written: list[int] = []
        for _ in range(6):
            written += await write(database, 15)
            hub.notify()
        async with hub.subscribe(written[-2]) as quick:
            await take(quick, 1)
        assert len(hub._recent) <= 12
        assert await take(slow, 90) == written


async def test_more_than_one_read_arrives_whole(database: Database) -> None:
    async with Hub(database) as hub, hub.subscribe() as batches:
        written = await write(database, 2 * READ_LIMIT + 1)
        hub.notify()
        assert await take(batches, len(written)) == written


async def test_an_entry_is_rendered_once_for_all(sqlite_database: Database) -> None:
    rendered: list[int] = []

    def render(live: LiveEntry) -> bytes:
        rendered.append(live.seq)
        return b""

    async with Hub(sqlite_database) as hub, hub.subscribe() as one, hub.subscribe() as other:
        written = await write(sqlite_database, 3)
        hub.notify()
        for batches in (one, other):
            for live in await anext(batches):
                live.rendered(render)
    assert rendered == written


async def test_silence_is_given_as_an_empty_batch(sqlite_database: Database) -> None:
    async with Hub(sqlite_database) as hub, hub.subscribe(idle_s=0.01) as batches:
        assert await anext(batches) == []
        fresh = await write(sqlite_database)
        hub.notify()
        assert await take(batches, 1) == fresh


async def test_release_ends_every_subscription(sqlite_database: Database) -> None:
    async with Hub(sqlite_database) as hub:
        async with hub.subscribe() as batches:
            waiting = asyncio.create_task(anext(batches, None))
            await asyncio.sleep(0)
            hub.release()
            assert await waiting is None
        async with hub.subscribe() as batches:
            assert await anext(batches, None) is None


@pytest.mark.parametrize(
    "failure", [OperationalError("SELECT", {}, Exception("gone")), ValueError("of our own making")]
)
async def test_a_read_that_fails_for_a_moment_costs_nothing(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    read = journal.after
    failures = iter([failure, failure])

    async def flaky(*args: object) -> object:
        if failed := next(failures, None):
            raise failed
        return await read(*args)  # type: ignore[arg-type]  # as given

    monkeypatch.setattr("callcenter.web.live.FAULT_PAUSE_S", 0.02)
    async with Hub(sqlite_database, poll_s=0.02) as hub, hub.subscribe() as batches:
        monkeypatch.setattr("callcenter.db.journal.after", flaky)
        fresh = await write(sqlite_database)
        hub.notify()
        assert await take(batches, 1) == fresh


async def test_two_instances_give_the_same_order(postgresql_url: str) -> None:
    async with (
        Database.open(postgresql_url) as here,
        Database.open(postgresql_url) as there,
        Hub(here, poll_s=0.05) as hub,
        hub.subscribe() as batches,
    ):
        written = await asyncio.gather(
            *(write(database, 3) for database in (here, there) for _ in range(10))
        )
        assert await take(batches, 60) == sorted(seq for seqs in written for seq in seqs)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=1, max_size=8),
    cuts=st.sets(st.integers(0, 60)),
    kept=st.integers(1, 20),
)
def test_however_often_the_connection_is_cut_the_sum_is_the_journal(
    sqlite_url: str, sizes: list[int], cuts: set[int], kept: int
) -> None:
    asyncio.run(_read_with_cuts(sqlite_url, sizes, cuts, kept))


async def _read_with_cuts(url: str, sizes: list[int], cuts: set[int], kept: int) -> None:
    """A listener that takes an entry at a time and comes back after each cut, where it was."""
    async with Database.open(url) as database, Hub(database, kept=kept) as hub:
        start = position = hub.last_seq
        written: list[int] = []
        seen: list[int] = []
        for size in sizes:
            written += await write(database, size)
            hub.notify()
        while len(seen) < len(written):
            async with hub.subscribe(position) as batches:
                async for batch in batches:
                    for live in batch:
                        seen.append(live.seq)
                        position = live.seq
                        if len(seen) in cuts:
                            break
                    if len(seen) in cuts or len(seen) >= len(written):
                        cuts = cuts - {len(seen)}
                        break
        assert seen == written
        assert all(seq > start for seq in seen)
