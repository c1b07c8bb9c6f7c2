"""Houses to play calls in, one for each version, shared by the tests of a module."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.house import House, opened, set_up
from tests.postgres import Cluster
from tests.rig.fixtures import available
from tests.web.browser.conftest import browser

__all__ = ["browser"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A database with people in it: ``where`` is a file, or a name in PostgreSQL."""

    where: str
    token: str


@pytest.fixture(scope="module", params=[16, 22], ids=["asterisk16", "asterisk22"])
def version(request: pytest.FixtureRequest) -> int:
    """Each major version in turn."""
    return available(request.param)


@pytest.fixture(scope="session")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What the service's commands made of a new file."""
    folder = tmp_path_factory.mktemp("prepared-sqlite")
    path = str(folder / "callcenter.db")
    return Prepared(path, asyncio.run(set_up(folder, f"sqlite+aiosqlite:///{path}")))


@pytest.fixture(scope="session")
def prepared_postgres(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """What they made of a new database of a real PostgreSQL."""
    name = postgres.create()
    folder = tmp_path_factory.mktemp("prepared-postgres")
    return Prepared(name, asyncio.run(set_up(folder, postgres.url(name))))


@pytest.fixture(scope="module")
def folder(version: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service's configuration is, its log, and its database if that is a file."""
    return tmp_path_factory.mktemp(f"beside-asterisk-{version}-")


@pytest.fixture(scope="module")
def sqlite_url(prepared_sqlite: Prepared, folder: Path) -> str:
    """Of a copy of the prepared file."""
    path = folder / "callcenter.db"
    shutil.copyfile(prepared_sqlite.where, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="module")
def postgres_url(prepared_postgres: Prepared, version: int, postgres: Cluster) -> Iterator[str]:
    """Of a copy of the prepared database, for each version."""
    name = postgres.create(prepared_postgres.where)
    yield postgres.url(name)
    postgres.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    version: int, folder: Path, sqlite_url: str, prepared_sqlite: Prepared
) -> AsyncIterator[House]:
    """The service on SQLite."""
    async with opened(version, folder, sqlite_url, prepared_sqlite.token) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def postgres_house(
    version: int, folder: Path, postgres_url: str, prepared_postgres: Prepared
) -> AsyncIterator[House]:
    """The service on PostgreSQL."""
    async with opened(version, folder, postgres_url, prepared_postgres.token) as house:
        yield house
