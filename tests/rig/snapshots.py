"""Looks at a PBX again and again while a scenario plays: what a service sees that starts then."""

import asyncio
import time
from dataclasses import dataclass

from tests.rig.ami import Ami, Message

EVERY_S = 0.6
LISTS = {  # the parts of a snapshot: the action that lists it, the event of a row
    "channels": ("CoreShowChannels", "CoreShowChannel"),
    "bridges": ("BridgeList", "BridgeListItem"),
    "queue_entries": ("QueueStatus", "QueueEntry"),
    "queue_members": ("QueueStatus", "QueueMember"),
    "devices": ("DeviceStateList", "DeviceStateChange"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One look: the events after ``offset`` follow it, the first of them perhaps a little older."""

    offset: int  # bytes of the recording that had come when the look began
    taken_at: float  # epoch
    parts: dict[str, list[Message]]


async def look(service: Ami, watcher: Ami, start: int) -> Seen:
    """One snapshot, and where in the watcher's bytes it belongs."""
    offset = len(watcher.data) - start
    rows: list[Message] = []
    for action in dict.fromkeys(action for action, _ in LISTS.values()):
        rows += await service.action({"Action": action})
    parts = {
        part: [row for row in rows if row.get("Event") == event]
        for part, (_, event) in LISTS.items()
    }
    return Seen(offset, time.time(), parts)


async def keep_looking(service: Ami, watcher: Ami, start: int, seen: list[Seen]) -> None:
    """Look every so often, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        seen.append(await look(service, watcher, start))
