"""A process that is killed between an answer and its note: the message is sent again, as it was."""

import asyncio
import os
import sys
from pathlib import Path

from callcenter.db import deliveries
from callcenter.db.deliveries import State
from callcenter.db.engine import Database
from callcenter.hooks.sender import Sender
from tests.hooks.receiver import receiver
from tests.hooks.test_postman import destination, postman, say

ROOT = Path(__file__).parents[2]


async def killed_after(url: str, answers: int) -> list[str]:
    """The ids of so many messages that a process sent before it was killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.hooks.dying", url),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )
    assert process.stdout is not None
    sent: list[str] = []
    while len(sent) < answers:
        line = (await process.stdout.readline()).decode().strip()
        assert line
        sent += [line] if line.startswith("msg_") else []  # it logs, too
    process.kill()
    await process.wait()
    return sent


async def test_killed_before_it_is_noted_a_message_comes_again_with_its_id(sqlite_url: str) -> None:
    async with receiver() as there:
        async with Database.open(sqlite_url) as database:
            key = await destination(database, url=there.url)
            await say(database, "one", "two", "three")
        sent = await killed_after(sqlite_url, 3)
        async with Database.open(sqlite_url) as database, Sender.open() as sender:
            job = asyncio.create_task(postman(database, sender).run())
            async with asyncio.timeout(30):
                await there.until(6)
            job.cancel()
            await asyncio.wait([job])
            async with database.reading() as connection:
                last = await deliveries.last(connection, key, 9)
    assert sorted(there.ids[:3]) == sorted(there.ids[3:]) == sorted(sent)
    assert len(set(sent)) == 3
    bodies = {one.message_id: one.body for one in there.received[:3]}
    assert all(bodies[one.message_id] == one.body for one in there.received[3:])
    assert {one.state for one in last} <= {State.DONE, State.WAITING}
