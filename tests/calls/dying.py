"""A process that records calls and pays their debts until it is killed: ``dying.py URL FIRST``.

For each commit of facts it writes an empty line.
"""

import asyncio
import sys
from datetime import UTC, datetime
from itertools import count, islice
from random import Random

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db.engine import Database
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.worker import TicketWorker
from tests.calls.facts import interleaved, started, story


def now() -> datetime:
    return datetime.now(UTC)


async def record(database: Database, first: int) -> None:
    """Write the facts of ever more calls, a few at a time."""
    recorder = Recorder(
        database=database,
        lines={"support": LineRecord("builtin", "FR")},
        committed=lambda _entries: None,
    )
    numbers, random = count(first), Random(first)
    while True:
        some = list(islice(numbers, 5))
        facts = interleaved([story(started(one, at=one % 7), None, None) for one in some])
        while facts:
            many = random.randint(1, 6)
            part, facts = facts[:many], facts[many:]
            await recorder.record(part, {})
            print(flush=True)


async def main(url: str, first: int) -> None:
    async with Database.open(url) as database, asyncio.TaskGroup() as group:
        desk = BuiltinDesk(name="builtin", database=database, base_url="", zones={}, now=now)
        worker = TicketWorker(
            database=database,
            desks={"builtin": desk},
            now=now,
            random=Random(first),
            committed=lambda: None,
        )
        group.create_task(worker.run())
        group.create_task(record(database, first))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
