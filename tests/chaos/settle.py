"""When all faults are over: wait until nothing is owed any more."""

import asyncio
import time
from collections.abc import Callable

from tests.chaos.house import House
from tests.chaos.proxy import Mode

SETTLE_MAX_S = 240.0
SAY_EVERY_S = 15.0
POLL_S = 1.0
LEDGER = "database show callcenter/answered"


async def settled(house: House, say: Callable[[str], None]) -> str | None:
    """None once the service says that nothing is owed and Asterisk's ledger is empty; else what
    was still owed when the time was up.

    The ledger is read every two minutes, and after each login: so there is one more.
    """
    house.proxy.turn(Mode.CUT)
    house.proxy.turn(Mode.PASSING)
    begun = time.monotonic()
    said_at = begun
    while (trouble := await _trouble(house)) is not None:
        now = time.monotonic()
        if now > begun + SETTLE_MAX_S:
            return trouble
        if now > said_at + SAY_EVERY_S:
            say(f"still waiting: {trouble}")
            said_at = now
        await asyncio.sleep(POLL_S)
    return None


async def _trouble(house: House) -> str | None:
    answer = await house.rig.cli(LEDGER)
    if notes := [line for line in answer.splitlines() if line.startswith("/")]:
        return f"{len(notes)} notes in the ledger, the first of them {notes[0]}"
    return await house.instances.trouble(qualified=len(house.closing.closed))
