"""A PostgreSQL database for a whole module, emptied after each test: making one takes a third of a
second. For folders with many tests that write rows and leave the schema alone: import the fixture
into their ``conftest.py``.
"""

import asyncio
from collections.abc import Iterator

import pytest

from callcenter.db.engine import Database
from callcenter.db.schema import metadata


async def _empty(url: str) -> None:
    async with Database.open(url) as database, database.transaction() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())


@pytest.fixture
def postgresql_url(module_postgresql_url: str) -> Iterator[str]:
    """Address of a migrated PostgreSQL database in which there is nothing."""
    yield module_postgresql_url
    asyncio.run(_empty(module_postgresql_url))
