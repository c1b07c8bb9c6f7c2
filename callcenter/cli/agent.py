"""``callcenter agent add``."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.db import agents
from callcenter.db.agents import ROLES, Role
from callcenter.web.passwords import Passwords

PASSWORD_BYTES = 12
"""Of a password that we make: 96 bits, 16 characters."""


@click.group
def agent() -> None:
    """The people who sign in, and their telephones."""


@agent.command
@click.argument("login")
@click.option("--name", required=True, help="As the others see it: 'Zoé Martin'.")
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    metavar="PJSIP/101",
    help="A telephone of theirs, as Asterisk calls it; may be given several times.",
)
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="agent",
    show_default=True,
    help="A supervisor sees every line; an admin may change settings too.",
)
@click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    metavar="PATH",
    help="The password's file, '-' for stdin; without it one is made and printed.",
)
@config_option
def add(password_file: TextIO | None, **asked: Any) -> None:
    """Add somebody who signs in with LOGIN.

    \b
    Examples:
      callcenter agent add zoe --name "Zoé Martin" --interface PJSIP/101
      callcenter agent add sam --name "Sam Petit" --role supervisor --password-file -
    """
    password = password_file.readline().rstrip("\r\n") if password_file else None
    if password == "":
        raise click.UsageError("The password is empty: write it into the first line of the file.")
    made = password or secrets.token_urlsafe(PASSWORD_BYTES)
    asyncio.run(add_agent(password=made, **asked))
    click.echo(f"{asked['login']} may sign in" + ("" if password else f"; the password is {made}"))


async def add_agent(
    *,
    settings: Settings,
    login: str,
    name: str,
    role: Role,
    interfaces: tuple[str, ...],
    password: str,
) -> None:
    """Put an agent into the database. Raises AgentError where login or telephone is taken."""
    hashed = await Passwords().hash(password)
    async with migrated_database(settings) as database, database.transaction() as connection:
        await agents.add(
            connection,
            login=login,
            name=name,
            role=role,
            interfaces=interfaces,
            password_hash=hashed,
            now=datetime.now(UTC),
        )
