"""On PostgreSQL the service needs no right beyond those of its database's owner."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from callcenter.db import leases
from callcenter.db.engine import Database, application_name
from callcenter.db.faults import is_away
from callcenter.db.migrate import upgrade
from tests.postgres import Cluster

OWNER = "callcenter_owner"
OVER = timedelta(seconds=-1)
TTL = timedelta(seconds=5)


@pytest.fixture
def name(postgres: Cluster) -> Iterator[str]:
    """A database that belongs to somebody who may do nothing else."""
    name = postgres.create()
    postgres.query(name, f"CREATE ROLE {OWNER} LOGIN")
    postgres.query(name, f'ALTER DATABASE "{name}" OWNER TO {OWNER}')
    yield name
    postgres.drop(name)
    postgres.query("postgres", f"DROP ROLE {OWNER}")


async def test_its_owner_migrates_it_and_replaces_a_holder_that_is_not_heard_of(
    postgres: Cluster, name: str
) -> None:
    url = make_url(postgres.url(name))
    sleeps = text(f"SET application_name = '{application_name('sleeper')}'")
    async with (
        Database.open(url.set(username=OWNER)) as database,
        Database.open(url.set(username=OWNER)) as sleeper,
        Database.open(url) as somebody,
    ):
        await upgrade(database)
        async with database.transaction() as connection:
            await leases.take(connection, "pbx:main", None, holder="sleeper", ttl=OVER)
        async with somebody.transaction() as theirs:
            await theirs.execute(sleeps)  # a superuser's session is not ours to end
            with pytest.raises(DBAPIError) as cut:
                async with sleeper.transaction() as its:
                    await its.execute(sleeps)
                    async with database.transaction() as connection:
                        seen = await leases.look(connection, "pbx:main")
                        assert seen is not None
                        assert await leases.cut_off(connection, seen) == 1
                        assert await leases.take(
                            connection, "pbx:main", seen, holder="successor", ttl=TTL
                        )
                    await its.execute(text("SELECT 1"))
            assert is_away(cut.value)
            assert await theirs.scalar(text("SELECT 1")) == 1
