"""``callcenter history import``."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from callcenter.calls.history import Read
from callcenter.calls.importing import Bounds
from callcenter.cli.audit import moment_of
from callcenter.cli.options import config_option, migrated_database
from callcenter.cli.site import chosen
from callcenter.config import Settings
from callcenter.db import history as db_history
from callcenter.db import trail
from callcenter.db.engine import Database
from callcenter.db.trail import Action
from callcenter.wiring.history import History, Wanted
from callcenter.wiring.history import history as wired

COLLECTED_AFTER = (200_000, 50, 100)
"""For ``gc.set_threshold``: objects made, and rounds of the younger ones."""

NAMED_MAX = 10
"""Queues that are no line's, of which each is named."""

LINES_LEFT_OUT = 1
"""The exit code where lines could not be read, and everything else was imported."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. ``days`` are to be counted by the service; ``ours_since`` is from when on
    calls are its own."""

    history: History
    read: Read
    days: int
    ours_since: datetime | None
    took_s: float


@click.group
def history() -> None:
    """The calls of before, from the PBX's own records."""


@history.command("import")
@click.option("--pbx", metavar="NAME", help="Whose; needed where several are configured.")
@click.option(
    "--queue-log",
    "queue_log",
    metavar="FILE",
    multiple=True,
    help="A queue_log, .gz too, or a pattern in quotes; else those of [pbx.records].",
)
@click.option(
    "--cdr",
    metavar="FILE",
    multiple=True,
    help="A Master.csv of CDR, in the same way: its calls that queue_log does not have.",
)
@click.option("--from", "since", metavar="WHEN", help="Where it begins; else with the records.")
@click.option("--until", metavar="WHEN", help="Where it ends; a date is included.")
@click.option("--dry-run", "only_looks", is_flag=True, help="Count what there is; write nothing.")
@config_option
def import_history(
    settings: Settings,
    *,
    pbx: str | None,
    queue_log: tuple[str, ...],
    cdr: tuple[str, ...],
    since: str | None,
    until: str | None,
    only_looks: bool,
) -> None:
    """Bring in the calls of the years before, from Asterisk's queue_log and CDR.

    Without files, all that [pbx.records] names is read, tables too: queue_log first, and of CDR
    the calls that it does not have.

    Imported calls are there to be looked up, and are in the figures. They owe no ticket, and
    nobody is told or called back. Calls since the service follows the PBX are its own, and calls
    that are known stay as they are: importing again adds what is missing. It may run beside the
    service, which counts the figures afterwards.

    WHEN is a date, 2026-11-23, or a moment, 2026-11-23T09:00; without an offset it is of the site's
    time zone. Lines that are no records are told and left out, and the exit code is then 1.

    \b
    Example:
      callcenter history import --queue-log '/var/log/asterisk/queue_log*'
    """
    zone = ZoneInfo(settings.site.timezone)
    wanted = Wanted(
        pbx=chosen(settings, pbx),
        queue_log=_files(queue_log),
        cdr=_files(cdr),
        since=moment_of(since, zone, "--from") if since else None,
        until=moment_of(until, zone, "--until", to_its_end=True) if until else None,
        only_looks=only_looks,
    )
    report = asyncio.run(import_calls(settings, wanted))
    for one in report.read.first_refused:
        click.echo(f"{one.where}: {one.reason}", err=True)
    for line in as_text(report, zone, only_looks=only_looks):
        click.echo(line)
    if report.read.refused:
        click.get_current_context().exit(LINES_LEFT_OUT)


def _files(named: Iterable[str]) -> list[Path]:
    """The files of these names and patterns; what is none stays as it is, to be told."""
    paths = map(Path, named)
    found = (one for path in paths for one in sorted(path.parent.glob(path.name)) or [path])
    return list(dict.fromkeys(found))


@contextmanager
def _collected_seldom() -> Iterator[None]:
    """Look seldom for rows that hold each other: none do, and to look among a million of them, over
    and over, takes as long as the rest of the work."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def import_calls(
    settings: Settings,
    wanted: Wanted,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Import, with a bar where somebody looks. Raises RecordsError, DatabaseUnreachableError."""
    began = time.monotonic()
    with _collected_seldom():
        async with migrated_database(settings) as database:
            async with database.reading() as connection:
                ours_since = await db_history.ours_since(connection, wanted.pbx.name)
            bounds = Bounds(wanted.since, wanted.until, ours_since)
            found = await wired(settings, wanted, database, bounds, now)
            await found.importer.begin()
            read = Read()
            for reading in found.readings:
                with click.progressbar(
                    length=await reading.past.sized(),
                    label=reading.name,
                    file=sys.stderr,
                    hidden=not sys.stderr.isatty(),
                ) as bar:
                    read += await reading.bring_in(found.importer, bar.update)
            days = await found.importer.end()
            if not wanted.only_looks:
                await _note(database, wanted, found, now())
    return Report(found, read, days, ours_since, time.monotonic() - began)


async def _note(database: Database, wanted: Wanted, found: History, now: datetime) -> None:
    async with database.transaction() as connection:
        await trail.note(
            connection,
            Action.HISTORY_IMPORTED,
            now=now,
            actor=None,
            about=f"pbx:{wanted.pbx.name}",
            imported=str(found.importer.imported.total()),
            known=str(found.importer.known),
        )


def as_text(report: Report, zone: ZoneInfo, *, only_looks: bool) -> Iterator[str]:
    """For people."""
    importer, told, cdr = report.history.importer, report.history.of_queues, report.history.of_cdr
    would = "would be imported" if only_looks else "imported"
    imported = importer.imported
    read = report.read
    yield f"{read.lines} lines read in {report.took_s:.1f} s, {read.refused} of them unreadable"
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(imported.items()))
    yield f"{imported.total()} calls {would}{f' ({outcomes})' if outcomes else ''}"
    yield f"{importer.known} calls known already"
    reasons = dict(importer.left_out)
    reasons["nothing tells what became of them"] = told.untold
    reasons["go on, or may: import again later"] = told.going_on
    reasons["in queues that are no line's"] = told.elsewhere.total()
    reasons["in CDR alone, and of no line"] = cdr.elsewhere
    reasons["in CDR alone, and no telephone rang for them"] = cdr.unrung
    for reason, count in reasons.items():
        if count:
            yield f"{count} calls left out: {reason}"
    for queue, count in told.elsewhere.most_common(NAMED_MAX):
        if count:
            yield f"  queue {queue!r}: {count}"
    if report.ours_since is not None:
        at = report.ours_since.astimezone(zone)
        yield f"the service has its own calls since {at:%Y-%m-%d %H:%M:%S}"
    if report.days:
        yield f"the service counts the figures of {report.days} days of lines, the newest first"
