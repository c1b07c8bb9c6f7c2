"""``callcenter token create``."""

import asyncio
from datetime import UTC, datetime

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.cli.words import NAME
from callcenter.config import Settings
from callcenter.db import tokens


@click.group
def token() -> None:
    """The bearer tokens that programs use on the API."""


@token.command
@click.argument("name", type=NAME)
@config_option
def create(settings: Settings, name: str) -> None:
    """Make a token called NAME and print it: this once, for only its hash is kept.

    \b
    Example:
      TOKEN=$(callcenter token create reports)
      curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/api/v1/calls
    """
    click.echo(asyncio.run(create_token(settings, name)))


async def create_token(settings: Settings, name: str) -> str:
    """Put a token into the database and give its secret. Raises TokenError: the name is taken."""
    async with migrated_database(settings) as database, database.transaction() as connection:
        return await tokens.create(connection, name, datetime.now(UTC))
