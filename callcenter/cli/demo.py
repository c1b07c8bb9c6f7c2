"""``callcenter demo``."""

import asyncio
import secrets
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from callcenter import wiring
from callcenter.cli import logs
from callcenter.cli.options import config_option, migrated_database
from callcenter.config import BuiltinDesk, Database, Line, Pbx, Portal, Settings
from callcenter.db import agents, categories, customers, engine
from callcenter.demo.pbx import DemoPbx
from callcenter.demo.people import AGENTS, CUSTOMER, DIRECTORY, login_of
from callcenter.directory.importer import import_csv
from callcenter.web.passwords import Passwords

PASSWORD = "demo"  # noqa: S105  (printed for the visitor; the database goes when he goes)

PBX = "demo"

QUEUE = "support"

EXTENSION = "0465711010"

COUNTRY = "FR"
"""Of the line, and of the numbers in the directory of invented companies."""

CATEGORIES = (
    ("Accounts", "Passwords"),
    ("Hardware", "Computers", "Printers"),
    ("Network", "VPN", "Wi-Fi"),
    ("Software",),
    ("Telephones",),
)
"""What the tickets can be about: categories, each with its sub-categories."""

REMIND = {"mode": "remind"}
"""Its callers wait for no visitor who writes nothing."""


@click.command
@config_option
def demo(settings: Settings) -> None:
    """Show the service at work with a small built-in PBX and a directory of invented companies.

    It prints the address to open and how to sign in. A call rings every few seconds. Nothing of
    it is kept, and the database of the configuration is not touched.

    \b
    Example:
      CALLCENTER_HTTP__PORT=9000 callcenter demo
    """
    logs.configure(logs.QUIET if settings.log.level == "info" else settings.log.level)
    asyncio.run(wiring.until_told(run(settings)))


async def run(settings: Settings) -> None:
    """Play the PBX, and serve beside it. Raises ListenError."""
    secret = secrets.token_urlsafe()
    pace = 60 / settings.demo.call_every_s
    with TemporaryDirectory(prefix="callcenter-demo-") as folder:
        async with DemoPbx(
            secret=secret, queue=QUEUE, extension=EXTENSION, calls_per_minute=pace
        ) as pbx:
            staged = stage(settings, Path(folder), port=pbx.port, secret=secret)
            async with migrated_database(staged) as database:
                await populate(database)
                await wiring.serve(staged, database, announce=announce)


def stage(settings: Settings, folder: Path, *, port: int, secret: str) -> Settings:
    """The settings with the demonstration's database, PBX, line and desk in place of the site's."""
    pbx = {"name": PBX, "host": "127.0.0.1", "port": port, "username": "callcenter"}
    line = {"name": "support", "number": "+33465711010", "pbx": PBX, "queue": QUEUE}
    line |= {"extension": EXTENSION, "country": COUNTRY, "timezone": settings.site.timezone}
    rules = {"enforcement": REMIND, "wallboard": settings.wallboard}
    url = f"sqlite+aiosqlite:///{folder / 'demo.db'}"
    return settings.model_copy(
        update={
            "database": Database.model_validate({"url": url}),
            "pbxs": (Pbx.model_validate(pbx | {"secret": secret}),),
            "lines": (Line.model_validate({**line, **rules}),),
            "portal": Portal(enabled=True, line="support"),
            "desks": (BuiltinDesk(name="builtin", kind="builtin"),),
        }
    )


async def populate(database: engine.Database) -> None:
    """Put the invented agents, companies and categories into the empty database."""
    hashed = await Passwords().hash(PASSWORD)
    async with database.transaction() as connection:
        for phone in AGENTS:
            await agents.add(
                connection,
                login=login_of(phone),
                name=phone.name,
                role="admin" if phone is AGENTS[0] else "agent",
                interfaces=(phone.interface,),
                password_hash=hashed,
                now=datetime.now(UTC),
            )
        for position, (name, *below) in enumerate(CATEGORIES):
            parent = await categories.add(connection, name, position=position)
            for each in below:
                await categories.add(connection, each, parent_id=parent)
    await import_csv(database, DIRECTORY, country=COUNTRY)
    await _let_customer_in(database, hashed)


async def _let_customer_in(database: engine.Database, password_hash: str) -> None:
    async with database.transaction() as connection:
        company_id, contact_id = await customers.place_of(
            connection, CUSTOMER.company, CUSTOMER.name
        )
        await customers.add(
            connection,
            login=CUSTOMER.login,
            name=CUSTOMER.name,
            company_id=company_id,
            contact_id=contact_id,
            password_hash=password_hash,
            now=datetime.now(UTC),
        )


def announce(url: str) -> None:
    """Say where to look, and how to get in."""
    admin, *others = (login_of(phone) for phone in AGENTS)
    click.echo(
        f"\n  Open      {url}\n"
        f"  Sign in   {others[0]}, password {PASSWORD}\n"
        f"  Others    {', '.join(others[1:])}; {admin} may do everything\n"
        f"  Customer  {url}/portal: {CUSTOMER.login}, password {PASSWORD}\n"
        "  Stop      Ctrl-C\n"
    )
