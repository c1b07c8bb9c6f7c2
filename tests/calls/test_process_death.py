"""A service that is killed leaves whole transactions: no answer without its debt, no debt alone."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from callcenter.db.engine import Database
from callcenter.db.schema import calls, journal, obligations, tickets
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.worker import TicketWorker
from tests.calls.facts import second

ROOT = Path(__file__).parents[2]
KILLED = 2
LATER = second(10**9)


def run_and_kill(url: str, first: int, commits: int) -> None:
    """Let the process commit so often, and kill it in whatever it is at then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.calls.dying", url, str(first)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(commits)]
        process.kill()
    assert all(line.endswith(b"\n") for line in said)


async def assert_whole(database: Database) -> None:
    async with database.reading() as connection:
        answered = set(
            (
                await connection.execute(select(calls.c.id).where(calls.c.answered_at.is_not(None)))
            ).scalars()
        )
        debts = {row.call_id: row for row in await connection.execute(select(obligations))}
        keys = {row.call_key: row for row in await connection.execute(select(tickets))}
        told = select(journal.c.call_id).where(journal.c.type == "call.answered")
        assert set((await connection.execute(told)).scalars()) == answered
    assert set(debts) == answered
    assert set(keys) <= answered
    for call_id, debt in debts.items():
        assert debt.state in {"open", "ticketed"}
        if debt.state == "ticketed":
            assert keys[call_id].number == debt.ticket_number


async def test_killed_again_and_again_it_leaves_no_answer_without_its_debt(sqlite_url: str) -> None:
    random = Random(9)
    for turn in range(KILLED):
        run_and_kill(sqlite_url, turn * 10_000 + 1, random.randint(20, 80))
        async with Database.open(sqlite_url) as database:
            await assert_whole(database)
    async with Database.open(sqlite_url) as database:
        desk = BuiltinDesk(
            name="builtin", database=database, base_url="", zones={}, now=lambda: LATER
        )
        worker = TicketWorker(
            database=database,
            desks={"builtin": desk},
            now=lambda: LATER,
            random=random,
            committed=lambda: None,
        )
        while await worker.pay_due("builtin"):
            pass
        await assert_whole(database)
        async with database.reading() as connection:
            found = select(func.count(), func.count(func.distinct(tickets.c.number)))
            made, numbers = (await connection.execute(found)).one()
            owed = select(func.count()).where(obligations.c.state == "ticketed")
            assert made == numbers == await connection.scalar(owed)
            assert made >= KILLED * 5
