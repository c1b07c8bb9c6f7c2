"""Ask a PBX for everything that is up at this moment."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiRefusedError
from callcenter.core.pbx import Answer, Event, Snapshot
from dialplan import DialplanError, ledger

Ask = Callable[[Mapping[str, str]], Awaitable[Reply]]

NO_SUCH_ACTION = "Invalid/unknown command"
"""How Asterisk answers for a module that is not loaded: without app_queue there are no queues."""


async def take_snapshot(ask: Ask, now: Callable[[], datetime]) -> Snapshot:
    """Ask for channels, bridges, waiting callers and queue members, one list after the other, and
    for the ledger's notes of the callers who are in a bridge.

    Raises :class:`AmiRefusedError` where the account may not ask, and what ``ask`` raises.
    """
    channels = await _rows(ask, "CoreShowChannels")
    bridges = await _rows(ask, "BridgeList")
    queues = await _rows(ask, "QueueStatus")
    up = _named(channels, "CoreShowChannel")
    return Snapshot(
        taken_at=now(),
        channels=up,
        bridges=_named(bridges, "BridgeListItem"),
        queue_entries=_named(queues, "QueueEntry"),
        queue_members=_named(queues, "QueueMember"),
        answers=await _answers(ask, up),
    )


async def _rows(ask: Ask, action: str) -> tuple[Event, ...]:
    reply = await ask({"Action": action})
    if reply.ok:
        return reply.events
    if reply.message.startswith(NO_SUCH_ACTION):
        return ()
    raise AmiRefusedError(
        f"{action} was refused ({reply.message}): the account in manager.conf needs"
        " read=system,call,agent,user and write=reporting"
    )


async def _answers(ask: Ask, channels: tuple[Event, ...]) -> dict[str, Answer]:
    """When the callers in bridges were answered, which no list tells. Each is asked for: the
    ledger itself may be years long; and all at once, for live events wait behind the answers.
    """
    callers = [row["Linkedid"] for row in channels if _is_bridged_caller(row)]
    answers = await asyncio.gather(*(_answer(ask, linkedid) for linkedid in callers))
    return {
        linkedid: answer
        for linkedid, answer in zip(callers, answers, strict=True)
        if answer is not None
    }


def _is_bridged_caller(row: Event) -> bool:
    return row.get("Uniqueid") == row.get("Linkedid", "") and bool(row.get("BridgeId"))


async def _answer(ask: Ask, linkedid: str) -> Answer | None:
    """The note of one call; None where there is none, or the account may not read it."""
    key = ledger.database_key(linkedid)
    reply = await ask({"Action": "DBGet", "Family": ledger.FAMILY, "Key": key})
    for row in _named(reply.events, "DBGetResponse") if reply.ok else ():
        try:
            note = ledger.parse(f"/{ledger.FAMILY}/{key}", row["Val"])
        except DialplanError:
            return None  # somebody else's row: the call is known without it
        return Answer(note.answered_at, note.channel, note.line)
    return None


def _named(rows: tuple[Event, ...], name: str) -> tuple[Event, ...]:
    return tuple(row for row in rows if row["Event"] == name)
