"""Turns at a database that has one connection."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from callcenter.db.engine import Database
from callcenter.db.turns import Turns


class Waiting:
    """Tasks that wait for a turn, each until ``go`` lets it end; ``order`` is how they had it."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def add(self, *names: str) -> None:
        """Those in capitals are urgent."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._take(name))
            await asyncio.sleep(0)

    async def _take(self, name: str) -> None:
        async with self.turns.take(urgent=name.isupper()):
            self.order.append(name)
            await asyncio.sleep(0)

    async def finish(self) -> Sequence[str]:
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        return self.order


@asynccontextmanager
async def taken() -> AsyncIterator[Waiting]:
    """Somebody has the turn until the block ends."""
    turns = Turns()
    async with turns.take():
        yield Waiting(turns)


async def test_the_urgent_go_first_and_otherwise_who_came_first() -> None:
    async with taken() as waiting:
        await waiting.add("a", "b", "X", "c", "Y")
    assert await waiting.finish() == ["X", "Y", "a", "b", "c"]


async def test_who_is_in_no_hurry_has_a_turn_once_nobody_else_waits() -> None:
    async with taken() as waiting:
        await waiting.add("a", "X")
    await waiting.add("Y")
    assert await waiting.finish() == ["X", "Y", "a"]


async def test_who_gave_up_is_passed_over() -> None:
    async with taken() as waiting:
        await waiting.add("a", "X", "b")
        for name in ("a", "X"):
            waiting.tasks[name].cancel()
    assert await waiting.finish() == ["b"]


async def test_a_turn_that_came_to_somebody_who_gives_up_is_passed_on() -> None:
    async with taken() as waiting:
        await waiting.add("a", "b")
    waiting.tasks["a"].cancel()  # it has its turn, and does not know it yet
    assert await waiting.finish() == ["b"]


async def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            async with turns.take():
                raise RuntimeError
        except RuntimeError:
            pass
    async with asyncio.timeout(1), turns.take():
        pass


async def test_on_sqlite_an_urgent_transaction_is_next(tmp_path: Path) -> None:
    order = []
    async with Database.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}") as database:

        async def use(name: str, *, urgent: bool) -> None:
            async with database.transaction(urgent=urgent) as connection:
                await connection.execute(text("SELECT 1"))
                order.append(name)

        async with asyncio.TaskGroup() as group, database.reading():
            for name in ("first", "second", "urgent"):
                group.create_task(use(name, urgent=name == "urgent"))
                await asyncio.sleep(0)
    assert order == ["urgent", "first", "second"]
