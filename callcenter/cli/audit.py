"""``callcenter audit``."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.core.differences import WORDS, Difference, Report
from callcenter.wiring.audit import comparer
from callcenter.wiring.desks import open_desks

DIFFERENT = 1
"""The exit code where anything does not agree."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Calls answered from ``since`` until before ``until``; ``timezone`` is the site's."""

    since: datetime
    until: datetime
    timezone: tzinfo

    def shown(self, at: datetime | None) -> str:
        """A moment as people of the site have it."""
        return f"{at.astimezone(self.timezone):%Y-%m-%d %H:%M:%S}" if at else ""


@click.command
@click.option("--from", "since", metavar="WHEN", help="Where it begins; else yesterday's morning.")
@click.option("--to", "until", metavar="WHEN", help="Where it ends; a date is included; else now.")
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
@config_option
def audit(settings: Settings, since: str | None, until: str | None, as_json: bool) -> None:
    """Hold calls against the PBX's records, their obligations, and what the desks hold.

    WHEN is a date, 2026-11-23, or a moment, 2026-11-23T09:00 or 2026-11-23T08:00Z; without an
    offset it is of the site's time zone. Nothing is changed anywhere. Each difference is named,
    and the exit code is 1 if there is one.

    \b
    Example:
      callcenter audit --from 2026-11-23 --to 2026-11-23
    """
    now = datetime.now(UTC)
    span = span_of(since, until, ZoneInfo(settings.site.timezone), now)
    report = asyncio.run(compare(settings, span))
    if as_json:
        click.echo(json.dumps(as_data(report, span), indent=2))
    else:
        for line in as_text(report, span, settings):
            click.echo(line)
    if report.differences:
        click.get_current_context().exit(DIFFERENT)


async def compare(settings: Settings, span: Span) -> Report:
    """Compare as configured. Raises DatabaseUnreachableError."""

    def now() -> datetime:
        return datetime.now(UTC)

    async with (
        migrated_database(settings) as database,
        open_desks(settings, database, settings.http.url, now) as desks,
    ):
        found = await comparer(settings, database, desks, now).compare(span.since, span.until)
    return found.report


def span_of(since: str | None, until: str | None, timezone: tzinfo, now: datetime) -> Span:
    """The span that was asked for. Raises BadParameter."""
    today = datetime.combine(now.astimezone(timezone).date(), time(), timezone)
    begin = moment_of(since, timezone, "--from") if since else today - DAY
    end = moment_of(until, timezone, "--to", to_its_end=True) if until else now
    if begin >= end:
        raise click.BadParameter("must be after --from", param_hint="--to")
    return Span(begin, end, timezone)


def moment_of(text: str, timezone: tzinfo, option: str, *, to_its_end: bool = False) -> datetime:
    """The moment that was meant: of a date its beginning, or its end. Raises BadParameter."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return datetime.combine(day + DAY if to_its_end else day, time(), timezone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        hint = "must be a date or a moment: 2026-11-23, 2026-11-23T09:00, 2026-11-23T08:00:00Z"
        raise click.BadParameter(hint, param_hint=option) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=timezone)


def as_data(report: Report, span: Span) -> Mapping[str, Any]:
    """For programs."""
    return {
        "from": span.since.isoformat(),
        "to": span.until.isoformat(),
        "compared": dict(sorted(report.counts.items())),
        "differences": [
            {
                "kind": one.kind.value,
                "words": WORDS[one.kind],
                "detail": one.detail,
                "at": one.at.isoformat() if one.at else None,
                "pbx": one.pbx,
                "line": one.line,
                "call": one.call_id,
                "ticket": one.ticket_number,
            }
            for one in report.differences
        ],
    }


def as_text(report: Report, span: Span, settings: Settings) -> Iterator[str]:
    """For people."""
    yield f"calls answered from {span.shown(span.since)} to {span.shown(span.until)}"
    yield from _columns([(name, str(count)) for name, count in sorted(report.counts.items())])
    for pbx in settings.pbxs:
        records = pbx.records
        if not any((records.queue_log, records.queue_log_url, records.cdr, records.cdr_url)):
            yield (
                f"no records of PBX {pbx.name!r} are configured ([pbx.records]): of its own side "
                "the ledger alone was compared, which has the calls that are not known here yet"
            )
    if not report.differences:
        yield "no difference"
        return
    count = len(report.differences)
    yield f"{count} difference{'s' * (count != 1)}"
    yield from _columns([_row(one, span) for one in report.differences])


def _row(one: Difference, span: Span) -> tuple[str, ...]:
    where = one.line or one.pbx or ""
    said = f"{WORDS[one.kind]} ({one.detail})" if one.detail else WORDS[one.kind]
    return span.shown(one.at), where, one.call_id or "", one.ticket_number or "", said


def _columns(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """The rows with their columns below each other; what is empty in all of them is left out."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True) if width)
        yield f"  {'  '.join(cells)}".rstrip()
