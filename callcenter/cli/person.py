"""``callcenter person export`` and ``erase``: what somebody may ask for of what is kept of them."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.db import person_erasure, person_export, persons
from callcenter.db.person_erasure import Erased
from callcenter.db.person_export import ELSEWHERE
from callcenter.db.persons import Person
from callcenter.db.trail import By
from callcenter.errors import CallcenterError
from callcenter.records.recordings import Recordings, Removed
from callcenter.wiring.figures import counting
from callcenter.wiring.privacy import recordings


class RecordingsUnreadError(CallcenterError):
    """Nobody can say which recordings there are."""

    code = "recordings_unread"

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"the recordings in {folder} cannot be read ({error.strerror}): run this where the "
            "service runs, as its user; nothing was done"
        )


class RecordingsLeftError(CallcenterError):
    """What was said is there still, so nothing else is erased: it would not be found again."""

    code = "recordings_left"

    def __init__(self, done: Removed) -> None:
        super().__init__(
            f"{done.left} recordings cannot be removed ({done.problem}): let this user write to "
            "their folder, and say it again; nothing else was erased yet"
        )


WORDS = {
    "calls": "calls",
    "missed_calls": "missed calls",
    "calls_made": "calls made",
    "tickets": "tickets",
    "texts": "other texts",
    "logins": "logins of the portal",
}


@click.group
def person() -> None:
    """What is kept of somebody: all of it, or none of it any more."""


def whose(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add whom it is about to a command."""
    contact = click.option(
        "--contact", type=int, metavar="ID", help="A contact: the end of /admin/contacts/ID."
    )
    return click.argument("number", required=False)(contact(command))


@person.command
@whose
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@config_option
def export(settings: Settings, number: str | None, contact: int | None, output: TextIO) -> None:
    """Write all that is kept of a telephone NUMBER, or of a contact, as JSON.

    With - for NUMBER it is read from standard input, and stays out of the shell's history.

    \b
    Examples:
      callcenter person export 0639981122 --output /root/request-17.json
      callcenter person export --contact 12
    """
    told = asyncio.run(exported(settings, asked(number, contact)))
    json.dump(told, output, ensure_ascii=False, indent=2)
    output.write("\n")


@person.command
@whose
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@config_option
def erase(settings: Settings, number: str | None, contact: int | None, yes: bool) -> None:
    """Make a telephone NUMBER, or a contact, anonymous everywhere; figures stay.

    It cannot be taken back, and may be repeated. With - for NUMBER it is read from standard input.

    \b
    Examples:
      callcenter person erase 0639981122
      callcenter person erase --contact 12 --yes
    """
    who = asked(number, contact)
    if not yes:
        click.confirm("This cannot be taken back. Erase?", abort=True)
    tell(*asyncio.run(erased(settings, who)))


def asked(number: str | None, contact: int | None) -> str | int:
    """Whom it is about: a number as it is written, or a contact's id."""
    if (number is None) == (contact is None):
        raise click.UsageError("give either a NUMBER or --contact ID")
    if contact is not None:
        return contact
    return sys.stdin.readline().strip() if number == "-" else str(number)


async def exported(settings: Settings, who: str | int) -> dict[str, Any]:
    """All that is kept. Raises PersonError."""
    url = settings.http.public_url or ""
    by = By(None, datetime.now(UTC))
    async with migrated_database(settings) as database:
        async with database.reading() as connection:
            found = await found_as(connection, settings, who)
            spoken = await persons.spoken(connection, found)
        told = await person_export.export(database, found, by=by, base_url=str(url))
        heard = await asyncio.to_thread(recorded, settings, spoken)
        return {**told, "recordings": [str(path) for paths in heard.values() for path in paths]}


def recorded(settings: Settings, spoken: Sequence[Row[Any]]) -> dict[Recordings, list[Path]]:
    """The files in which these calls were recorded. Raises RecordingsUnreadError."""
    of = recordings(settings)
    found: dict[Recordings, list[Path]] = {}
    for call in spoken:
        if one := of.get(call.pbx):
            ids, ended_at = (call.channel, call.linkedid), call.ended_at or call.started_at
            try:
                found.setdefault(one, []).extend(one.of_call(ids, call.started_at, ended_at))
            except OSError as error:
                raise RecordingsUnreadError(one.folder, error) from error
    return found


def remove_recordings(settings: Settings, spoken: Sequence[Row[Any]]) -> Removed:
    """Remove the files; what cannot be is in the answer. Raises RecordingsUnreadError."""
    done = Removed()
    for one, paths in recorded(settings, spoken).items():
        part = one.remove(paths)
        done.files, done.left = done.files + part.files, done.left + part.left
        done.problem = done.problem or part.problem
    return done


async def erased(settings: Settings, who: str | int) -> tuple[Person, Erased, list[str], Removed]:
    """What was erased, and which tickets of other desks are left. Raises PersonError.

    Recordings go first: once a call is anonymous nobody finds them.
    """
    now = datetime.now(UTC)
    async with migrated_database(settings) as database:
        async with database.reading() as connection:
            found = await found_as(connection, settings, who)
            left = await persons.tickets_elsewhere(connection, found)
            spoken = await persons.spoken(connection, found)
        files = await asyncio.to_thread(remove_recordings, settings, spoken)
        if files.left:
            raise RecordingsLeftError(files)
        slot_of = counting(settings, lambda: now).slot_of
        done = await person_erasure.erase(database, found, slot_of, by=By(None, now))
    return found, done, left, files


async def found_as(connection: AsyncConnection, settings: Settings, who: str | int) -> Person:
    """The person. Raises PersonError."""
    if isinstance(who, int):
        return await persons.of_contact(connection, who)
    return await persons.of_number(connection, who, country=settings.site.country)


def tell(found: Person, done: Erased, left: list[str], files: Removed) -> None:
    """Say what was erased, and what is left to be erased elsewhere."""
    counts = [f"{count} {WORDS[name]}" for name, count in done.counts.items() if count]
    counts += [f"{files.files} recordings, removed"] if files.files else []
    click.echo(f"made anonymous: {', '.join(counts) or 'nothing was kept of them'}")
    if done.going_on:
        click.echo(f"{done.going_on} calls are not over: say it again once they are", err=True)
    if found.shared:
        click.echo(
            f"{len(found.shared)} of their numbers are others' too, and stay theirs", err=True
        )
    click.echo("figures by caller follow within minutes, while the service runs")
    click.echo("not erased from here, and to be erased there:")
    for one in [*(f"the ticket {ticket}" for ticket in left), *ELSEWHERE[1:]]:
        click.echo(f"  - {one}")
    if found.contact is not None:
        click.echo("  - the contact in a desk whose directory is read: it would come back")
