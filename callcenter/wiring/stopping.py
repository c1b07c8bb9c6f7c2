"""The end of the service: cleanly, and soon, whatever state it is in."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator

import structlog

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)

STOP_MAX_S = 4.0
"""From the signal to the end of the process. Nothing is lost by an end that is cut short: whatever
matters is in a transaction, and one that is not committed is found out anew."""


async def until_told(work: Coroutine[None, None, None]) -> None:
    """Run the work until SIGTERM or SIGINT; raises what ends it before that."""
    with _signals() as told:
        task, stop = asyncio.create_task(work), asyncio.create_task(told.wait())
        try:
            await asyncio.wait([task, stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
            stop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    log.info("service.stopped")


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that the signals set, until the end of the block."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        if not told.is_set():
            log.info("service.stopping")
            _end_within(STOP_MAX_S)
            told.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, tell)
    try:
        yield told
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _end_within(seconds: float) -> None:
    """End the process after so long, should it still be there.

    A thread of its own: a database that says nothing can hold a thread, and the event loop that
    waits for it, for as long as it likes.
    """
    timer = threading.Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    log.warning("service.stopped_short", hint="something did not end in time; nothing is lost")
    sys.stderr.flush()
    os._exit(0)
