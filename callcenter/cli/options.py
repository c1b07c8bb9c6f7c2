"""``--config``, which every command has, and the database that it leads to."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from callcenter.cli import logs
from callcenter.config import Settings, load
from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from callcenter.db.sole import sole_service
from callcenter.errors import CallcenterError

DEFAULT_CONFIG = Path("callcenter.toml")

NOT_REACHED = (SQLAlchemyError, OSError, TypeError)
"""What the first use of a database raises; TypeError is asyncpg's for a parameter in the URL that
it does not know, such as ``?sslmode=``."""


class DatabaseUnreachableError(CallcenterError):
    """The database that the configuration names cannot be used."""

    code = "database_unreachable"

    def __init__(self, error: Exception) -> None:
        """Say why, without the statement and the link that SQLAlchemy adds."""
        cause = getattr(error, "orig", None) or error
        super().__init__(
            f"the database cannot be used ({cause}): look at [database] url, and at the server"
        )


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` to a command, and hand it the settings in its place."""
    return click.option(
        "--config",
        "settings",
        metavar="PATH",
        envvar="CALLCENTER_CONFIG",
        callback=_settings,
        help="The configuration file; else callcenter.toml, else built-in defaults.",
    )(command)


def _settings(_context: click.Context, _option: click.Parameter, path: str | None) -> Settings:
    logs.configure(logs.QUIET)
    return load(Path(path) if path else default_config(), os.environ)


def default_config() -> Path | None:
    """The file that is read where none is named; None where there is none."""
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


@asynccontextmanager
async def migrated_database(settings: Settings) -> AsyncIterator[Database]:
    """The database that the settings name, brought to this version's schema.

    Raises DatabaseUnreachableError.
    """
    async with database_at(settings.database.url.get_secret_value()) as database:
        await _bring_up_to_date(database)
        yield database


@asynccontextmanager
async def served_database(settings: Settings) -> AsyncIterator[Database]:
    """The same for a service, which is the only one on a SQLite file.

    Raises DatabaseUnreachableError, AlreadyServedError and LockFileError.
    """
    url = settings.database.url.get_secret_value()
    async with database_at(url) as database, sole_service(url):
        await _bring_up_to_date(database)
        yield database


async def _bring_up_to_date(database: Database) -> None:
    try:
        await upgrade(database)
    except NOT_REACHED as error:
        raise DatabaseUnreachableError(error) from error


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    """The database as it is. Raises DatabaseUnreachableError for a SQLite file out of reach.

    That file is tried beforehand: where aiosqlite 0.22 cannot open one, it leaves a thread behind
    that outlives the event loop and ends in a traceback.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        try:
            await asyncio.to_thread(lambda: sqlite3.connect(parsed.database or "").close())
        except sqlite3.Error as error:
            raise DatabaseUnreachableError(error) from error
    async with Database.open(parsed) as database:
        yield database
