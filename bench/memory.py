"""What the service keeps of a call while it lasts, and gives back when it is over.

So many calls are answered and go on, then as many again: a call takes the difference, divided by
their number. What the service has from its start, or keeps of the newest events however many calls
there are, is in neither. They come a few at a time, so that nothing waits in memory that is not
kept there.
"""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figure
from bench.load import LoadServer
from bench.recordings import Again, Moment, Recording
from bench.service import ENDED, TALKING, Service, running
from bench.site import QUEUE, TELEPHONES

CALLS = ("queue-answered", "ring-answered", "queue-answered-agent-ends", "ring-answered-agent-ends")
"""Two people who talk: what most calls in progress are."""

TOGETHER = 100
CALL_MAX_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident bytes that a call in progress takes.

    ``given_back``: the part of the memory blocks of all calls that was free when they had ended.
    """

    calls: int
    call_bytes: float
    given_back: float

    def figures(self) -> list[Figure]:
        """Lines of the table."""
        return [
            Figure(
                f"memory of a call in progress, from {self.calls:,} to {2 * self.calls:,} of them",
                f"{self.call_bytes / 1000:.1f} kB",
                target=f"< {CALL_MAX_BYTES / 1000:g} kB",
                met=self.call_bytes < CALL_MAX_BYTES,
            ),
            Figure("the same, free again when they are over", f"{self.given_back:.0%}"),
        ]


async def measure(recordings: Sequence[Recording], template: Path, *, calls: int) -> Memory:
    """Let so many calls be in progress, then twice as many, then none."""
    database = template.with_name("memory.db")
    shutil.copyfile(template, database)
    talks = [each for each in recordings if each.name.partition("/")[2] in CALLS]
    up = [Again(talks[number % len(talks)], number) for number in range(2 * calls)]
    async with (
        LoadServer(queue=QUEUE, members=TELEPHONES) as server,
        running(database, server.port) as service,
    ):
        once = await _after(service, server, list(map(_begin, up[:calls])), TALKING)
        twice = await _after(service, server, list(map(_begin, up[calls:])), TALKING, calls)
        none = await _after(service, server, list(map(_finish, up)), ENDED)
    return Memory(
        calls=calls,
        call_bytes=(twice["bytes"] - once["bytes"]) / calls,
        given_back=(twice["blocks"] - none["blocks"]) / (2 * (twice["blocks"] - once["blocks"])),
    )


async def _after(
    service: Service, server: LoadServer, parts: Sequence[bytes], query: str, before: int = 0
) -> dict[str, int]:
    """The memory after these parts of calls, each of which moves the query's number by one."""
    for start in range(0, len(parts), TOGETHER):
        some = parts[start : start + TOGETHER]
        await server.send(b"".join(some))
        await service.reach(query, before + start + len(some))
    found: dict[str, int] = await service.ask(ask="memory")
    return found


def _begin(again: Again) -> bytes:
    return _bytes(again, again.recording.until("BridgeEnter").moments)


def _finish(again: Again) -> bytes:
    begun = len(again.recording.until("BridgeEnter").moments)
    return _bytes(again, again.recording.moments[begun:])


def _bytes(again: Again, moments: Sequence[Moment]) -> bytes:
    now = time.time()
    return b"".join(again.message(moment, now) for moment in moments)
