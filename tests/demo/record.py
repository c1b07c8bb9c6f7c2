"""Record the demonstration's calls anew from a real Asterisk: ``python -m tests.demo.record``.

Names of recordings may follow; without any, all are made. Needs what the rig needs. Each recording
holds the events of one call, as Asterisk sent them; what names no channel and no bridge (states of
devices, of contacts) is left out.
"""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from callcenter.demo.scripts import CALLS
from dialplan.site import Telephone
from tests.rig import sites
from tests.rig.rig import WATCHER, WATCHER_SECRET, Rig
from tests.rig.sipp import Sipp
from tests.rig.steps import HangUp, Hold, Press, Talk

VERSION = 22
TELEPHONES = ("101", "102", "103", "104", "105", "106")
CALLER = "0639981122"
NAME = "Caller"
AFTERWARDS_S = 1.5
OF_A_CALL = re.compile(rb"^\w*(Linkedid|BridgeUniqueid): ", re.MULTILINE)

Play = Callable[[Rig], Awaitable[Sipp]]


def answered(ring_s: float, talk_s: float) -> Play:
    """The caller hangs up."""

    async def play(rig: Rig) -> Sipp:
        rig.phone("101").answers(after=ring_s)
        return await rig.call(CALLER, name=NAME, hangup_after=ring_s + talk_s)

    return play


def answered_and_ended_by_the_agent(ring_s: float, talk_s: float) -> Play:
    async def play(rig: Rig) -> Sipp:
        rig.phone("101").answers(after=ring_s, talk=talk_s)
        return await rig.call(CALLER, name=NAME)

    return play


def held(ring_s: float, talk_s: float, hold_s: float) -> Play:
    async def play(rig: Rig) -> Sipp:
        doing = (Talk(talk_s), Hold(hold_s))
        rig.phone("101").answers(after=ring_s, talk=talk_s, doing=doing)
        return await rig.call(CALLER, name=NAME)

    return play


def transferred(ring_s: float, talk_s: float, then_s: float) -> Play:
    """101 sends the caller to 104 by feature code; the caller hangs up."""

    async def play(rig: Rig) -> Sipp:
        rig.phone("101").answers(after=ring_s, doing=(Talk(talk_s), Press("#1104"), Talk()))
        rig.phone("104").answers(after=ring_s + 2)
        total = ring_s + talk_s + ring_s + 2 + then_s
        return await rig.call(CALLER, name=NAME, hangup_after=total)

    return play


def transferred_after_a_word(ring_s: float, talk_s: float, then_s: float) -> Play:
    """101 asks 104 first, and then leaves the two together; the caller hangs up."""

    async def play(rig: Rig) -> Sipp:
        ask = (Press("*2"), Talk(1.5), Press("104"), Talk(ring_s + 2 + talk_s))
        rig.phone("101").answers(after=ring_s, doing=(Talk(talk_s), *ask, HangUp()))
        rig.phone("104").answers(after=ring_s + 2)
        total = ring_s + talk_s + 1.5 + ring_s + 2 + talk_s + then_s
        return await rig.call(CALLER, name=NAME, hangup_after=total)

    return play


def abandoned(wait_s: float) -> Play:
    async def play(rig: Rig) -> Sipp:
        return await rig.call(CALLER, name=NAME, hangup_after=wait_s)

    return play


PLAYS: dict[str, Play] = {
    "answered-quick": answered(ring_s=2.5, talk_s=14),
    "answered": answered(ring_s=5, talk_s=24),
    "answered-agent-ends": answered_and_ended_by_the_agent(ring_s=4, talk_s=18),
    "answered-long": answered(ring_s=7, talk_s=45),
    "hold": held(ring_s=4, talk_s=8, hold_s=9),
    "transfer": transferred(ring_s=3, talk_s=9, then_s=15),
    "transfer-attended": transferred_after_a_word(ring_s=3, talk_s=8, then_s=14),
    "abandoned-short": abandoned(wait_s=4),
    "abandoned": abandoned(wait_s=16),
}


async def record(rig: Rig, play: Play) -> bytes:
    """Play one call and give its events."""
    reader, writer = await asyncio.open_connection(*rig.ami_address)
    login = f"Action: Login\r\nUsername: {WATCHER}\r\nSecret: {WATCHER_SECRET}\r\n"
    writer.write(f"{login}Events: system,call,agent,user\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    heard = asyncio.ensure_future(reader.read(-1))
    call = await play(rig)
    await call.over()
    await asyncio.sleep(AFTERWARDS_S)
    writer.write(b"Action: Logoff\r\n\r\n")
    messages = (await heard).split(b"\r\n\r\n")
    writer.close()
    kept = [each for each in messages if OF_A_CALL.search(each)]
    return b"".join(each + b"\r\n\r\n" for each in kept)


async def main(folder: Path, names: Sequence[str]) -> None:
    """Record these plays, each on the same PBX after all its telephones only ring again."""
    line = sites.support(members=tuple(f"PJSIP/{name}" for name in TELEPHONES))
    site = sites.site(line)
    telephones = tuple(Telephone(name, contact="sip:0@0.0.0.0:0") for name in TELEPHONES)
    async with Rig(VERSION, sites.replace(site, telephones=telephones)) as rig:
        for name in names:
            (folder / f"{name}.ami").write_bytes(await record(rig, PLAYS[name]))
            for telephone in TELEPHONES:
                rig.phone(telephone).rings()


if __name__ == "__main__":
    asyncio.run(main(CALLS, sys.argv[1:] or list(PLAYS)))
