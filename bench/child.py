"""The whole service in a process of its own: ``python -m bench.child AMI_PORT DATABASE_URL``.

It runs what ``callcenter serve`` runs. Beside that it answers questions, one a line: a JSON object
on standard input, its answer on standard output. The end of the input is the end.
"""

import asyncio
import gc
import json
import resource
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from bench import site
from callcenter import wiring
from callcenter.cli import logs
from callcenter.cli.serve import tune_interpreter
from callcenter.db.engine import Database

LOOK_EVERY_S = 0.02
"""How exactly it is known when the database has what is waited for."""


class Child:
    """What can be asked of the service, by the question's ``ask``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits = 0
        event.listen(database.engine.sync_engine, "commit", self._committed)

    def _committed(self, _connection: object) -> None:
        self._commits += 1

    async def answer(self, question: dict[str, Any]) -> Any:
        """Answer one question."""
        match question:
            case {"ask": "count", "query": query}:
                return await self._count(query)
            case {"ask": "reach", "query": query, "count": count, "within_s": within_s}:
                return await self._reach(query, count, within_s)
            case {"ask": "commits"}:
                return self._commits
            case {"ask": "memory"}:
                return _memory()
            case {"ask": "describe"}:
                return await self._database.describe()
        raise ValueError(f"what is {question}?")

    async def _reach(self, query: str, count: int, within_s: float) -> int:
        """Wait until the query's number is at least ``count``; give the number."""
        found = 0
        try:
            async with asyncio.timeout(within_s):
                while (found := await self._count(query)) < count:  # noqa: ASYNC110  (asks SQL)
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            return found
        return found

    async def _count(self, query: str) -> int:
        async with self._database.reading() as connection:
            return int((await connection.execute(text(query))).scalar_one())


def _memory() -> dict[str, int]:
    """The process's resident bytes, and how many blocks Python's own objects take."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"bytes": pages * resource.getpagesize(), "blocks": sys.getallocatedblocks()}


async def main(ami_port: int, url: str) -> None:
    """Serve, and answer, until the input ends."""
    async with Database.open(url) as database:
        child = Child(database)
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            wiring.serve(site.settings(ami_port), database, announce=address.set_result)
        )
        either: list[asyncio.Future[Any]] = [serving, address]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        _say(await address)
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(await child.answer(json.loads(line)))
        serving.cancel()
        await asyncio.wait([serving])


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logs.configure("info")
    tune_interpreter()
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
