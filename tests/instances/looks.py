"""What a test sees of services and their database from outside."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import select

from callcenter.db import leases
from callcenter.db.engine import Database
from tests.instances.pbx import PATIENCE_S
from tests.rig.service import Service


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not await true():  # noqa: ASYNC110  (a database has no event)
            await asyncio.sleep(0.05)


async def says(service: Service, *words: str) -> None:
    """Wait until the service says all of this in one line of its log."""
    async with asyncio.timeout(PATIENCE_S):
        while not _is_said(service.said(), words):  # noqa: ASYNC110  (another process has no event)
            await asyncio.sleep(0.05)


def _is_said(log: str, words: Sequence[str]) -> bool:
    return any(all(word in line for word in words) for line in log.splitlines())


async def column(database: Database, name: Any) -> list[Any]:
    async with database.reading() as connection:
        return list((await connection.execute(select(name).order_by(name))).scalars())


async def token(database: Database) -> int:
    async with database.reading() as connection:
        seen = await leases.look(connection, "pbx:main")
    assert seen is not None
    return seen.token
