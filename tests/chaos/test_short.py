"""A short run on both databases at once; ``make chaos`` is the long one."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.chaos.plan import Kind
from tests.chaos.run import DATABASES, Run, need
from tests.chaos.table import complaints, table
from tests.postgres import NoPostgresError
from tests.rig.errors import RigError

CALLS = 52
PER_S = 1.0
SEED = 4
PACE = 3.0
QUICK = frozenset(
    {
        Kind.SERVICE_KILLED,
        Kind.POSTGRES_KILLED,
        Kind.DISK_FULL,
        Kind.AMI_CUT,
        Kind.ASTERISK_CUT,
        Kind.DESK_DROPS,
    }
)
"""What is mended within seconds, and leads to all that is made for the others too."""


@pytest.fixture
def everything() -> None:
    """What breaks is there; else the test is skipped, which in CI is a failure."""
    try:
        need()
    except (RigError, NoPostgresError) as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


async def test_no_answered_call_is_without_its_ticket_whatever_breaks(
    everything: None, tmp_path: Path
) -> None:
    run = Run(
        seed=SEED, calls=CALLS, per_s=PER_S, kinds=QUICK, pace=PACE, desk="generic", say=print
    )
    async with asyncio.TaskGroup() as group:
        tasks = []
        for database in DATABASES:
            folder = tmp_path / database
            folder.mkdir()
            tasks.append(group.create_task(run.of(database, folder)))
    results = [task.result() for task in tasks]
    print(table(results))
    assert all(result.is_good for result in results), complaints(results)
    assert {kind for result in results for kind in result.faults} == {one.value for one in QUICK}
