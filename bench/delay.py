"""How long a card takes, from the PBX's socket to the agents' sockets, while calls come in.

From just before the ``write()`` of the event that lets a call ring (QueueCallerJoin, or the first
DialBegin of a plain Dial) at the PBX's end, to the read of the card's bytes at the agent's end of
``/live``. The PBX filters as the rendered manager account has it. PBX, service and agents are
three processes; the clock is the machine's monotonic one.

With ``pages`` some of the agents sit at real pages in Chromium, up to the card's painting there.
"""

import asyncio
import shutil
import statistics
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Figure
from bench.load import LoadServer
from bench.names import WANTED
from bench.pages import watching
from bench.recordings import Recording
from bench.service import ENDED, running
from bench.site import QUEUE, TELEPHONES

RINGS = frozenset({"QueueCallerJoin", "DialBegin"})


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls a second, and what the 99th percentile of their cards may be."""

    calls_per_s: float
    p99_ms: float


RUSH = Pace(calls_per_s=20.0, p99_ms=50.0)
BUSY = Pace(calls_per_s=5.0, p99_ms=100.0)


@dataclass(frozen=True, slots=True)
class Delay:
    """In milliseconds, over all cards of these agents; ``unseen`` were never shown to somebody."""

    what: str
    pace: Pace
    calls: int
    agents: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    unseen: int

    def figures(self) -> list[Figure]:
        """Lines of the table."""
        what = f"{self.what}, {self.pace.calls_per_s:g} calls/s"
        return [
            Figure(f"{what}: median", f"{self.median_ms:.1f} ms"),
            Figure(
                f"{what}: 99th percentile (worst {self.worst_ms:.0f} ms, {self.unseen} not shown)",
                f"{self.p99_ms:.1f} ms",
                target=f"< {self.pace.p99_ms:g} ms",
                met=self.p99_ms < self.pace.p99_ms and not self.unseen,
            ),
        ]


async def measure(
    recordings: Sequence[Recording],
    template: Path,
    tokens: Sequence[str],
    *,
    calls: int,
    pace: Pace = RUSH,
    pages: int = 0,
) -> list[Delay]:
    """Play so many calls while the holders of these sessions listen, so many of them at pages.

    What they saw: those who listen, and those at pages if there are any. These are the last ones,
    whose telephones nobody picks up: the recorded calls are all answered by the first four.
    """
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
        _listening(service.url, tokens[: len(tokens) - pages]) as cards,
        watching(service.url, tokens[len(tokens) - pages :]) as painted,
    ):
        await server.play(filtered, calls_per_s=pace.calls_per_s, calls=calls, on_sent=sent)
        await service.reach(ENDED, sum(each.calls for each in playings))
    what = f"from an event to the card at {len(tokens)} agents"
    found = [_delay(what, pace, rang, cards, len(tokens) - pages)]
    if pages:
        what = f"the same, painted in {pages} Chromium pages among them, one hidden"
        found.append(_delay(what, pace, rang, painted, pages))
    return found


def _delay(
    what: str,
    pace: Pace,
    rang: Mapping[str, float],
    cards: Mapping[str, Sequence[float]],
    agents: int,
) -> Delay:
    delays = [
        (seen - rang[linkedid]) * 1000
        for linkedid, times in cards.items()
        if linkedid in rang
        for seen in times
    ]
    return Delay(
        what=what,
        pace=pace,
        calls=len(rang),
        agents=agents,
        median_ms=statistics.median(delays),
        p99_ms=statistics.quantiles(delays, n=100)[-1],
        worst_ms=max(delays),
        unseen=len(rang) * agents - len(delays),
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
