"""``callcenter check``."""

import asyncio
from collections.abc import Awaitable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from callcenter.ami.ledger import UNREAD
from callcenter.ami.login import logged_in
from callcenter.ami.manager import AmiManager
from callcenter.calls.steering import UNSTEERED, may_not
from callcenter.cli.group import EXIT_CODE
from callcenter.cli.options import (
    NOT_REACHED,
    DatabaseUnreachableError,
    config_option,
    database_at,
)
from callcenter.config import BuiltinDesk, Pbx, RemoteDesk, Settings
from callcenter.config.desks.remote import CustomersTable
from callcenter.config.shape import is_secret, keys
from callcenter.db import categories
from callcenter.desks.desk import DeniedError, Desk, HasDirectory, cannot
from callcenter.desks.filing import BELOW
from callcenter.errors import CallcenterError
from callcenter.records.recordings import Recordings
from callcenter.records.source import RecordsError, Source
from callcenter.wiring import endpoint
from callcenter.wiring.audit import records_of
from callcenter.wiring.mail import mail_server
from callcenter.wiring.privacy import recordings
from callcenter.wiring.remote_desks import remote_desk
from dialplan.ledger import FAMILY

NAME_WIDTH = 20
DAY = timedelta(days=1)
MODULE_CHECK = "ModuleCheck"
CHANSPY = "app_chanspy"
LATER = "there are no categories yet"


@click.command
@config_option
def check(settings: Settings) -> None:
    """Validate the configuration, then try each connection: the database, each PBX and its
    records, each desk.

    Nothing is changed anywhere. The exit code is 2 when anything is not as it must be.

    \b
    Example:
      callcenter check --config /etc/callcenter.toml
    """
    click.echo(f"{'configuration':{NAME_WIDTH}} ok: {_counted(settings)}")
    if not asyncio.run(check_connections(settings)):
        click.get_current_context().exit(EXIT_CODE)


def _counted(settings: Settings) -> str:
    """What the configuration has: none of them says that another file was meant."""
    parts = {"PBX": settings.pbxs, "line": settings.lines, "telephone": settings.telephones}
    return ", ".join(
        f"{len(found)} {name}{'s' * (len(found) != 1)}" for name, found in parts.items()
    )


async def check_connections(settings: Settings) -> bool:
    """Try each connection and tell of each; whether all of them worked."""
    return all([await _tell(name, attempt) for name, attempt in _attempts(settings)])


def _attempts(settings: Settings) -> Iterator[tuple[str, Awaitable[str]]]:
    yield "database", try_database(_url(settings))
    for pbx in settings.pbxs:
        yield f"pbx {pbx.name}", try_pbx(pbx)
        for source in records_of(settings, pbx):
            yield f"{source.name} of {pbx.name}", try_records(source)
    for name, folder in recordings(settings).items():
        is_aged = settings.retention.recordings_days is not None
        yield f"recordings of {name}", try_recordings(folder, are_removed=is_aged)
    for desk in settings.desks:
        if not isinstance(desk, BuiltinDesk):
            yield f"desk {desk.name}", try_desk(desk)
            if labels := getattr(desk, "categories", None):
                yield f"labels of {desk.name}", try_labels(_url(settings), labels)
    if settings.mail is not None:
        yield "mail", mail_server(settings.mail).check()


async def _tell(name: str, attempt: Awaitable[str]) -> bool:
    try:
        click.echo(f"{name:{NAME_WIDTH}} ok: {await attempt}")
    except CallcenterError as error:
        click.echo(f"{name:{NAME_WIDTH}} FAILED: {error}", err=True)
        return False
    return True


async def try_database(url: str) -> str:
    """Ask the database what it is. A SQLite file that is not there yet is not made.

    Raises DatabaseUnreachableError.
    """
    if missing := await asyncio.to_thread(_missing_file, make_url(url)):
        return f"{missing} will be made at the first start"
    async with database_at(url) as database:
        try:
            described = await database.describe()
        except NOT_REACHED as error:
            raise DatabaseUnreachableError(error) from error
    return ", ".join(f"{name} {value}" for name, value in described.items())


def _missing_file(url: URL) -> Path | None:
    """The SQLite file that is not there yet, in a folder that is: else opening it says why not."""
    path = Path(str(url.database))
    is_missing = not path.exists() and path.parent.is_dir()
    return path if url.get_backend_name() == "sqlite" and is_missing else None


async def try_labels(url: str, labels: Collection[str]) -> str:
    """See that what a desk has labels for are categories of ours, as far as there are any yet.

    Raises CategoryError.
    """
    if await asyncio.to_thread(_missing_file, make_url(url)):
        return LATER
    try:
        async with database_at(url) as database, database.reading() as connection:
            tree = await categories.tree(connection, with_inactive=True)
    except (DBAPIError, *NOT_REACHED):
        return LATER
    if not tree:
        return LATER
    below = {f"{above.name}{BELOW}{one.name}" for above in tree for one in above.below}
    known = {one.name for one in tree} | below
    if unknown := sorted(set(labels) - known):
        raise categories.CategoryError(
            "categories",
            f"callcenter has no category {', '.join(map(repr, unknown))}: write the names of "
            "Administration, Categories, with > before that of one below another",
        )
    return f"{len(labels)} categories of ours have one"


def _url(settings: Settings) -> str:
    return settings.database.url.get_secret_value()


async def try_records(source: Source) -> str:
    """Read what a PBX recorded of the last day: no call in it may be a mistake too.

    Raises RecordsError.
    """
    now = datetime.now(UTC)
    span = await source.between(now - DAY, now, now)
    return f"{len(span.notes)} calls of the lines answered in the last 24 hours"


async def try_recordings(found: Recordings, *, are_removed: bool) -> str:
    """Look into the folder of a PBX's recordings. Raises RecordsError."""
    today = datetime.now(found.zone).date()
    try:
        made = await asyncio.to_thread(found.made_on, today)
    except OSError as error:
        raise RecordsError(
            f"{found.folder} cannot be read ({error.strerror}): mount the PBX's folder there, and "
            "let this user read it"
        ) from error
    if are_removed and not await asyncio.to_thread(found.can_be_removed):
        raise RecordsError(
            f"{found.folder} cannot be written by this user: recordings older than recordings_days "
            "would stay there"
        )
    return f"{found.folder} can be read, with {made} recordings of today"


async def try_pbx(pbx: Pbx) -> str:
    """Log in to a PBX, and out again. Raises AmiError."""
    async with logged_in(endpoint(pbx)) as manager:
        reply = await manager.request({"Action": "CoreSettings"})
        ledger = await manager.request({"Action": "DBGetTree", "Family": FAMILY})
        commands = await manager.request({"Action": "ListCommands"})
        listens = await _listens(manager, commands.headers)
    version = reply.headers.get("AsteriskVersion")
    told = f"logged in to {pbx.host}:{pbx.port}" + (f", Asterisk {version}" if version else "")
    unread = "" if ledger.ok else f"; its ledger cannot be read ({ledger.message}): {UNREAD}"
    unheard = "" if listens else f"; it has no {CHANSPY}: supervisors cannot listen to calls"
    refused = ", ".join(may_not(commands.headers))
    return told + unread + unheard + (f"; it may not {refused}: {UNSTEERED}" if refused else "")


async def _listens(manager: AmiManager, commands: Collection[str]) -> bool:
    """Whether supervisors can hear calls there, as far as the account may ask."""
    if MODULE_CHECK not in commands:
        return True
    return (await manager.request({"Action": MODULE_CHECK, "Module": CHANSPY})).ok


async def try_desk(desk: RemoteDesk) -> str:
    """Have a desk say whether it is as it must be, and what it cannot do. Raises DeskError."""
    async with remote_desk(desk, lambda: datetime.now(UTC)) as opened:
        try:
            told = f"{desk.url} {await opened.check()}"
            if isinstance(desk, CustomersTable) and desk.directory:
                told += await _tried_directory(opened)
        except DeniedError as error:
            who = ", ".join(_credentials(desk))
            raise DeniedError(f"{error}: see {who} of this [[desk]]") from error
        lacks = "; ".join(cannot(opened))
        return f"{told}; it cannot {lacks}" if lacks else told


async def _tried_directory(desk: Desk) -> str:
    """Have each kind of entry read, a page of all and what has just changed. Raises DeskError."""
    if not isinstance(desk, HasDirectory):
        return ""
    now = datetime.now(UTC)
    for kind in desk.kinds:
        await desk.entries(kind, None, None)
        await desk.entries(kind, now, None)
    return f"; its directory can be read ({', '.join(desk.kinds)})"


def _credentials(desk: RemoteDesk) -> Iterator[str]:
    """The keys that say who we are there."""
    for key, annotation in keys(type(desk)).items():
        is_ours = is_secret(annotation) and key != "webhook_secret"
        if is_ours or key in ("user", "username", "client_id"):
            yield key
