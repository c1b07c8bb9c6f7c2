"""When all faults are over: wait until nothing is owed any more."""

import asyncio
import time

from tests.chaos.house import House

SETTLE_MAX_S = 120.0
POLL_S = 1.0
LEDGER = "database show callcenter/answered"


async def settled(house: House, within_s: float = SETTLE_MAX_S) -> str | None:
    """None once the service says that nothing is owed and Asterisk's ledger is empty; else what
    was still owed when the time was up.
    """
    deadline = time.monotonic() + within_s
    while (trouble := await _trouble(house)) is not None:
        if time.monotonic() > deadline:
            return trouble
        await asyncio.sleep(POLL_S)
    return None


async def _trouble(house: House) -> str | None:
    answer = await house.rig.cli(LEDGER)
    if notes := [line for line in answer.splitlines() if line.startswith("/")]:
        return f"{len(notes)} notes in the ledger, the first of them {notes[0]}"
    return await house.instances.trouble()
