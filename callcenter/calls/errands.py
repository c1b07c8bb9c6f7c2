"""What a PBX is asked to do for somebody who clicked: looked for when told, and every second."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from callcenter.db.faults import is_away

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""How late an errand that another instance was asked for may be begun."""

DATABASE_MAX_S = 5.0
"""After this a database that says nothing is taken to be away: the click is old by then."""


async def run_errands(
    asked: asyncio.Event, turn: Callable[[], Awaitable[None]], *, pbx: str, waiting: str
) -> None:
    """Take turns until cancelled; ``waiting`` is logged while the database is away.

    Raises LeaseLostError.
    """
    while True:
        try:
            async with asyncio.timeout(POLL_S):
                await asked.wait()
        except TimeoutError:
            pass
        asked.clear()
        try:
            await turn()
        except Exception as error:
            if not is_away(error):
                raise
            log.warning(waiting, pbx=pbx, error=type(error).__name__)
