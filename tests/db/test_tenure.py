"""Work that one instance does at a time: on PostgreSQL by a lease, on SQLite by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from callcenter.db import engine, leases
from callcenter.db import tenure as module
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.fenced import FencedDatabase
from callcenter.db.leases import LeaseLostError
from callcenter.db.schema import companies
from callcenter.db.tenure import Instance, Tenure

NAME = "pbx:main"
PATIENCE_S = 20

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Looks and renewals are fifty times as fast; and what is logged is in no terminal."""
    monkeypatch.setattr(module, "TTL_S", 1.0)
    monkeypatch.setattr(module, "EVERY_S", 0.02)
    with capture_logs():
        yield


@dataclass
class Worker:
    """Work that lasts until it is cancelled, or told to end."""

    begun: asyncio.Queue[Database] = field(default_factory=asyncio.Queue)
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    is_working: bool = False

    async def __call__(self, database: Database) -> None:
        self.begun.put_nowait(database)
        self.is_working = True
        try:
            await self.ending.wait()
        finally:
            self.is_working = False
        if self.error:
            raise self.error

    async def next(self) -> Database:
        async with asyncio.timeout(PATIENCE_S):
            return await self.begun.get()


class Flaky(Database):
    """Away for leases when told so."""

    is_away = False

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        if self.is_away:
            raise ConnectionRefusedError
        async with super().transaction(urgent=urgent) as connection:
            yield connection

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        if self.is_away:
            raise ConnectionRefusedError
        async with super().reading(urgent=urgent) as connection:
            yield connection


def instance(database: Database, name: str = "one") -> Instance:
    return Instance(name=name, database=database, leases=Flaky(database.engine))


@asynccontextmanager
async def running(tenure: Tenure) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(tenure.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ValueError):
            await task


async def steal(database: Database, ttl_s: float) -> None:
    """Take the lease as if its holder had been asleep."""
    async with database.transaction() as connection:
        seen = await leases.look(connection, NAME)
        ttl = timedelta(seconds=ttl_s)
        assert await leases.take(connection, NAME, seen, holder="thief", ttl=ttl)


async def add_company(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(companies).values(name="Ardoise"))


async def until(tenure: Tenure, *, waits: str | None) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while tenure.waits_because != waits:  # noqa: ASYNC110  (it has no event of its own)
            await asyncio.sleep(0.01)


async def test_alone_it_works_at_once(database: Database) -> None:
    worker = Worker()
    tenure = instance(database).tenure(NAME, worker)
    async with running(tenure) as task:
        await add_company(await worker.next())
        assert (worker.is_working, tenure.waits_because) == (True, None)
        worker.ending.set()
        await task


@on_postgresql
async def test_the_other_stands_by_until_it_is_let_go_of(database: Database) -> None:
    first, second = Worker(), Worker()
    successor = instance(database, "two").tenure(NAME, second)
    async with running(instance(database).tenure(NAME, first)):
        await first.next()
        async with running(successor):
            await until(successor, waits=None)
            await asyncio.sleep(module.TTL_S * 1.5)
            assert second.begun.empty()
    assert second.begun.empty()
    async with running(successor):
        await add_company(await second.next())


@on_postgresql
async def test_one_that_was_asleep_ends_its_work_and_stands_by_again(database: Database) -> None:
    worker = Worker()
    tenure = instance(database).tenure(NAME, worker)
    async with running(tenure):
        asleep = await worker.next()
        await steal(database, ttl_s=0.1)
        with pytest.raises(LeaseLostError):
            await add_company(asleep)
        awake = await worker.next()
        with pytest.raises(LeaseLostError):
            await add_company(asleep)
        await add_company(awake)


@on_postgresql
async def test_one_that_was_stopped_amid_a_statement_is_cut_off(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a session is not idle, so no time limit of PostgreSQL's ends it."""
    async with database.transaction() as connection:
        ttl = timedelta(0)
        lease = await leases.take(connection, NAME, None, holder="sleeper", ttl=ttl)
    assert lease is not None
    settings = engine.POSTGRESQL_SETTINGS | {"application_name": "callcenter sleeper"}
    monkeypatch.setattr(engine, "POSTGRESQL_SETTINGS", settings)
    async with Database.open(database_url) as sleepers:
        with pytest.raises(DBAPIError) as cut:
            async with FencedDatabase(sleepers.engine, lease).transaction() as connection:
                worker = Worker()
                async with running(instance(database).tenure(NAME, worker)):
                    asleep = asyncio.create_task(connection.execute(text("SELECT pg_sleep(60)")))
                    await worker.next()
                    await asleep
    assert is_away(cut.value)


@on_postgresql
async def test_one_that_writes_nothing_learns_of_its_loss_too(database: Database) -> None:
    worker = Worker()
    tenure = instance(database).tenure(NAME, worker)
    async with running(tenure):
        await worker.next()
        await steal(database, ttl_s=60)
        async with asyncio.timeout(PATIENCE_S):
            while worker.is_working:  # noqa: ASYNC110  (it has no event of its own)
                await asyncio.sleep(0.01)
        await until(tenure, waits=None)


@on_postgresql
async def test_a_database_that_is_away_is_waited_for_by_both(database: Database) -> None:
    holder, successor = instance(database), instance(database, "two")
    first, second = Worker(), Worker()
    held, stood_by = holder.tenure(NAME, first), successor.tenure(NAME, second)
    async with running(held):
        await first.next()
        async with running(stood_by):
            for each in (holder.leases, successor.leases):
                each.is_away = True  # type: ignore[attr-defined]
            await until(stood_by, waits="the database gives no lease: ConnectionRefusedError")
            await asyncio.sleep(module.TTL_S * 1.5)
            assert first.is_working
            for each in (holder.leases, successor.leases):
                each.is_away = False  # type: ignore[attr-defined]
            await until(stood_by, waits=None)
            await asyncio.sleep(module.TTL_S)
            assert first.is_working
            assert second.begun.empty()


@on_postgresql
async def test_a_lease_that_it_was_given_unheard_is_its_own(database: Database) -> None:
    async with database.transaction() as connection:
        ttl = timedelta(hours=1)
        assert await leases.take(connection, NAME, None, holder="one", ttl=ttl)
    worker = Worker()
    async with running(instance(database, "one").tenure(NAME, worker)):
        await add_company(await worker.next())


@on_postgresql
async def test_an_error_of_the_work_is_raised_and_the_lease_is_let_go_of(
    database: Database,
) -> None:
    worker = Worker(error=ValueError("of the work"))
    worker.ending.set()
    async with running(instance(database).tenure(NAME, worker)) as task:
        with pytest.raises(ValueError, match="of the work"):
            await task
    async with database.reading() as connection:
        seen = await leases.look(connection, NAME)
    assert seen is not None
    assert seen.is_released
