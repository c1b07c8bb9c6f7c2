"""``callcenter serve``."""

import asyncio
import gc
import sys

import click
import structlog

from callcenter import wiring
from callcenter.cli import logs
from callcenter.cli.options import config_option, served_database
from callcenter.config import Settings

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_S = 0.00001
"""How long one thread may keep another from running Python; SQLite's has to run twice for each of
the ten statements that a change of a call takes.

Python asks the thread that runs to give way only after it ran for so long at a stretch. A busy
event loop looks at its sockets more often than that, and each time is back before the other thread
is awake: at 0.5 ms a statement waited up to 370 ms for its turn, at 0.01 ms 0.8 ms."""


@click.command
@config_option
def serve(settings: Settings) -> None:
    """Run the service until it is told to stop (Ctrl-C, or SIGTERM).

    It listens to every PBX of the configuration, keeps what it learns in the database, which it
    brings up to date first, and serves the pages and the API. Any number of instances may run on
    one PostgreSQL; on a SQLite file there is one.

    \b
    Example:
      callcenter serve --config /etc/callcenter.toml
    """
    logs.configure(settings.log.level)
    tune_interpreter()
    asyncio.run(wiring.until_told(run(settings)))


def tune_interpreter() -> None:
    """Let a card wait neither for the collector nor for another thread's turn."""
    # What was imported is never garbage, and looking through all of it takes 70 ms and more.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)


async def run(settings: Settings) -> None:
    """Serve from the configured database.

    Raises DatabaseUnreachableError, AlreadyServedError, LockFileError and ListenError.
    """
    log.info("service.starting")
    async with served_database(settings) as database:
        await wiring.serve(settings, database)
