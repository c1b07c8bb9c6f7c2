"""The schema is made by migrations alone: by whoever starts first, never by an older program."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from callcenter.db import migrate
from callcenter.db.engine import Database
from callcenter.db.schema import metadata
from callcenter.errors import CallcenterError


@pytest.fixture
async def fresh(empty_database_url: str) -> AsyncIterator[Database]:
    """A database that was only just migrated, and that the test may spoil."""
    async with Database.open(empty_database_url) as database:
        await migrate.upgrade(database)
        yield database


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def partial_indexes(connection: Connection) -> dict[str, str]:
    """What autogeneration does not compare: which rows a partial index has."""
    found = {}
    for table in metadata.tables:
        for index in inspect(connection).get_indexes(table):
            for name, words in index.get("dialect_options", {}).items():
                if name.endswith("_where"):
                    found[index["name"]] = str(words)
    return found


async def test_the_migrations_make_the_schema_that_the_program_knows(fresh: Database) -> None:
    async with fresh.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_partial_indexes_have_the_rows_of_the_schema(fresh: Database) -> None:
    async with fresh.reading() as connection:
        migrated = await connection.run_sync(partial_indexes)
    async with fresh.transaction() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    async with fresh.reading() as connection:
        assert await connection.run_sync(partial_indexes) == migrated
    assert set(migrated) == {
        "ix_calls_open",
        "ix_obligations_exempt_at",
        "ix_obligations_open",
        "uq_telephone_numbers_switchboard",
    }


async def test_instances_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    instances = [Database.open(empty_database_url) for _ in range(4)]
    try:
        async with asyncio.timeout(60):
            revisions = await asyncio.gather(*(migrate.upgrade(one) for one in instances))
        assert len(set(revisions)) == 1
        async with instances[0].reading() as connection:
            assert await connection.run_sync(differences) == []
            query = text("SELECT count(*) FROM alembic_version")
            assert await connection.scalar(query) == 1
    finally:
        for one in instances:
            await one.close()


async def test_a_migration_that_fails_leaves_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database.open(empty_database_url) as database:
        with monkeypatch.context() as patched:
            patched.setattr(migrate.command, "upgrade", _half_way(migrate.command.upgrade))
            with pytest.raises(ZeroDivisionError):
                await migrate.upgrade(database)
        async with database.reading() as connection:
            assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
        await migrate.upgrade(database)
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []


def _half_way(upgrade: Callable[..., None]) -> Callable[..., None]:
    def broken(*arguments: object) -> None:
        upgrade(*arguments)
        raise ZeroDivisionError

    return broken


async def test_a_database_of_a_newer_program_is_refused(fresh: Database) -> None:
    async with fresh.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CallcenterError, match=r"revision 9999.*install the version") as refused:
        await migrate.upgrade(fresh)
    assert refused.value.code == "schema_too_new"
    async with fresh.reading() as connection:
        found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == "9999"
