"""Ask a PBX for everything that is up at this moment."""

from collections.abc import Callable
from datetime import datetime

from callcenter.ami.errors import AmiRefusedError
from callcenter.ami.ledger import Ask, LedgerReader
from callcenter.core.pbx import Event, Snapshot

NO_SUCH_ACTION = "Invalid/unknown command"
"""How Asterisk answers for a module that is not loaded: without app_queue there are no queues,
and without res_manager_devicestate only queues tell of telephones."""


async def take_snapshot(ask: Ask, now: Callable[[], datetime], ledger: LedgerReader) -> Snapshot:
    """Ask for channels, bridges, waiting callers, queue members and devices, one list after the
    other, and then for the ledger: a call that is no longer up has its end noted there by now.

    Raises :class:`AmiRefusedError` where the account may not ask, and what ``ask`` raises.
    """
    channels = await _rows(ask, "CoreShowChannels")
    bridges = await _rows(ask, "BridgeList")
    queues = await _rows(ask, "QueueStatus")
    devices = await _rows(ask, "DeviceStateList")
    return Snapshot(
        taken_at=now(),
        channels=_named(channels, "CoreShowChannel"),
        bridges=_named(bridges, "BridgeListItem"),
        queue_entries=_named(queues, "QueueEntry"),
        queue_members=_named(queues, "QueueMember"),
        devices=_named(devices, "DeviceStateChange"),
        answers=await ledger.read(ask),
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


def _named(rows: tuple[Event, ...], name: str) -> tuple[Event, ...]:
    return tuple(row for row in rows if row["Event"] == name)
