"""How long a card takes, from the PBX's socket to the agents' sockets, while calls come in.

From just before the ``write()`` of the event that lets a call ring (QueueCallerJoin, or the first
DialBegin of a plain Dial) at the PBX's end, to the read of the card's bytes at the agent's end of
``/live``. The PBX filters as the rendered manager account has it. PBX, service and agents are
three processes; the clock is the machine's monotonic one.
"""

import asyncio
import shutil
import statistics
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Figure
from bench.load import LoadServer
from bench.names import WANTED
from bench.recordings import Recording
from bench.service import ENDED, running
from bench.site import QUEUE, TELEPHONES

RINGS = frozenset({"QueueCallerJoin", "DialBegin"})
CALLS_PER_S = 20.0
P99_MS = 50.0


@dataclass(frozen=True, slots=True)
class Delay:
    """In milliseconds, over all cards of all agents; ``unseen`` were never shown to somebody."""

    calls: int
    calls_per_s: float
    agents: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    unseen: int

    def figures(self) -> list[Figure]:
        """Lines of the table."""
        what = f"from an event to the card at {self.agents} agents, {self.calls_per_s:g} calls/s"
        return [
            Figure(f"{what}: median", f"{self.median_ms:.1f} ms"),
            Figure(
                f"{what}: 99th percentile (worst {self.worst_ms:.0f} ms, {self.unseen} not shown)",
                f"{self.p99_ms:.1f} ms",
                target=f"< {P99_MS:g} ms",
                met=self.p99_ms < P99_MS and not self.unseen,
            ),
        ]


async def measure(
    recordings: Sequence[Recording],
    template: Path,
    tokens: Sequence[str],
    *,
    calls: int,
    calls_per_s: float = CALLS_PER_S,
) -> Delay:
    """Play so many calls while the holders of these sessions listen."""
    database = template.with_name("delay.db")
    shutil.copyfile(template, database)
    rang: dict[str, float] = {}

    def sent(linkedid: str, name: str, at: float) -> None:
        if name in RINGS:
            rang.setdefault(linkedid, at)

    filtered = [each.only(WANTED) for each in recordings]
    playings = [filtered[number % len(filtered)] for number in range(calls)]
    async with (
        LoadServer(queue=QUEUE, members=TELEPHONES) as server,
        running(database, server.port) as service,
        _listening(service.url, tokens) as cards,
    ):
        await server.play(filtered, calls_per_s=calls_per_s, calls=calls, on_sent=sent)
        await service.reach(ENDED, sum(each.calls for each in playings))
    delays = [
        (seen - rang[linkedid]) * 1000
        for linkedid, times in cards.items()
        if linkedid in rang
        for seen in times
    ]
    return Delay(
        calls=len(rang),
        calls_per_s=calls_per_s,
        agents=len(tokens),
        median_ms=statistics.median(delays),
        p99_ms=statistics.quantiles(delays, n=100)[-1],
        worst_ms=max(delays),
        unseen=len(rang) * len(tokens) - len(delays),
    )


@asynccontextmanager
async def _listening(url: str, tokens: Sequence[str]) -> AsyncIterator[dict[str, list[float]]]:
    """Let agents listen. After the block: when each one's card of a call came, by Linkedid."""
    address = urlsplit(url)
    command = [sys.executable, "-m", "bench.listeners", str(address.hostname), str(address.port)]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes to the listeners")
    process.stdin.write(f"{' '.join(tokens)}\n".encode())
    if not await process.stdout.readline():
        raise RuntimeError("the agents cannot listen")
    cards: defaultdict[str, list[float]] = defaultdict(list)
    try:
        yield cards
    finally:
        process.stdin.close()
        told, _ = await process.communicate()
        for line in told.decode().splitlines():
            linkedid, seen = line.split()
            cards[linkedid].append(float(seen))
