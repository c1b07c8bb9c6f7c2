"""PostgreSQL is killed beneath two services, and comes back."""

import asyncio
from collections.abc import Iterator

import pytest

from callcenter.db.engine import Database
from callcenter.db.schema import calls
from callcenter.db.tenure import TTL_S
from tests.instances.looks import column, says, token, until
from tests.instances.pbx import Pbx
from tests.postgres import Cluster, cluster
from tests.rig.service import Service


@pytest.fixture
def own(postgres: Cluster) -> Iterator[Cluster]:
    """A cluster that nobody else uses, where there is PostgreSQL at all."""
    with cluster() as server:
        yield server


@pytest.fixture
def postgresql_url(own: Cluster) -> str:
    return own.url(own.create())


async def test_who_followed_goes_on_with_what_it_has_in_mind(
    services: tuple[Service, Service], pbx: Pbx, database: Database, own: Cluster
) -> None:
    one, two = services
    await one.start()
    await two.start()
    seen = [pbx.rings(1)]
    own.kill()
    seen.append(pbx.rings(2))  # it is written nowhere, and the PBX will not say it again
    for service in services:
        await says(service, "lease.database_away")
    await asyncio.sleep(TTL_S)  # and the lease has run out
    own.start()

    async def recorded() -> bool:
        return set(seen) <= set(await column(database, calls.c.linkedid))

    await until(recorded)
    assert (await token(database), pbx.connections) == (1, 1)
