"""The command line, called in a folder of its own, with no settings in the environment."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import insert

from callcenter.cli import main
from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db.schema import companies, contacts

Call = Callable[..., Result]

CONFIG = """\
[database]
url = "sqlite+aiosqlite:///{folder}/test.db"
[[pbx]]
name = "main"
host = "127.0.0.1"
username = "callcenter"
secret = "hush-ami"
caller_name_token = "hush-token"
[pbx.rendered]
trunk = ["192.0.2.5"]
[[line]]
name = "support"
number = "+33465711010"
pbx = "main"
queue = "support"
members = ["PJSIP/101"]
extension = "0465711010"
hours = ["mon-fri 08:30-18:00"]
[line.menu]
[line.voicemail]
mailbox = "600"
pin = "2580"
[[telephone]]
name = "101"
pbx = "main"
secret = "hush-101"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands are called."""
    for name in [name for name in os.environ if name.startswith("CALLCENTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Let no other test find the log as a command leaves it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def call() -> Call:
    """Call the command line with these words."""

    def call(*words: str, **options: str) -> Result:
        return CliRunner().invoke(main, words, **options)

    return call


@pytest.fixture
def config(folder: Path) -> Path:
    """A configuration, where it is found without being named."""
    path = folder / "callcenter.toml"
    path.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    return path


@pytest.fixture
def acme(config: Path) -> None:
    """A company with a contact."""

    async def write() -> None:
        async with (
            migrated_database(load(config, {})) as database,
            database.transaction() as connection,
        ):
            await connection.execute(insert(companies).values(id=1, name="Acme"))
            person = {"id": 7, "company_id": 1, "name": "Lucie Petit"}
            await connection.execute(insert(contacts).values(person))

    asyncio.run(write())
