"""``callcenter serve``."""

import asyncio
import gc

import click

from callcenter import wiring
from callcenter.cli import logs
from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings


@click.command
@config_option
def serve(settings: Settings) -> None:
    """Run the service until it is told to stop (Ctrl-C, or SIGTERM).

    It listens to every PBX of the configuration, keeps what it learns in the database, which it
    brings up to date first, and serves the pages and the API.

    \b
    Example:
      callcenter serve --config /etc/callcenter.toml
    """
    logs.configure(settings.log.level)
    keep_imports()
    asyncio.run(run(settings))


def keep_imports() -> None:
    """Let the collector pass over what was imported: it is never garbage, and to look through all
    of it again takes longer than a card may."""
    gc.collect()
    gc.freeze()


async def run(settings: Settings) -> None:
    """Serve from the configured database. Raises DatabaseUnreachableError and ListenError."""
    async with migrated_database(settings) as database:
        await wiring.serve(settings, database)
