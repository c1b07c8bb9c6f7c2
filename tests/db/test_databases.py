"""The fixtures themselves, and what both engines promise."""

import pytest
from sqlalchemy import func, insert, select

from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from callcenter.db.schema import companies


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_has_a_database_of_its_own(database: Database, turn: int) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(companies).values(name="Menuiserie Quatre-Vents"))
        assert await connection.scalar(select(func.count()).select_from(companies)) == 1


async def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    async with Database.open(empty_database_url) as database:
        assert await upgrade(database) == await upgrade(database)
