"""``callcenter customer add``, ``list``, ``password``, ``disable`` and ``enable``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.cli.options import config_option, migrated_database
from callcenter.cli.passwords import chosen, password_option
from callcenter.cli.words import LOGIN, NAME
from callcenter.config import Settings
from callcenter.db import customers
from callcenter.db.customers import Customer, CustomerError
from callcenter.web.passwords import Passwords


@click.group
def customer() -> None:
    """The people of your customers who sign in to the portal."""


@customer.command
@click.argument("login", type=LOGIN)
@click.option("--name", type=NAME, required=True, help="As the agents see it: 'Lucie Petit'.")
@click.option("--company", required=True, help="Their company, as the directory has it.")
@click.option("--contact", help="Who they are in the directory, if they are in it.")
@password_option
@config_option
def add(password_file: TextIO | None, **asked: Any) -> None:
    """Let somebody of a company sign in to the portal with LOGIN.

    \b
    Examples:
      callcenter customer add lucie --name "Lucie Petit" --company "Boulangerie Durand"
      callcenter customer add marc --name "Marc Roy" --company "Acme" --password-file -
    """
    password = chosen(password_file)
    asyncio.run(add_customer(password=password.text, **asked))
    if not asked["settings"].portal.enabled:
        click.echo("the portal is off: set enabled and line in [portal]", err=True)
    click.echo(f"{asked['login']} may sign in{password.said}")


@customer.command("list")
@config_option
def list_(settings: Settings) -> None:
    """List who may sign in to the portal, and who may no longer, by company.

    \b
    Example:
      callcenter customer list
    """
    for one in asyncio.run(everyone(settings)):
        click.echo(f"{one.company}: {one.login} ({one.name}){'' if one.active else ', disabled'}")


@customer.command
@click.argument("login", type=LOGIN)
@password_option
@config_option
def password(settings: Settings, login: str, password_file: TextIO | None) -> None:
    """Give a customer another password; they are signed out everywhere.

    \b
    Example:
      callcenter customer password lucie
    """
    given = chosen(password_file)
    asyncio.run(set_password(settings, login, given.text))
    click.echo(f"{login} has another password{given.said}")


@customer.command
@click.argument("login", type=LOGIN)
@config_option
def disable(settings: Settings, login: str) -> None:
    """Let a customer sign in no longer; they are signed out everywhere.

    \b
    Example:
      callcenter customer disable lucie
    """
    asyncio.run(set_active(settings, login, active=False))
    click.echo(f"{login} may no longer sign in")


@customer.command
@click.argument("login", type=LOGIN)
@config_option
def enable(settings: Settings, login: str) -> None:
    """Let a customer sign in again, with the password they had.

    \b
    Example:
      callcenter customer enable lucie
    """
    asyncio.run(set_active(settings, login, active=True))
    click.echo(f"{login} may sign in again")


async def add_customer(
    *,
    settings: Settings,
    login: str,
    name: str,
    company: str,
    contact: str | None,
    password: str,
) -> None:
    """Put a customer into the database. Raises CustomerError."""
    hashed = await Passwords().hash(password)
    async with migrated_database(settings) as database, database.transaction() as connection:
        company_id, contact_id = await customers.place_of(connection, company, contact)
        await customers.add(
            connection,
            login=login,
            name=name,
            company_id=company_id,
            contact_id=contact_id,
            password_hash=hashed,
            now=datetime.now(UTC),
        )


async def everyone(settings: Settings) -> list[Customer]:
    """All customers, by company and login."""
    async with migrated_database(settings) as database, database.reading() as connection:
        return await customers.everyone(connection)


async def set_password(settings: Settings, login: str, password: str) -> None:
    """Give a customer another password. Raises CustomerError."""
    hashed = await Passwords().hash(password)
    async with _changing(settings, login) as (connection, found):
        await customers.set_password(connection, found.id, hashed, now=datetime.now(UTC))


async def set_active(settings: Settings, login: str, *, active: bool) -> None:
    """Let a customer sign in, or no longer. Raises CustomerError."""
    async with _changing(settings, login) as (connection, found):
        await customers.set_active(connection, found.id, active=active, now=datetime.now(UTC))


@asynccontextmanager
async def _changing(
    settings: Settings, login: str
) -> AsyncIterator[tuple[AsyncConnection, Customer]]:
    async with migrated_database(settings) as database, database.transaction() as connection:
        found = await customers.by_login(connection, login)
        if found is None:
            raise CustomerError(f"there is no customer {login!r}: callcenter customer list")
        yield connection, found
