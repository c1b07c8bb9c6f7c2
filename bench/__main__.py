"""``python -m bench``: print what was measured, as ratios to panoramisk alone in the same run."""

import asyncio
import contextlib
import importlib.util
import logging
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from bench import savings, slow
from bench.names import EIGHT, WANTED
from bench.recordings import NoRecordingsError, interleaved, load

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "100000"))
READER_MAX_S = 120


@dataclass(slots=True)
class Row:
    """One client with one set of events."""

    title: str
    reader: str
    module: str  # what has to be installed for it
    keeps: Sequence[str] | None  # names; None: every event, without a list of them
    seconds: list[float] = field(default_factory=list)
    missing: str = ""


BASE = "panoramisk, every event ('*')"


def rows(every: Sequence[str]) -> list[Row]:
    """Give what is compared, the limit first."""
    return [
        Row("splitting the bytes only (the limit)", "splitting", "asyncio", None),
        Row(f"callcenter, the {len(WANTED)} it wants", "edge", "panoramisk", WANTED),
        Row("callcenter, eight names", "edge", "panoramisk", EIGHT),
        Row("callcenter, every event", "edge", "panoramisk", every),
        Row(BASE, "panoramisk", "panoramisk", None),
        Row(f"panoramisk, the same {len(WANTED)}", "panoramisk", "panoramisk", WANTED),
        Row("panoramisk, eight names", "panoramisk", "panoramisk", EIGHT),
        Row("asterisk-ami, every event", "asterisk_ami", "asterisk", None),
        Row("asterisk-ami, eight names", "asterisk_ami", "asterisk", EIGHT),
        Row("pyami_asterisk, every event", "pyami_asterisk", "pyami_asterisk", None),
        Row("pyami_asterisk, eight names", "pyami_asterisk", "pyami_asterisk", EIGHT),
    ]


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """Run the server in a process of its own, and give its port."""
    command = [sys.executable, "-m", "bench.serve", str(EVENTS)]
    server = subprocess.Popen(  # noqa: S603  (our own module)
        command, stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(server.stdout.readline()) if server.stdout else 0
    finally:
        server.terminate()
        server.wait()


def measure(row: Row, port: int, counts: Counter[str]) -> None:
    """Read the stream once with this row's client."""
    if importlib.util.find_spec(row.module) is None:
        row.missing = "not installed: pip install '.[bench]'"
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


def table(measured: Sequence[Row], events: int) -> str:
    """Give one line a row: events a second that came over the wire, and the ratio to BASE."""
    rates = {row.title: events / statistics.median(row.seconds) for row in measured if row.seconds}
    lines = [f"{'':44}{'events/s':>12}{'ratio':>8}"]
    for row in measured:
        if row.title in rates:
            rate = rates[row.title]
            lines.append(f"{row.title:44}{rate:>12,.0f}{rate / rates[BASE]:>8.2f}")
        else:
            lines.append(f"{row.title:44}  {row.missing}")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        recordings = load()
    except NoRecordingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    stream = interleaved(recordings, EVENTS)
    counts = Counter(name for name, _ in stream)
    size = sum(len(message) for _, message in stream)
    sys.stdout.write(
        f"{len(stream):,} events, {size / 1e6:.1f} MB, of {len(recordings)} recorded calls,"
        f" 20 at once; medians of {RUNS} interleaved runs over loopback TCP\n\n"
    )
    measured = rows(sorted(counts))
    with serving() as port:
        for _ in range(RUNS):
            for row in measured:
                measure(row, port, counts)
    sys.stdout.write(f"{table(measured, len(stream))}\n\n")
    sys.stdout.write(f"{savings.report(recordings)}\n\n")
    sys.stdout.write(f"{asyncio.run(slow.report(stream))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
