"""What ``python -m bench year`` does: on each engine, a database that grows, and its pages."""

import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import site
from bench.figures import Figure
from bench.load import LoadServer
from bench.service import serving
from bench.year import counted, pages
from bench.year.calls import DAYS
from bench.year.counted import Counted
from bench.year.laying import lay
from bench.year.pages import Timed
from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from tests.postgres import cluster

ENGINES: Final = os.environ.get("BENCH_ENGINES", "sqlite,postgresql").split(",")
MONTHS: Final = tuple(map(int, os.environ.get("BENCH_MONTHS", "1,12,36").split(",")))

NO_PBX: Final = 1
"""A port: nothing is connected while calls are counted."""

TIMES: Final = 5
"""How often each page is asked for."""

PAGE_MAX_S: Final = 1.0
DAYS_A_MONTH: Final = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Grown:
    """The pages of a database with the calls of so many months."""

    months: int
    calls: int
    timed: Sequence[Timed]


async def measure(
    engines: Sequence[str] = ENGINES,
    months: Sequence[int] = MONTHS,
    *,
    days: int = DAYS,
    times: int = TIMES,
) -> list[Figure]:
    """Measure, each page so many times. ``days``: so many of the four weeks are drawn.

    Raises NoPostgresError.
    """
    found: list[Figure] = []
    for engine in engines:
        with _site(engine) as one:
            done = await one.count(days)
            _say(f"{engine}: {done.calls:,} calls counted")
            grown = [at async for at in one.grow(done, months, times)]
        found += [*_of_counting(engine, done), *_of_pages(engine, grown)]
    return found


@contextmanager
def _site(engine: str) -> Iterator["_Site"]:
    with TemporaryDirectory() as folder:
        if engine == "sqlite":
            yield _Site(site.url(Path(folder) / "year.db"), Path(folder))
        else:
            with cluster() as server:
                yield _Site(server.url(server.create()), Path(folder))


@dataclass(slots=True)
class _Site:
    """A database that grows. ``layers`` are those before the four weeks that were drawn."""

    url: str
    folder: Path
    token: str = ""
    layers: int = 0

    async def count(self, days: int) -> Counted:
        """Draw calls, and have them counted."""
        settings = site.settings(NO_PBX)
        async with Database.open(self.url) as database:
            await upgrade(database)
            self.token = (await site.staff(database, role="supervisor"))[0]
            first, last = await counted.write(database, settings, days=days)
            return await counted.count(database, settings, first, last)

    async def grow(self, done: Counted, months: Sequence[int], times: int) -> AsyncIterator[Grown]:
        """Let it have so many months, one after the other, and ask for the pages."""
        for size in months:
            began = time.monotonic()
            wanted = await self._lay(done, max(0, round(size * DAYS_A_MONTH / DAYS) - 1))
            _say(f"{size} months: laid in {time.monotonic() - began:.0f} s")
            async with (
                LoadServer(queue=site.QUEUE, members=site.TELEPHONES) as server,
                serving(self.url, server.port, self.folder / "service.log") as service,
            ):
                timed = await pages.measure(service.url, self.token, wanted, times)
            for one in timed:
                _say(f"  {one.what}: {one.median_s * 1000:.0f} ({one.worst_s * 1000:.0f}) ms")
            yield Grown(size, done.calls * (self.layers + 1), timed)

    async def _lay(self, done: Counted, layers: int) -> Mapping[str, str]:
        """Give the addresses of the pages that show it all."""
        async with Database.open(self.url) as database:
            if more := range(self.layers + 1, layers + 1):
                await lay(database, more, first=done.first, last=done.last)
                self.layers = layers
            return await pages.addresses(database, done.first - self.layers * DAYS, done.last)


def _of_counting(engine: str, done: Counted) -> Iterable[Figure]:
    yield Figure(
        f"{engine}: calls that were there, counted at a first start",
        f"{done.calls / done.seconds:,.0f} calls/s",
    )
    yield Figure(f"{engine}: the longest transaction of that", f"{done.longest_s * 1000:.0f} ms")


def _of_pages(engine: str, grown: Sequence[Grown]) -> Iterable[Figure]:
    """A line a page: median and worst at each size."""
    sizes = ", ".join(f"{one.months} months ({one.calls:,} calls)" for one in grown)
    yield Figure(f"{engine}, pages: median (worst) in ms", sizes)
    for at_each in zip(*(one.timed for one in grown), strict=True):
        yield Figure(
            f"{engine}: {at_each[0].what}",
            ", ".join(f"{one.median_s * 1000:.0f} ({one.worst_s * 1000:.0f})" for one in at_each),
            target=f"< {PAGE_MAX_S * 1000:.0f} ms",
            met=max(one.worst_s for one in at_each) < PAGE_MAX_S,
        )


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
