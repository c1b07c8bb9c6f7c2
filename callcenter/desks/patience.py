"""Work that goes on, however long the database is away."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from callcenter.db.leases import LeaseLostError

log = structlog.get_logger(__name__)

FAULT_PAUSE_S = 5.0
"""After an error of the database, or of ours."""


async def patiently(do: Callable[[], Awaitable[bool | None]]) -> bool | None:
    """Do it, however long the database is away."""
    while True:
        try:
            return await do()
        except LeaseLostError:
            raise
        except Exception:
            # Whatever it is, all that is to be done stays in the database: say it, and go on.
            log.exception("desk.fault", pause_s=FAULT_PAUSE_S)
            await asyncio.sleep(FAULT_PAUSE_S)
