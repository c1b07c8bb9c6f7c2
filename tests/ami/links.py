"""A running link to a scripted PBX, and what a test waits for on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from callcenter.ami.endpoint import Endpoint
from callcenter.ami.inbox import HIGH_WATER_EVENTS, LOW_WATER_EVENTS, Item
from callcenter.ami.link import PbxLink
from callcenter.ami.timing import Timing
from callcenter.core.pbx import Batch, Event, Snapshot

WANTED = frozenset(
    {
        "Newchannel",
        "Hangup",
        "UserEvent",
        "FullyBooted",
        "OriginateResponse",
        "QueueMemberPause",
    }
)

QUICK = Timing(
    connect_timeout_s=5,
    action_timeout_s=5,
    ping_every_s=0.05,
    ping_timeout_s=5,
    retry_min_s=0.02,
    retry_max_s=0.05,
    refused_min_s=0.02,
    refused_max_s=0.05,
)
"""Waits for a test; those for a real PBX are only longer."""

PATIENCE_S = 10


@asynccontextmanager
async def link_to(
    port: int,
    *,
    host: str = "127.0.0.1",
    secret: str = "right",
    tls: bool = False,
    tls_verify: bool = True,
    ca_file: Path | None = None,
    server_hostname: str | None = None,
    timing: Timing = QUICK,
    high_water: int = HIGH_WATER_EVENTS,
    low_water: int = LOW_WATER_EVENTS,
    snapshot_every_s: float = 300,
) -> AsyncIterator[PbxLink]:
    """Run a link; it is stopped, and its socket closed, at the end."""
    endpoint = Endpoint(
        name="main",
        host=host,
        port=port,
        username="callcenter",
        secret=secret,
        tls=tls,
        tls_verify=tls_verify,
        ca_file=ca_file,
        server_hostname=server_hostname,
    )
    link = PbxLink(
        endpoint,
        wanted=WANTED,
        now=lambda: datetime.now(UTC),
        random=Random(1),
        snapshot_every_s=snapshot_every_s,
        high_water=high_water,
        low_water=low_water,
        timing=timing,
    )
    task = asyncio.create_task(link.run())
    try:
        yield link
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait([task])


async def take(link: PbxLink) -> Item:
    return await asyncio.wait_for(link.take(), PATIENCE_S)


async def in_sight(link: PbxLink) -> Snapshot:
    """Take the first item of a link, which is a snapshot."""
    item = await take(link)
    assert isinstance(item, Snapshot)
    return item


async def take_events(link: PbxLink, count: int) -> list[Event]:
    """Take batches until there are so many events."""
    events: list[Event] = []
    while len(events) < count:
        item = await take(link)
        assert isinstance(item, Batch)
        events += item.events
    return events


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  (what is waited for has no event of its own)
            await asyncio.sleep(0.005)
