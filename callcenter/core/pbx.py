"""What a PBX tells the core: batches of AMI events, and snapshots of what is up right now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

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
class Answer:
    """The PBX's own note of a call's first answer, made an instant before the two were joined."""

    at: datetime
    channel: str  # the telephone's, "PJSIP/101-0000002a", or a Local member's ";1"
    line: str  # the line that it was answered on


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything up on a PBX at one moment, asked for after each login and now and then.

    Every live event that follows a snapshot may be a little older than it: applying such an event
    again must change nothing.
    """

    taken_at: datetime
    channels: tuple[Event, ...]  # CoreShowChannel
    bridges: tuple[Event, ...]  # BridgeListItem
    queue_entries: tuple[Event, ...]  # QueueEntry: callers waiting
    queue_members: tuple[Event, ...]  # QueueMember
    answers: Mapping[str, Answer] = field(default_factory=dict)  # by Linkedid, where noted


@dataclass(frozen=True, slots=True)
class OutOfSight:
    """The connection to the PBX was lost at this moment: events are being missed from here on."""

    since: datetime
    reason: str
