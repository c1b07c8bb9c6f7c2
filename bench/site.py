"""The site that the whole service is measured with, and a database that knows its people."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.readers import ACCOUNT, HOST
from callcenter.config import Settings
from callcenter.db import agents, sessions
from callcenter.db.agents import Role
from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from callcenter.directory.importer import import_csv

AGENTS = 50
TELEPHONES = tuple(f"PJSIP/{101 + number}" for number in range(AGENTS))
"""Every one is in both ring groups; the recorded calls ring at the first four."""

QUEUE = "support"

CALLERS = 10_000
"""Numbers that the load calls from."""

COLLEAGUES = 5
"""People of a company in the directory."""


def settings(ami_port: int) -> Settings:
    """The two lines that the recordings were made on; pages on any free port."""
    pbx = {"name": "main", "host": HOST, "port": ami_port, "username": ACCOUNT, "secret": ACCOUNT}
    queue = {"name": "support", "number": "+33465711010", "extension": "0465711010"}
    dial = {"name": "network", "number": "+33465711020", "extension": "0465711020"}
    unwritten = {"mode": "off"}  # nobody is there to write a ticket
    lines = [
        {**queue, "pbx": "main", "queue": QUEUE, "enforcement": unwritten},
        {**dial, "pbx": "main", "ring": TELEPHONES, "enforcement": unwritten},
    ]
    return Settings.model_validate({"http": {"port": 0}, "pbx": [pbx], "line": lines})


def url(path: Path) -> str:
    """The address of a database in a file."""
    return f"sqlite+aiosqlite:///{path}"


async def prepare(path: Path, *, callers: int = CALLERS) -> list[str]:
    """Make the database: agents, and a directory of every second one of so many callers.

    Gives a token of a session an agent, who is signed in by it.
    """
    async with Database.open(url(path)) as database:
        return await fill(database, callers=callers)


async def fill(database: Database, *, callers: int = CALLERS) -> list[str]:
    """The same of an empty database that is open."""
    await upgrade(database)
    await import_csv(database, "\n".join(_directory(callers)), country="FR")
    return await staff(database)


async def staff(database: Database, *, role: Role = "agent") -> list[str]:
    """Add the agents; a token of a session of each."""
    async with database.transaction() as connection:
        now, tokens = datetime.now(UTC), []
        for number, telephone in enumerate(TELEPHONES):
            agent = await agents.add(
                connection,
                login=f"agent{number}",
                name=f"Agent {number}",
                role=role,
                interfaces=[telephone],
                password_hash="",  # nobody signs in by a password here
                now=now,
            )
            tokens.append((await sessions.create(connection, agent, now)).token)
        return tokens


def _directory(callers: int) -> Iterator[str]:
    yield "company,contact,phone,mobile,email,contract,account_owner,backup"
    for number, caller in enumerate(range(0, callers, 2)):
        company = number // COLLEAGUES
        yield (
            f"Company {company},Person {number},0199{company:06},063998{caller:04},,"
            "Support,Camille Roy,Nadia Petit"
        )
