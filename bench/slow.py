"""A consumer that stops for three seconds, in front of a PBX that cuts slow readers off."""

import asyncio

from bench.figures import Figure
from bench.link import linked, take
from bench.load import LoadServer
from bench.names import WANTED
from bench.recordings import Stream

STALL_S = 3.0
WRITE_TIMEOUT_S = 5.0  # as in the rendered manager.conf


async def measure(stream: Stream, stall_s: float = STALL_S) -> Figure:
    """Read everything after a stall, all of it twice; tell what was lost."""
    wanted = frozenset(WANTED)
    sent = 2 * sum(name in wanted for name, _ in stream.events)
    async with (
        LoadServer(2 * stream.data, write_timeout_s=WRITE_TIMEOUT_S) as server,
        linked(server.port, wanted) as link,
    ):
        go = asyncio.create_task(link.send({"Action": "Go"}))
        await asyncio.sleep(stall_s)
        lost = sent - await take(link, sent)
        await go
        pauses = link.status.counters.pauses
    return Figure(
        f"consumer stops for {stall_s:g} s, PBX goes on (reading paused {pauses} times)",
        f"{lost} of {sent:,} events lost",
        target="0 lost",
        met=lost == 0 and server.cut == 0,
    )
