"""``callcenter ticket list`` and ``callcenter ticket retry``."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.db import claims, standing
from callcenter.db.standing import Show, Standing
from callcenter.errors import CallcenterError

BY_HAND = "the command line"
"""Who it was, in the trail: no login has a blank."""

ROWS = 500
"""Read at a time."""


class NotRetriedError(CallcenterError):
    """Some of the calls that were named wait for no ticket."""

    code = "not_retried"


@click.group
def ticket() -> None:
    """The tickets that answered calls still wait for."""


@ticket.command(name="list")
@click.option("--stuck", is_flag=True, help="Only what the desk refuses for good.")
@config_option
def list_open(settings: Settings, *, stuck: bool) -> None:
    """Show the answered calls without a ticket, the oldest first, in the desk's own words.

    Each line has the call's id, when it was answered, its line, its agent and what became of it.

    \b
    Example:
      callcenter ticket list --stuck
    """
    found = asyncio.run(_open(settings, Show.STUCK if stuck else Show.OPEN))
    zone = ZoneInfo(settings.site.timezone)
    for one in found:
        click.echo(_line(one, zone))
    if not found:
        click.echo("nothing is stuck" if stuck else "every answered call has its ticket", err=True)


@ticket.command
@click.argument("call_ids", nargs=-1, metavar="[CALL_ID]...")
@click.option("--stuck", is_flag=True, help="Everything that is stuck.")
@config_option
def retry(settings: Settings, call_ids: tuple[str, ...], *, stuck: bool) -> None:
    """Ask the desk again, at once, for the tickets of these calls.

    A running service does so within seconds; one that is started tries everything once by itself.

    \b
    Examples:
      callcenter ticket retry 2f6c9f0e-5a8e-5a62-8a1f-0f5d1f0f6b52
      callcenter ticket retry --stuck
    """
    if stuck == bool(call_ids):
        raise click.UsageError("Name the calls, as 'callcenter ticket list' has them, or --stuck.")
    retried = asyncio.run(_retry(settings, None if stuck else call_ids))
    click.echo(f"{len(retried)} to be tried again")
    others = sorted(set(call_ids) - set(retried))
    if others:
        raise NotRetriedError(
            f"not retried: {', '.join(others)}: they have their tickets, are being tried at this "
            "moment, or are not there; look at 'callcenter ticket list'"
        )


async def _open(settings: Settings, show: Show) -> list[Standing]:
    found: list[Standing] = []
    async with migrated_database(settings) as database:
        after = None
        while True:
            async with database.reading() as connection:
                page = await standing.page(connection, show, agent_id=None, after=after, limit=ROWS)
            found += page.standings
            after = page.next
            if after is None:
                return found


async def _retry(settings: Settings, call_ids: Sequence[str] | None) -> list[str]:
    async with migrated_database(settings) as database, database.transaction() as connection:
        return await claims.retry(connection, call_ids, actor=BY_HAND, now=datetime.now(UTC))


def _line(one: Standing, zone: ZoneInfo) -> str:
    answered_at = one.answered_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    parts = (one.call.id, answered_at, one.call.line, one.agent or "-", _state(one, zone))
    return "  ".join(parts)


def _state(one: Standing, zone: ZoneInfo) -> str:
    if one.stuck_at:
        state = "stuck"
    elif one.is_tried:
        state = "being tried"
    elif one.attempts and one.next_attempt_at:
        state = f"next try {one.next_attempt_at.astimezone(zone):%H:%M:%S}"
    else:
        state = "to be tried"
    words = " ".join((one.last_error or "").split())
    return f"{state}, failed {one.attempts}x: {words}" if words else state
