"""The times in which a PBX was out of sight, on both databases."""

from datetime import UTC, datetime, timedelta

from callcenter.db import sights
from callcenter.db.engine import Database
from callcenter.db.sights import Interval

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def minute(after: float) -> datetime:
    return NOON + timedelta(minutes=after)


async def every(database: Database, since: float = -1000, until: float = 1000) -> list[Interval]:
    async with database.reading() as connection:
        return await sights.between(connection, minute(since), minute(until))


async def test_what_is_told_twice_is_one_time(database: Database) -> None:
    async with database.transaction() as connection:
        for _ in range(2):
            await sights.lost(connection, "main", minute(0), "cut")
            await sights.found(connection, "main", minute(5))
    assert await every(database) == [Interval("main", minute(0), minute(5), None, "cut")]


async def test_only_what_has_ended_is_closed_and_only_of_that_pbx(database: Database) -> None:
    async with database.transaction() as connection:
        await sights.lost(connection, "main", minute(0), "cut")
        await sights.found(connection, "main", minute(5))
        await sights.lost(connection, "main", minute(10), "cut")
        await sights.lost(connection, "annex", minute(1), "cut")
        await sights.found(connection, "annex", minute(2))
        await sights.close(connection, "main", minute(11))
        now = await sights.now_unseen(connection, ["main", "annex"])
    assert [(one.pbx, one.closed_at) for one in await every(database)] == [
        ("main", minute(11)),
        ("annex", None),
        ("main", None),
    ]
    assert now == [Interval("main", minute(10), None, None, "cut")]


async def test_those_that_reach_into_a_span_are_found(database: Database) -> None:
    async with database.transaction() as connection:
        for began, ended in ((0, 5), (10, 15)):
            await sights.lost(connection, "main", minute(began), "cut")
            await sights.found(connection, "main", minute(ended))
        await sights.lost(connection, "main", minute(20), "cut")
    assert [one.began_at for one in await every(database, 5, 10)] == []
    assert [one.began_at for one in await every(database, 4, 11)] == [minute(0), minute(10)]
    assert [one.began_at for one in await every(database, 30, 40)] == [minute(20)]


async def test_a_service_that_starts_again_and_again_misses_no_time(database: Database) -> None:
    async with database.transaction() as connection:
        await sights.unwatched(connection, "main", minute(0))
        await sights.found(connection, "main", minute(1))
        await sights.unwatched(connection, "main", minute(9))
        await sights.unwatched(connection, "main", minute(10))
        await sights.found(connection, "main", minute(11))
        await sights.seen(connection, "main", minute(15))
        await sights.unwatched(connection, "main", minute(14))  # its clock was put back
    assert [(one.began_at, one.ended_at) for one in await every(database)] == [
        (minute(0), minute(1)),
        (minute(1), minute(11)),
        (minute(14), None),
    ]


async def test_a_clock_that_was_put_back_meanwhile_turns_no_time_around(database: Database) -> None:
    async with database.transaction() as connection:
        await sights.lost(connection, "main", minute(0), "cut")
        await sights.found(connection, "main", minute(-59))
    assert await every(database, -30, -20) == [
        Interval("main", minute(-59), minute(0), None, "cut")
    ]
