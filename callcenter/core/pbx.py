"""What a PBX tells the core: batches of AMI events, and snapshots of what is up right now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from callcenter.core.noted import Noted

Event: TypeAlias = Mapping[str, str]
"""The headers of one AMI event, as sent: ``{"Event": "Hangup", "Uniqueid": "1795435171.14", ...}``.

Header names keep Asterisk's case, which is the same in 16 to 22. A repeated header keeps its last
value. Nothing is unescaped.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in the order Asterisk sent them, all read from the socket at the same moment."""

    received_at: datetime
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything up on a PBX at one moment, asked for after each login and now and then, and what
    its ledger holds a moment later: of a call that is no longer up, the end too.

    Every live event that follows a snapshot may be a little older than it: applying such an event
    again must change nothing.
    """

    taken_at: datetime
    channels: tuple[Event, ...]  # CoreShowChannel
    bridges: tuple[Event, ...]  # BridgeListItem
    queue_entries: tuple[Event, ...]  # QueueEntry: callers waiting
    queue_members: tuple[Event, ...]  # QueueMember
    answers: Mapping[str, Noted] | None = None  # by Linkedid; None: its ledger cannot be read
    devices: tuple[Event, ...] = ()  # DeviceStateChange, of every device that has a state


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """The connection to the PBX was lost at this moment: events are being missed from here on."""

    since: datetime
    reason: str
