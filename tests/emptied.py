"""A PostgreSQL database for a whole module, emptied after each test: making one takes a third of a
second. For folders with many tests that write rows and leave the schema alone: import the fixture
into their ``conftest.py``.
"""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import make_url

from callcenter.db.schema import metadata

EMPTY = ";".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))


async def _empty(url: str) -> None:
    parsed = make_url(url)
    connection = await asyncpg.connect(
        host=parsed.query["host"], user=parsed.username, database=parsed.database
    )
    try:
        await connection.execute(EMPTY)
    finally:
        await connection.close()


@pytest.fixture
def postgresql_url(module_postgresql_url: str) -> Iterator[str]:
    """Address of a migrated PostgreSQL database in which there is nothing."""
    yield module_postgresql_url
    asyncio.run(_empty(module_postgresql_url))
