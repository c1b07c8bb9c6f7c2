"""``callcenter agent add``, ``grant`` and ``revoke``."""

import asyncio
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.cli.passwords import chosen, password_option
from callcenter.cli.words import LOGIN, NAME, TELEPHONE
from callcenter.config import Settings
from callcenter.db import team
from callcenter.db.agents import ROLES, Role
from callcenter.db.rights import Right
from callcenter.db.team import Fields
from callcenter.db.trail import By
from callcenter.web.passwords import Passwords


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
@password_option
@config_option
def add(password_file: TextIO | None, **asked: Any) -> None:
    """Add somebody who signs in with LOGIN.

    \b
    Examples:
      callcenter agent add zoe --name "Zoé Martin" --interface PJSIP/101
      callcenter agent add sam --name "Sam Petit" --role supervisor --password-file -
    """
    password = chosen(password_file)
    asyncio.run(add_agent(password=password.text, **asked))
    click.echo(f"{asked['login']} may sign in{password.said}")


right_argument = click.argument("right", type=click.Choice([right.value for right in Right]))


@agent.command
@click.argument("login", type=LOGIN)
@right_argument
@config_option
def grant(settings: Settings, login: str, right: str) -> None:
    """Let somebody do what no role includes, an admin's neither.

    RIGHT is `recordings`, to hear recorded calls, or `supervise`, to listen to a call that goes on
    and to speak into it.

    \b
    Example:
      callcenter agent grant sam supervise
    """
    asyncio.run(set_right(settings, login, Right(right), is_granted=True))
    click.echo(f"{login} has the right {right}")


@agent.command
@click.argument("login", type=LOGIN)
@right_argument
@config_option
def revoke(settings: Settings, login: str, right: str) -> None:
    """Take a right from somebody, from this moment on.

    \b
    Example:
      callcenter agent revoke sam supervise
    """
    asyncio.run(set_right(settings, login, Right(right), is_granted=False))
    click.echo(f"{login} has the right {right} no longer")


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


async def set_right(settings: Settings, login: str, right: Right, *, is_granted: bool) -> None:
    """Let an agent have a right, or no longer. Raises AgentError where there is no such agent."""
    change = team.grant if is_granted else team.revoke
    async with migrated_database(settings) as database, database.transaction() as connection:
        await change(connection, login, right, by=By(None, datetime.now(UTC)))
