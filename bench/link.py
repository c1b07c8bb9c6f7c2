"""Our link to the load server, as the service runs it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

from bench.readers import ACCOUNT, HOST
from callcenter.ami.endpoint import Endpoint
from callcenter.ami.link import PbxLink
from callcenter.core.pbx import Snapshot


@asynccontextmanager
async def linked(port: int, wanted: Collection[str]) -> AsyncIterator[PbxLink]:
    """Give a link that has taken its first snapshot; it stops at the end."""
    link = PbxLink(
        Endpoint("bench", HOST, port, ACCOUNT, ACCOUNT),
        wanted=frozenset(wanted),
        now=lambda: datetime.now(UTC),
        random=Random(1),  # noqa: S311  (spreads reconnections, which the bench has none of)
    )
    running = asyncio.create_task(link.run())
    try:
        if not isinstance(item := await link.take(), Snapshot):
            raise TypeError(f"a link begins with a snapshot, not with {item}")
        yield link
    finally:
        running.cancel()
        await asyncio.wait([running])


async def take(link: PbxLink, count: int) -> int:
    """Take until so many events came, or the connection broke; give how many came."""
    taken = 0
    while taken < count and hasattr(item := await link.take(), "events"):
        taken += len(item.events)
    return taken
