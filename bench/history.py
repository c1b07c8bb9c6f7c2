"""A million lines of queue_log imported into each engine, and their calls counted afterwards."""

import os
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bench import site
from bench.figures import Figure
from bench.queue_log import QueueLogDraw
from callcenter.cli.history import Report, import_calls
from callcenter.config import Settings
from callcenter.db.engine import Database
from callcenter.db.schema import figure_states
from callcenter.db.sole import sole_service
from callcenter.wiring.figures import counting
from callcenter.wiring.history import Wanted
from tests.postgres import cluster

ENGINES: Final = os.environ.get("BENCH_ENGINES", "sqlite,postgresql").split(",")
LINES: Final = int(os.environ.get("BENCH_LINES", "1000000"))
SEED: Final = 20_180_607

BESIDE: Final = 10
"""Beside a service a part of the lines is imported, one in so many."""

LINES_A_DAY: Final = 1_300
"""Or a few more, so that the last of them is of these days."""

IMPORT_MAX_S: Final = 60.0
NO_PBX: Final = 1


@dataclass(frozen=True, slots=True)
class Imported:
    """What one engine did. ``beside_s`` is None where a service makes no difference."""

    calls: int
    first_s: float
    cpu_s: float
    again_s: float
    days: int
    counted_s: float
    longest_s: float  # of a transaction that wrote, while it was counted
    beside_s: float | None


async def measure(engines: Sequence[str] = ENGINES, *, lines: int = LINES) -> list[Figure]:
    """Measure. Raises NoPostgresError."""
    with TemporaryDirectory() as folder:
        log, part = Path(folder) / "queue_log", Path(folder) / "part"
        _draw(log, lines)
        _draw(part, max(lines // BESIDE, 1))
        split_s = _split(log)
        found = [
            Figure(f"{lines:,} lines of queue_log split, and nothing else", _s(split_s), "1.00")
        ]
        for engine in engines:
            with _url(engine, Path(folder)) as urls:
                done = await _measured(urls, log, part)
            found += _figures(engine, done, lines, split_s)
    return found


def _draw(path: Path, lines: int) -> None:
    random = Random(SEED)  # noqa: S311  (the same callers each time)
    zone = ZoneInfo("Europe/Paris")
    first = datetime.now(zone).date().toordinal() - lines // LINES_A_DAY - 1
    draw = QueueLogDraw(random=random, zone=zone, first=first)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in draw.lines(lines))


def _split(path: Path) -> float:
    began = time.perf_counter()
    with path.open(encoding="utf-8") as file:
        for line in file:
            line.split("|")
    return time.perf_counter() - began


@contextmanager
def _url(engine: str, folder: Path) -> Iterator[tuple[str, str | None]]:
    """Addresses of two empty databases, the second where a service beside makes a difference."""
    if engine == "sqlite":
        yield site.url(folder / "history.db"), site.url(folder / "beside.db")
    else:
        with cluster() as server:
            yield server.url(server.create()), None


async def _measured(urls: tuple[str, str | None], log: Path, part: Path) -> Imported:
    url, other = urls
    async with _prepared(url) as database:
        cpu_s = -time.process_time()
        first = await _imported(url, log)
        cpu_s += time.process_time()
        again = await _imported(url, log)
        counted_s, longest_s = await _counted(database, _settings(url))
        async with database.reading() as connection:
            query = select(func.count()).select_from(figure_states)
            days = (await connection.execute(query)).scalar_one()
    calls = first.history.importer.imported.total()
    beside_s = await _beside(other, part) if other else None
    return Imported(calls, first.took_s, cpu_s, again.took_s, days, counted_s, longest_s, beside_s)


async def _beside(url: str, log: Path) -> float:
    async with _prepared(url), sole_service(url):
        return (await _imported(url, log)).took_s


@asynccontextmanager
async def _prepared(url: str) -> AsyncIterator[Database]:
    async with Database.open(url) as database:
        await site.fill(database)
        yield database


async def _imported(url: str, log: Path) -> Report:
    settings = _settings(url)
    return await import_calls(settings, Wanted(pbx=settings.pbxs[0], queue_log=[log]))


def _settings(url: str) -> Settings:
    told = site.settings(NO_PBX).model_dump(by_alias=True, exclude_unset=True)
    return Settings.model_validate({**told, "database": {"url": url}})


async def _counted(database: Database, settings: Settings) -> tuple[float, float]:
    longest_s = 0.0

    def noted(kind: str, _result: str, seconds: float) -> None:
        nonlocal longest_s
        longest_s = max(longest_s, seconds) if kind != "read" else longest_s

    job, database.measure = counting(settings, lambda: datetime.now(UTC)), noted
    began = time.perf_counter()
    while not await job.turn(database):
        pass
    return time.perf_counter() - began, longest_s


def _figures(engine: str, done: Imported, lines: int, split_s: float) -> Iterable[Figure]:
    yield Figure(
        f"{engine}: the same lines imported, {done.calls:,} calls",
        f"{_s(done.first_s)}, {_s(done.cpu_s)} of processor",
        f"{done.first_s / split_s:.1f}",
        target=f"< {IMPORT_MAX_S:.0f} s",
        met=done.first_s < IMPORT_MAX_S,
    )
    yield Figure(f"{engine}: again, where every call is known", _s(done.again_s))
    if done.beside_s is not None:
        yield Figure(f"{engine}: {lines // BESIDE:,} of them beside a service", _s(done.beside_s))
    yield Figure(
        f"{engine}: the figures of those {done.days:,} days counted afterwards",
        f"{_s(done.counted_s)}, {done.calls / done.counted_s:,.0f} calls/s",
    )
    yield Figure(f"{engine}: the longest transaction of that", f"{done.longest_s * 1000:.0f} ms")


def _s(seconds: float) -> str:
    return f"{seconds:.1f} s"
