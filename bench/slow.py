"""A consumer that stops for three seconds, in front of a PBX that cuts slow readers off."""

import asyncio
from collections.abc import Sequence

from bench.link import linked, take
from bench.load import LoadServer
from bench.names import WANTED

STALL_S = 3.0
WRITE_TIMEOUT_S = 5.0  # as in the rendered manager.conf


async def report(stream: Sequence[tuple[str, bytes]], stall_s: float = STALL_S) -> str:
    """Read everything after a stall; tell what was lost."""
    wanted = frozenset(WANTED)
    sent = sum(name in wanted for name, _ in stream)
    whole = b"".join(message for _, message in stream)
    async with (
        LoadServer(whole, write_timeout_s=WRITE_TIMEOUT_S) as server,
        linked(server.port, wanted) as link,
    ):
        go = asyncio.create_task(link.send({"Action": "Go"}))
        await asyncio.sleep(stall_s)
        lost = sent - await take(link, sent)
        await go
        pauses = link.status.counters.pauses
    return (
        f"consumer stopped for {stall_s:g} s, PBX flat out: {lost} of {sent:,} events lost,"
        f" reading paused {pauses} times, cut off {server.cut} times"
    )
