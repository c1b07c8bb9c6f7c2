"""AMI clients, each reading the same stream in a process of its own, and the whole service."""

import asyncio
import contextlib
import importlib.util
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import throughput
from bench.figures import Figure
from bench.names import EIGHT, WANTED
from bench.recordings import Stream
from bench.throughput import Throughput

READER_MAX_S = 120

EDGE_RATIO = 5.0
SERVICE_RATIO = 0.5


@dataclass(slots=True)
class Row:
    """One client with one set of events. ``target`` is a ratio, ``rivals`` must be slower."""

    title: str
    reader: str
    module: str  # what has to be installed for it
    keeps: Sequence[str] | None  # names; None: every event, without a list of them
    target: float = 0.0
    rivals: Sequence[str] = ()  # titles
    seconds: list[float] = field(default_factory=list)
    missing: str = ""


BASE = "panoramisk alone, every event (`*`)"
ALL_OF_PEERS = ("asterisk-ami, every event", "pyami_asterisk, every event")
EIGHT_OF_PEERS = ("asterisk-ami, eight names", "pyami_asterisk, eight names")
SERVICE = "callcenter, the whole service with its database"


def rows(stream: Stream) -> list[Row]:
    """Give what is compared, the limit first."""
    every = sorted({name for name, _ in stream.events})
    edge = "callcenter's AMI edge"
    return [
        Row("splitting the bytes and nothing else (the limit)", "splitting", "asyncio", None),
        Row(f"{edge}, the {len(WANTED)} it wants", "edge", "panoramisk", WANTED, EDGE_RATIO),
        Row(f"{edge}, eight names", "edge", "panoramisk", EIGHT, rivals=EIGHT_OF_PEERS),
        Row(f"{edge}, every event", "edge", "panoramisk", every, rivals=ALL_OF_PEERS),
        Row(BASE, "panoramisk", "panoramisk", None),
        Row(f"panoramisk, the same {len(WANTED)}", "panoramisk", "panoramisk", WANTED),
        Row("panoramisk, eight names", "panoramisk", "panoramisk", EIGHT),
        Row(ALL_OF_PEERS[0], "asterisk_ami", "asterisk", None),
        Row(EIGHT_OF_PEERS[0], "asterisk_ami", "asterisk", EIGHT),
        Row(ALL_OF_PEERS[1], "pyami_asterisk", "pyami_asterisk", None),
        Row(EIGHT_OF_PEERS[1], "pyami_asterisk", "pyami_asterisk", EIGHT),
    ]


def measure(stream: Stream, template: Path, compared: Sequence[Row], *, runs: int) -> list[Figure]:
    """Let every client read the stream, in turns, and after each turn the whole service.

    ``template`` is the service's prepared database; BASE is among the rows. Raises ServiceError.
    """
    counts, served = Counter(name for name, _ in stream.events), list[Throughput]()
    with _serving(len(stream.events)) as port:
        for run in range(runs):
            for row in compared:
                _read(row, port, counts)
            is_last = run == runs - 1
            served.append(asyncio.run(throughput.measure(stream, template, tickets=is_last)))
    base = next(_rate(row, stream) for row in compared if row.title == BASE)
    return [
        *(_figure(row, compared, stream, base) for row in compared),
        *_of_service(served, stream, base),
    ]


@contextlib.contextmanager
def _serving(events: int) -> Iterator[int]:
    """Run the server in a process of its own, and give its port."""
    command = [sys.executable, "-m", "bench.serve", str(events)]
    with subprocess.Popen(  # noqa: S603  (our own module)
        command, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield int(server.stdout.readline()) if server.stdout else 0
        finally:
            server.terminate()


def _read(row: Row, port: int, counts: Counter[str]) -> None:
    """Read the stream once with this row's client."""
    if importlib.util.find_spec(row.module) is None:
        row.missing = "not installed"
        return
    names = row.keeps or ()
    count = sum(counts[name] for name in names) if row.keeps else counts.total()
    command = [sys.executable, "-m", f"bench.readers.{row.reader}", str(port), str(count), *names]
    try:
        done = subprocess.run(  # noqa: S603  (our own module, with numbers and names of events)
            command, capture_output=True, text=True, timeout=READER_MAX_S, check=False
        )
    except subprocess.TimeoutExpired:
        row.missing = f"did not hand over {count} events within {READER_MAX_S} s"
        return
    if done.returncode:
        row.missing = done.stderr.strip().splitlines()[-1]
        return
    row.seconds.append(float(done.stdout.splitlines()[-1]))


def _rate(row: Row, stream: Stream) -> float:
    """Events a second that came over the wire; 0 for a client that is missing."""
    return len(stream.events) / statistics.median(row.seconds) if row.seconds else 0.0


def _figure(row: Row, compared: Sequence[Row], stream: Stream, base: float) -> Figure:
    rate = _rate(row, stream)
    if not rate:
        return Figure(row.title, row.missing)
    rivals = max((_rate(each, stream) for each in compared if each.title in row.rivals), default=0)
    target, met = "", None
    if row.target:
        target, met = f">= {row.target:g}", rate >= row.target * base
    elif row.rivals:
        target, met = "ahead of peers", rate > rivals
    return Figure(row.title, _per_s(rate, "events"), f"{rate / base:.2f}", target, met)


def _of_service(served: Sequence[Throughput], stream: Stream, base: float) -> list[Figure]:
    rate = len(stream.events) / statistics.median(each.seconds for each in served)
    commits = statistics.median(each.commits for each in served)
    last = served[-1]
    calls = f"{stream.calls:,} calls ({stream.answered:,} answered)"
    return [
        Figure(
            SERVICE,
            _per_s(rate, "events"),
            f"{rate / base:.2f}",
            f">= {SERVICE_RATIO:g}",
            rate >= SERVICE_RATIO * base,
        ),
        Figure(
            f"the same: {calls} of {len(stream.events) / stream.calls:.0f} events",
            f"{_per_s(rate * stream.calls / len(stream.events), 'calls')}, {commits:.0f} commits",
        ),
        Figure(
            "the same: tickets behind it, each in a transaction of its own",
            _per_s((stream.answered - last.ticketed) / last.tickets_s, "tickets"),
        ),
    ]


def _per_s(number: float, of: str) -> str:
    return f"{number:,.0f} {of}/s"
