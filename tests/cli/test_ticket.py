"""What waits for its ticket is listed, and tried again by hand."""

import asyncio
from pathlib import Path

import pytest

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db import claims, standing, trail
from callcenter.db.standing import Standing
from tests.calls.facts import second, started, story
from tests.cli.conftest import Call

FIRST, OTHER = started(1).id, started(2).id


@pytest.fixture
def owing(config: Path) -> Path:
    """Two answered calls; the desk refuses the first one's ticket."""

    async def owe() -> None:
        async with migrated_database(load(config, {})) as database:
            recorder = Recorder(
                database=database,
                lines={"support": LineRecord("builtin", "FR")},
                committed=lambda _entries: None,
            )
            for number in (1, 2):
                await recorder.record(story(started(number, at=number), None), {})
            async with database.transaction() as connection:
                claim = {"holder": "one", "now": second(9), "until": second(69), "limit": 1}
                await claims.claim(connection, "builtin", **claim)
                error = "queue:\nno such queue"
                await claims.stick(connection, FIRST, holder="one", error=error, now=second(9))

    asyncio.run(owe())
    return config


def stands(config: Path, call: str) -> tuple[Standing, list[str | None]]:
    async def read() -> tuple[Standing | None, list[str | None]]:
        async with migrated_database(load(config, {})) as database, database.reading() as view:
            entries = await trail.of_call(view, call)
            return await standing.get(view, call), [entry.actor for entry in entries]

    found, actors = asyncio.run(read())
    assert found is not None
    return found, actors


def test_what_waits_is_listed_with_the_desks_own_words(call: Call, owing: Path) -> None:
    result = call("ticket", "list")
    assert result.exit_code == 0, result.output
    first, other = result.stdout.splitlines()
    assert first == (
        f"{FIRST}  2026-11-23 10:00:05  support  -  stuck, failed 1x: queue: no such queue"
    )
    assert other == f"{OTHER}  2026-11-23 10:00:06  support  -  to be tried"
    assert call("ticket", "list", "--stuck").stdout.splitlines() == [first]
    assert owing


def test_nothing_to_list_is_said(call: Call, config: Path) -> None:
    assert config
    result = call("ticket", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "every answered call has its ticket" in result.stderr


@pytest.mark.parametrize("which", ["--stuck", FIRST])
def test_what_is_stuck_is_tried_again(call: Call, owing: Path, which: str) -> None:
    result = call("ticket", "retry", which)
    assert (result.exit_code, result.stdout) == (0, "1 to be tried again\n")
    found, actors = stands(owing, FIRST)
    assert found.stuck_at is None
    assert actors == ["the command line"]


def test_what_does_not_wait_is_named(call: Call, owing: Path) -> None:
    result = call("ticket", "retry", FIRST, "nonsense")
    assert result.exit_code == 2
    assert "not retried: nonsense" in result.stderr
    assert stands(owing, FIRST)[0].stuck_at is None


@pytest.mark.parametrize("words", [(), ("--stuck", FIRST)])
def test_either_calls_or_all_that_is_stuck(call: Call, owing: Path, words: tuple[str]) -> None:
    assert owing
    result = call("ticket", "retry", *words)
    assert result.exit_code == 2
    assert "callcenter ticket list" in result.stderr
