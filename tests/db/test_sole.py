"""One service on a SQLite file, and commands beside it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.cli.options import migrated_database, served_database
from callcenter.config import load
from callcenter.db import sole as module
from callcenter.db.sole import AlreadyServedError, LockFileError, sole_service

HOLDER = """
import asyncio, sys
from callcenter.db.sole import sole_service

async def hold():
    async with sole_service(sys.argv[1]):
        print(flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""
PATIENCE_S = 20


async def test_a_second_is_refused_and_told_who_is_there(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_MAX_S", 0)
    async with sole_service(sqlite_url):
        with pytest.raises(AlreadyServedError, match=rf"callcenter\.db .*process {os.getpid()}\)"):
            async with sole_service(sqlite_url):
                pass
    async with sole_service(sqlite_url):
        pass


async def test_a_link_leads_to_the_same_database(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_MAX_S", 0)
    link = tmp_path / "link.db"
    link.symlink_to(sqlite_url.partition(":///")[2])
    async with sole_service(sqlite_url):
        with pytest.raises(AlreadyServedError):
            async with sole_service(f"sqlite+aiosqlite:///{link}"):
                pass


async def test_one_that_is_just_stopping_is_waited_for(sqlite_url: str) -> None:
    order = []

    async def second() -> None:
        async with sole_service(sqlite_url):
            order.append("second")

    async with sole_service(sqlite_url):
        waiting = asyncio.create_task(second())
        await asyncio.sleep(module.LOOK_EVERY_S)
        order.append("first ends")
    await waiting
    assert order == ["first ends", "second"]


def test_one_that_was_killed_leaves_nothing_behind(sqlite_url: str) -> None:
    words = [sys.executable, "-c", HOLDER, sqlite_url]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        process.kill()

    async def serve() -> None:
        async with asyncio.timeout(PATIENCE_S), sole_service(sqlite_url):
            pass

    asyncio.run(serve())


async def test_commands_work_beside_the_service(sqlite_url: str) -> None:
    settings = load(None, {"CALLCENTER_DATABASE__URL": sqlite_url})
    async with served_database(settings), migrated_database(settings):
        pass


async def test_a_lock_that_cannot_be_had_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "callcenter.db.lock").mkdir()
    with pytest.raises(LockFileError, match="let this user write"):
        async with sole_service(f"sqlite+aiosqlite:///{tmp_path}/callcenter.db"):
            pass


async def test_on_postgresql_there_may_be_many(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://postgres@/callcenter?host={tmp_path}"
    async with sole_service(url), sole_service(url):
        pass
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
