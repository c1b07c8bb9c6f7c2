"""The whole service with its database: how fast calls become rows, obligations and tickets."""

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import LoadServer
from bench.recordings import Stream
from bench.service import ANSWERED, ENDED, OWED, TICKETED, running
from bench.site import QUEUE, TELEPHONES

TICKETS_MAX_S = 120.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """One run over a stream. ``seconds``: until every call had ended in the database.

    ``ticketed`` of the answered calls had their ticket then, and all of them ``tickets_s`` later,
    if that was waited for.
    """

    seconds: float
    commits: int
    ticketed: int
    tickets_s: float


async def measure(stream: Stream, template: Path, *, tickets: bool) -> Throughput:
    """Play the stream, flat out, to a service with a copy of this database.

    Raises ServiceError unless every call, every answer and every obligation is there; with
    ``tickets``, every ticket too.
    """
    database = template.with_name("throughput.db")
    shutil.copyfile(template, database)
    async with (
        LoadServer(queue=QUEUE, members=TELEPHONES, write_timeout_s=60) as server,
        running(database, server.port) as service,
    ):
        before = await service.ask(ask="commits")
        start = time.perf_counter()
        sending = asyncio.create_task(server.send(stream.data))
        await service.reach(ENDED, stream.calls)
        seconds = time.perf_counter() - start
        commits = await service.ask(ask="commits") - before
        ticketed = await service.count(TICKETED)
        await sending
        await service.reach(ANSWERED, stream.answered)
        await service.reach(OWED, stream.answered)
        if tickets:
            await service.reach(TICKETED, stream.answered, within_s=TICKETS_MAX_S)
        return Throughput(seconds, commits, ticketed, time.perf_counter() - start - seconds)
