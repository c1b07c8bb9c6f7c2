"""``callcenter agent add``."""

import asyncio
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.cli.words import LOGIN, NAME, TELEPHONE
from callcenter.config import Settings
from callcenter.db import team
from callcenter.db.agents import ROLES, Role
from callcenter.db.team import Fields
from callcenter.db.trail import By
from callcenter.web.passwords import MAX_LENGTH, Passwords, made


@click.group
def agent() -> None:
    """The people who sign in, and their telephones."""


@agent.command
@click.argument("login", type=LOGIN)
@click.option("--name", type=NAME, required=True, help="As the others see it: 'Zoé Martin'.")
@click.option(
    "--interface",
    "interfaces",
    type=TELEPHONE,
    multiple=True,
    metavar="PJSIP/101",
    help="A telephone of theirs, as Asterisk calls it; may be given several times.",
)
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="agent",
    show_default=True,
    help="An agent sees their own lines; a supervisor and an admin see every line.",
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
    password = _first_line(password_file) if password_file else None
    chosen = password or made()
    asyncio.run(add_agent(password=chosen, **asked))
    click.echo(
        f"{asked['login']} may sign in" + ("" if password else f"; the password is {chosen}")
    )


def _first_line(file: TextIO) -> str:
    try:
        password = file.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.UsageError("The password's file is not UTF-8: save it so.") from None
    if not password:
        raise click.UsageError("The password is empty: write it into the first line of the file.")
    if len(password) > MAX_LENGTH:
        raise click.UsageError(f"The password has more than {MAX_LENGTH} characters: shorten it.")
    return password


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
        await team.add(
            connection,
            login=login,
            fields=Fields(name, role, None, tuple(dict.fromkeys(interfaces))),
            password_hash=hashed,
            by=By(None, datetime.now(UTC)),
        )
