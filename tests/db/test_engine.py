"""What an open database promises: durability, no quoted values, and readers that hold up nobody."""

import asyncio
import contextlib
import sqlite3
import traceback
from collections.abc import Iterator
from typing import Any, cast

import asyncpg
import pytest
from sqlalchemy import insert, make_url, select, text, update
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from callcenter.db import engine as module
from callcenter.db.engine import Database, sqlite_journal_mode, wal_is_safe
from callcenter.db.faults import is_away
from callcenter.db.schema import companies
from callcenter.db.sqlite import Connection, connect

NUMBER = "0639981122"

MANY_ROUNDS = """
WITH RECURSIVE rounds(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rounds WHERE n < 2000000)
SELECT count(*) FROM rounds
"""
"""A statement that takes SQLite most of a second."""


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 6, 23), True),
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_used_where_it_loses_nothing(version: tuple[int, int, int], is_safe: bool) -> None:
    assert wal_is_safe(version) == is_safe
    assert sqlite_journal_mode(version) == ("WAL" if is_safe else "TRUNCATE")


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
async def test_sqlite_is_opened_durably(
    sqlite_url: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "sqlite_journal_mode", lambda: mode)
    async with Database.open(sqlite_url) as database:
        async with database.transaction() as connection:
            await connection.execute(insert(companies).values(name="Ardoise"))
        assert await database.describe() == {
            "engine": "sqlite",
            "version": sqlite3.sqlite_version,
            "journal_mode": mode.lower(),
            "synchronous": "2",  # FULL
            "foreign_keys": "1",
        }


async def test_a_database_in_wal_mode_goes_back_to_the_journal(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_url(sqlite_url).database
    assert path is not None
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
    monkeypatch.setattr(module, "sqlite_journal_mode", lambda: "TRUNCATE")
    async with Database.open(sqlite_url) as database:
        assert (await database.describe())["journal_mode"] == "truncate"


async def test_a_commit_on_postgresql_is_on_disk_whatever_its_default(postgresql_url: str) -> None:
    name = make_url(postgresql_url).database
    async with Database.open(postgresql_url) as database, database.transaction() as connection:
        await connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    try:
        async with Database.open(postgresql_url) as database:
            found = await database.describe()
            assert (found["engine"], found["synchronous_commit"]) == ("postgresql", "on")
            assert (found["fsync"], found["full_page_writes"]) == ("on", "on")
    finally:
        async with Database.open(postgresql_url) as database, database.transaction() as connection:
            await connection.execute(text(f"ALTER DATABASE {name} RESET synchronous_commit"))


async def test_a_write_on_postgresql_sees_what_was_committed_whatever_its_default(
    postgresql_url: str,
) -> None:
    """Leases, claims and numbers are taken by locking what another has just written."""
    name = make_url(postgresql_url).database
    serializable = f"ALTER DATABASE {name} SET default_transaction_isolation = serializable"
    reset = f"ALTER DATABASE {name} RESET default_transaction_isolation"
    async with Database.open(postgresql_url) as database, database.transaction() as connection:
        await connection.execute(text(serializable))
    try:
        async with Database.open(postgresql_url) as database, database.transaction() as connection:
            assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"
    finally:
        async with Database.open(postgresql_url) as database, database.transaction() as connection:
            await connection.execute(text(reset))


async def test_a_connection_made_after_an_outage_is_as_durable(database: Database) -> None:
    before = await database.describe()
    async with database.reading() as connection:
        await connection.invalidate()
    assert await database.describe() == before
    durable = {"synchronous": "2"} if database.is_sqlite else {"synchronous_commit": "on"}
    assert durable.items() <= before.items()


async def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as connection:
            await connection.execute(insert(companies).values(name="Ardoise"))
            raise ZeroDivisionError
    async with database.reading() as connection:
        assert (await connection.execute(select(companies))).all() == []


async def test_one_view_of_the_data_while_it_is_read(database_url: str) -> None:
    async with Database.open(database_url) as database, Database.open(database_url) as other:
        async with database.reading() as connection:
            assert (await connection.execute(select(companies))).all() == []
            writing = asyncio.create_task(_write(other))
            if not database.is_sqlite:
                await writing
            assert (await connection.execute(select(companies))).all() == []
        await writing
        async with database.reading() as connection:
            assert len((await connection.execute(select(companies))).all()) == 1


async def _write(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(companies).values(name="Ardoise"))


async def test_reading_waits_for_nobody_who_is_about_to_write(database_url: str) -> None:
    async with (
        Database.open(database_url) as database,
        Database.open(database_url) as other,
        other.transaction() as writer,
    ):
        await writer.execute(text("SELECT 1"))  # on SQLite the transaction begins here
        async with asyncio.timeout(5), database.reading() as connection:
            assert (await connection.execute(select(companies))).all() == []


async def test_writers_take_turns_and_lose_no_update(database: Database) -> None:
    async with database.transaction() as connection:
        row = {"name": "Ardoise", "account_owner": "0"}
        await connection.execute(insert(companies).values(row))

    async def increment() -> None:
        async with database.transaction() as connection:
            query = select(companies.c.account_owner).with_for_update()
            found = int(await connection.scalar(query) or 0)
            await connection.execute(update(companies).values(account_owner=str(found + 1)))

    await asyncio.gather(*(increment() for _ in range(20)))
    async with database.reading() as connection:
        assert await connection.scalar(select(companies.c.account_owner)) == "20"


def refusals() -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements that are refused for what they say, on both databases."""
    company = "INSERT INTO companies (id, name) VALUES (:id, :name)"
    yield company, {"id": 1, "name": NUMBER}  # there already
    yield "INSERT INTO contacts (company_id, name) VALUES (:id, :name)", {"id": 99, "name": NUMBER}
    yield "INSERT INTO nowhere VALUES (:name)", {"name": NUMBER}
    agent = "INSERT INTO agents (login, name, role, password_hash, created_at) VALUES "
    yield agent + f"('{'x' * 8}', :name, 'boss', 'none', CURRENT_TIMESTAMP)", {"name": NUMBER}


@pytest.mark.parametrize(("statement", "values"), list(refusals()))
async def test_a_refusal_is_no_outage_and_quotes_nothing(
    database: Database, statement: str, values: dict[str, Any]
) -> None:
    async with database.transaction() as connection:
        row = {"id": 1, "name": NUMBER}
        await connection.execute(insert(companies).values(row))
    with pytest.raises(DBAPIError) as refused:
        async with database.transaction() as connection:
            await connection.execute(text(statement), values)
    assert not is_away(refused.value)
    assert NUMBER not in _whole_text(refused.value)


@pytest.mark.parametrize(
    "value", [f"{NUMBER}\0", f"{NUMBER}\udcff", int(NUMBER)], ids=["NUL", "surrogate", "type"]
)
async def test_a_value_that_postgresql_cannot_take_is_no_outage_and_not_quoted(
    postgresql_url: str, value: object
) -> None:
    async with Database.open(postgresql_url) as database:
        with pytest.raises(DBAPIError) as refused:
            async with database.transaction() as connection:
                query = "INSERT INTO companies (name) VALUES (:name)"
                await connection.execute(text(query), {"name": value})
    assert not is_away(refused.value)
    assert NUMBER.lstrip("0") not in _whole_text(refused.value)


def _whole_text(error: BaseException) -> str:
    """What is logged of it."""
    return "".join(traceback.format_exception(error))


async def test_a_connection_that_postgresql_cuts_is_an_outage(postgresql_url: str) -> None:
    own = text("SELECT pg_backend_pid()")
    cut = text("SELECT pg_terminate_backend(:pid)")
    async with Database.open(postgresql_url) as database, Database.open(postgresql_url) as other:
        with pytest.raises(DBAPIError) as between:
            async with database.transaction() as connection:
                pid = await connection.scalar(own)
                async with other.transaction() as killer:
                    await killer.execute(cut, {"pid": pid})
                await connection.execute(insert(companies).values(name="Ardoise"))
        assert is_away(between.value)
        with pytest.raises(DBAPIError) as during:
            async with database.transaction() as connection:
                pid = await connection.scalar(own)
                cutting = asyncio.create_task(_cut_while_asleep(other, pid))
                await connection.execute(text("SELECT pg_sleep(60)"))
        await cutting
        assert is_away(during.value)
        async with database.transaction() as connection:
            await connection.execute(insert(companies).values(name="Ardoise"))


async def _cut_while_asleep(other: Database, pid: int) -> None:
    asleep = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND query ~ 'pg_sleep'")
    cut = text("SELECT pg_terminate_backend(:pid)")
    while True:
        async with other.transaction() as connection:
            if await connection.scalar(asleep, {"pid": pid}):
                await connection.execute(cut, {"pid": pid})
                return


async def test_a_server_that_is_not_there_is_an_outage(tmp_path: Any) -> None:
    url = f"postgresql+asyncpg://postgres@/nowhere?host={tmp_path}"
    async with Database.open(url) as database:
        with pytest.raises(OSError) as refused:
            async with database.transaction():
                pass
    assert is_away(refused.value)


async def test_a_database_that_is_not_there_yet_is_an_outage(postgres: Any) -> None:
    async with Database.open(postgres.url("not_made_yet")) as database:
        with pytest.raises(DBAPIError) as refused:
            async with database.transaction():
                pass
    assert is_away(refused.value)


async def test_a_deadlock_is_an_outage_to_be_tried_again(postgresql_url: str) -> None:
    lock = text("SELECT pg_advisory_xact_lock(:key)")
    async with Database.open(postgresql_url) as database:

        async def take(first: int, then: int, mine: asyncio.Event, his: asyncio.Event) -> None:
            async with database.transaction() as connection:
                await connection.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
                await connection.execute(lock, {"key": first})
                mine.set()
                await his.wait()
                await connection.execute(lock, {"key": then})

        one, two = asyncio.Event(), asyncio.Event()
        found = await asyncio.gather(
            take(1, 2, one, two), take(2, 1, two, one), return_exceptions=True
        )
    (victim,) = (error for error in found if error is not None)
    assert is_away(victim)


async def test_a_sqlite_file_that_another_process_holds_is_an_outage(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 10)
    path = make_url(sqlite_url).database
    assert path is not None
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with Database.open(sqlite_url) as database:
            with pytest.raises(OperationalError) as refused:
                async with database.transaction():
                    pass
    assert is_away(refused.value)


async def test_an_end_waits_for_connections_that_are_being_given_back(database_url: str) -> None:
    """As of a request that was cut off when the service stopped."""
    database = Database.open(database_url)
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def request() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(companies).values(name="Ardoise"))
            begun.set()
            await may_end.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(request())
        await begun.wait()
        closing = group.create_task(database.close())
        done, _ = await asyncio.wait([closing], timeout=module.RETURN_POLL_S)
        assert not done
        may_end.set()
    async with Database.open(database_url) as again, again.reading() as connection:
        assert (await connection.execute(select(companies.c.name))).scalars().all() == ["Ardoise"]


async def test_an_end_waits_for_a_statement_that_was_cut_off(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread reports to the event loop, which is closed soon after."""
    monkeypatch.setattr(module, "RETURN_MAX_S", 60.0)  # a busy machine takes its time
    database = Database.open(sqlite_url)
    async with database.reading() as connection:
        raw = await connection.get_raw_connection()
        thread = cast("Connection", raw.driver_connection).thread

    async def request() -> None:
        async with database.reading() as connection:
            await connection.execute(text(MANY_ROUNDS))

    asked = asyncio.create_task(request())
    for _ in range(3):  # the statement, the closing of its connection, and what waits for that
        await asyncio.sleep(module.RETURN_POLL_S)
        asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert thread.is_alive()
    await database.close()
    assert not thread.is_alive()


async def test_a_connection_that_is_cut_off_while_it_closes_ends(sqlite_url: str) -> None:
    connection = connect(make_url(sqlite_url).database)
    await connection
    asked = asyncio.create_task(connection.execute(MANY_ROUNDS))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(module.RETURN_POLL_S)
    connection.stop()  # as SQLAlchemy does where closing was cut off
    closing.cancel()  # as the end of the event loop does
    _, waiting = await asyncio.wait([closing], timeout=30)
    assert not waiting
    await asyncio.gather(asked, return_exceptions=True)
    await asyncio.to_thread(connection.thread.join, 30)
    assert not connection.thread.is_alive()


async def test_an_end_does_not_wait_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETURN_MAX_S", 0.05)
    database = Database.open(sqlite_url)
    async with database.engine.connect():
        await database.close()


def _by_asyncpg(error: Exception) -> InternalError:
    """What SQLAlchemy makes of an error of asyncpg's own, which has no SQLSTATE."""
    translated = AsyncAdapt_asyncpg_dbapi.InternalClientError("translated", error)
    return InternalError("BEGIN", None, translated)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError("BEGIN", None, Exception("gone")), True),
        (PoolTimeoutError("no connection is free"), True),
        (_by_asyncpg(asyncpg.InternalClientError("cannot switch to state 11")), True),
        (_by_asyncpg(asyncpg.InterfaceError("connection is closed")), True),
        (_by_asyncpg(ValueError("a value that cannot be sent")), False),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (ValueError("a moment needs its offset"), False),
        (KeyError("line"), False),
    ],
)
def test_errors_that_tell_nothing_else_are_told_apart_by_their_class(
    error: Exception, expected: bool
) -> None:
    assert is_away(error) == expected
