"""``callcenter db upgrade``."""

import asyncio

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.db import migrate


@click.group
def db() -> None:
    """The database."""


@db.command
@config_option
def upgrade(settings: Settings) -> None:
    """Bring the database's schema up to date. The service does so by itself when it starts.

    \b
    Example:
      callcenter db upgrade --config /etc/callcenter.toml
    """
    click.echo(f"the schema is at revision {asyncio.run(upgrade_database(settings))}")


async def upgrade_database(settings: Settings) -> str:
    """Migrate, and give the revision."""
    async with migrated_database(settings) as database:
        return await migrate.upgrade(database)
