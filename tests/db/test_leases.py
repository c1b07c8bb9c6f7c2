"""Leases on PostgreSQL: one holder at a time, and no write by who holds no more."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from callcenter.db import engine, leases
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.fenced import FencedDatabase
from callcenter.db.leases import RELEASED_AT, Lease, LeaseLostError
from callcenter.db.schema import companies

NAME = "pbx:main"
TTL = timedelta(seconds=5)
OVER = timedelta(seconds=-1)
PATIENCE_S = 20

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def take(database: Database, holder: str = "one", ttl: timedelta = TTL) -> Lease | None:
    async with database.transaction() as connection:
        seen = await leases.look(connection, NAME)
        return await leases.take(connection, NAME, seen, holder=holder, ttl=ttl)


async def taken(database: Database, holder: str = "one", ttl: timedelta = TTL) -> Lease:
    lease = await take(database, holder, ttl)
    assert lease is not None
    return lease


async def add_company(database: Database, name: str = "Ardoise") -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(companies).values(name=name))


async def company_names(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(companies.c.name))).scalars())


async def test_it_runs_out_by_the_clock_of_the_database(database: Database) -> None:
    lease = await taken(database)
    async with database.transaction() as connection:
        seen = await leases.look(connection, NAME)
        assert seen is not None
        assert (seen.holder, seen.token, seen.is_over, seen.is_released) == ("one", 1, False, False)
        await leases.renew(connection, lease, ttl=OVER)
        seen = await leases.look(connection, NAME)
        assert seen is not None
        assert (seen.is_over, seen.is_released) == (True, False)
        await leases.renew(connection, lease, ttl=TTL)  # late, and not replaced
        seen = await leases.look(connection, NAME)
        assert seen is not None
        assert not seen.is_over


async def test_who_lets_go_is_followed_at_once(database: Database) -> None:
    lease = await taken(database)
    async with database.transaction() as connection:
        await leases.release(connection, lease)
        seen = await leases.look(connection, NAME)
    assert seen is not None
    assert (seen.expires_at, seen.is_over, seen.is_released) == (RELEASED_AT, True, True)


async def test_a_first_taking_by_several_has_one_winner(database: Database) -> None:
    async def take_first(holder: str) -> Lease | None:
        async with database.transaction() as connection:
            return await leases.take(connection, NAME, None, holder=holder, ttl=TTL)

    found = await asyncio.gather(*(take_first(str(one)) for one in range(5)))
    assert [lease for lease in found if lease] == [Lease(NAME, 1)]


async def test_a_taking_by_several_has_one_winner_and_a_greater_token(database: Database) -> None:
    await taken(database, ttl=OVER)
    found = await asyncio.gather(*(take(database, str(one)) for one in range(5)))
    winners = [lease for lease in found if lease]
    # Each of them took it from the one before, in whatever order.
    assert sorted(winner.token for winner in winners) == list(range(2, 2 + len(winners)))


async def test_who_renews_between_look_and_taking_keeps_it(database: Database) -> None:
    lease = await taken(database, ttl=OVER)
    async with database.transaction() as connection:
        seen = await leases.look(connection, NAME)
    async with database.transaction() as connection:
        await leases.renew(connection, lease, ttl=TTL)
    async with database.transaction() as connection:
        assert await leases.take(connection, NAME, seen, holder="two", ttl=TTL) is None


async def test_who_was_replaced_writes_nothing(database: Database) -> None:
    old = FencedDatabase(database.engine, await taken(database, "old"))
    await add_company(old, "before")
    new = FencedDatabase(database.engine, await taken(database, "new"))
    with pytest.raises(LeaseLostError) as lost:
        await add_company(old, "after")
    assert not is_away(lost.value)
    assert (old.lost.is_set(), new.lost.is_set()) == (True, False)
    for forbidden in (leases.release, partial(leases.renew, ttl=TTL)):
        with pytest.raises(LeaseLostError):
            async with database.transaction() as connection:
                await forbidden(connection, old.lease)
    await add_company(new, "new")
    assert await company_names(database) == ["before", "new"]


async def test_taking_waits_for_what_is_being_written_and_renewing_does_not(
    database: Database,
) -> None:
    fenced = FencedDatabase(database.engine, await taken(database))
    async with asyncio.timeout(PATIENCE_S), fenced.transaction() as writing:
        async with database.transaction() as connection:
            await leases.renew(connection, fenced.lease, ttl=OVER)
        await writing.execute(insert(companies).values(name="in time"))
        taking = asyncio.create_task(take(database, "two"))
        await _until_somebody_waits(database)
        await writing.execute(insert(companies).values(name="still in time"))
    assert await taking == Lease(NAME, 2)
    assert sorted(await company_names(database)) == ["in time", "still in time"]


async def test_writing_that_begins_while_it_is_taken_finds_it_lost(database: Database) -> None:
    fenced = FencedDatabase(database.engine, await taken(database, ttl=OVER))
    async with asyncio.timeout(PATIENCE_S), database.transaction() as connection:
        seen = await leases.look(connection, NAME)
        assert await leases.take(connection, NAME, seen, holder="two", ttl=TTL)
        writing = asyncio.create_task(add_company(fenced))
        await _until_somebody_waits(database)
    with pytest.raises(LeaseLostError):
        await writing
    assert await company_names(database) == []


async def _until_somebody_waits(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        async with database.reading() as connection:
            if await connection.scalar(waiting):
                return


async def test_a_sleeper_amid_a_transaction_holds_nobody_up_and_is_told_that_it_is_away(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = engine.POSTGRESQL_SETTINGS | {"idle_in_transaction_session_timeout": "50ms"}
    monkeypatch.setattr(engine, "POSTGRESQL_SETTINGS", settings)
    async with Database.open(database_url) as database:
        fenced = FencedDatabase(database.engine, await taken(database))
        with pytest.raises(DBAPIError) as cut:
            async with asyncio.timeout(PATIENCE_S), fenced.transaction() as connection:
                await connection.execute(insert(companies).values(name="asleep"))
                await taken(database, "two")  # waits until the sleeper's session is ended
                await connection.execute(insert(companies).values(name="awake"))
        assert is_away(cut.value)
        with pytest.raises(LeaseLostError):
            await add_company(fenced)
        assert await company_names(database) == []


async def test_every_session_ends_with_its_sleeper(database: Database) -> None:
    async with database.reading() as connection:
        shown = await connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    assert shown == f"{engine.IDLE_IN_TRANSACTION_MAX_S}s"
