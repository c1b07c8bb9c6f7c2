"""``python -m bench [PART...]``: measure, and print one table. See ``bench/__init__.py``."""

import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path

import structlog

from bench import clients, delay, memory, savings, site, slow
from bench.figures import Figure, table, versions
from bench.history import measure as history
from bench.recordings import NoRecordingsError, Recording, interleaved, load
from bench.year import measure as year
from callcenter.db.engine import Database

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "100000"))
CALLS = int(os.environ.get("BENCH_CALLS", "400"))
PAGES = int(os.environ.get("BENCH_PAGES", "3"))
PAGE_CALLS = int(os.environ.get("BENCH_PAGE_CALLS", "250"))
UP = int(os.environ.get("BENCH_UP", "2000"))

APART = ("history", "year")
"""Parts that are measured only where they are asked for: minutes, and an hour with 30 GB."""

AGO_S = 3_600.0
"""How long ago the streams were recorded, by their stamps: no answer is in the future."""


def _parts(
    recordings: Sequence[Recording], template: Path, tokens: Sequence[str]
) -> dict[str, Callable[[], Iterable[Figure]]]:
    """What can be measured, in the order of the table."""
    stream = interleaved(recordings, EVENTS, began=time.time() - AGO_S)
    return {
        "clients": lambda: clients.measure(stream, template, clients.rows(stream), runs=RUNS),
        "delay": lambda: _delays(delay.measure(recordings, template, tokens, calls=CALLS)),
        "pages": lambda: _delays(
            delay.measure(
                recordings, template, tokens, calls=PAGE_CALLS, pace=delay.BUSY, pages=PAGES
            )
        ),
        "memory": lambda: asyncio.run(memory.measure(recordings, template, calls=UP)).figures(),
        "filters": lambda: savings.measure(recordings),
        "slow": lambda: [asyncio.run(slow.measure(stream))],
        "history": lambda: asyncio.run(history()),
        "year": lambda: asyncio.run(year.measure()),
    }


def _delays(measuring: Coroutine[None, None, list[delay.Delay]]) -> Iterable[Figure]:
    return [figure for each in asyncio.run(measuring) for figure in each.figures()]


async def _prepare(template: Path) -> tuple[list[str], dict[str, str]]:
    tokens = await site.prepare(template)
    async with Database.open(site.url(template)) as database:
        return tokens, await database.describe()


def main(wanted: Sequence[str]) -> int:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        recordings = load()
    except NoRecordingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.db"
        tokens, database = asyncio.run(_prepare(template))
        parts = _parts(recordings, template, tokens)
        if unknown := set(wanted) - set(parts):
            sys.stderr.write(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}\n")
            return 2
        sys.stdout.write(f"{versions(database)}; medians of {RUNS} runs in turns\n\n")
        usual = [part for part in parts if part not in APART]
        figures = [figure for part in wanted or usual for figure in parts[part]()]
    sys.stdout.write(f"{table(figures)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
