"""Whether the event loop keeps up: what is late here is late on every card and page."""

import asyncio
import time
from collections.abc import Callable

EVERY_S = 0.5


async def watch_loop(lagged: Callable[[float], None]) -> None:
    """Measure, until cancelled, how late the loop comes to a timer."""
    while True:
        due = time.monotonic() + EVERY_S
        await asyncio.sleep(EVERY_S)
        lagged(max(0.0, time.monotonic() - due))
