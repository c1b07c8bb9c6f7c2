"""Fixtures: a database of the test's own, migrated, on SQLite and on PostgreSQL.

``database`` (and ``database_url``) runs a test once on each. A test for which the engine makes no
difference asks for ``sqlite_database`` (``sqlite_url``). ``empty_database_url`` is before the first
migration. A cluster is started once a run, and only when a test needs it; all share one database in
it, whose schema they leave alone. Where PostgreSQL is not installed those tests are skipped, and
under ``CI`` they fail.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from tests.emptied import empty
from tests.postgres import Cluster, NoPostgresError, cluster

ENGINES = ("sqlite", "postgresql")
TEMPLATE = "callcenter_template"


async def _migrate(url: str) -> None:
    async with Database.open(url) as database:
        await upgrade(database)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A running PostgreSQL of this test run."""
    try:
        with cluster() as server:
            yield server
    except NoPostgresError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def _postgres_template(postgres: Cluster) -> str:
    name = postgres.create(name=TEMPLATE)
    asyncio.run(_migrate(postgres.url(name)))
    return name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a migrated SQLite database."""
    path = tmp_path / "callcenter.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def _postgresql_url(postgres: Cluster, _postgres_template: str) -> str:
    return postgres.url(postgres.create(_postgres_template))


@pytest.fixture
def postgresql_url(_postgresql_url: str) -> Iterator[str]:
    """Address of a migrated PostgreSQL database in which there is nothing."""
    yield _postgresql_url
    asyncio.run(empty(_postgresql_url))


@pytest.fixture(scope="module")
def module_sqlite_url(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated SQLite database that the tests of a module share."""
    path = tmp_path_factory.mktemp("shared") / "callcenter.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="module")
def module_postgresql_url(postgres: Cluster, _postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database that the tests of a module share, and no others."""
    name = postgres.create(_postgres_template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> Any:
    """Address of a migrated database: SQLite, then PostgreSQL."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database with nothing in it: SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: Cluster = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, open: SQLite, then PostgreSQL."""
    async with Database.open(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(sqlite_url: str) -> AsyncIterator[Database]:
    """A migrated SQLite database, open."""
    async with Database.open(sqlite_url) as opened:
        yield opened
