"""What is known of the connection to one PBX, for readiness, metrics and pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["connecting", "refused", "in sight", "out of sight"]


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """Totals since the start of this process."""

    logins: int = 0
    refusals: int = 0  # wrong secret, certificate not trusted, snapshot not allowed
    losses: int = 0  # connections that ended after they were in sight
    snapshots: int = 0
    pauses: int = 0  # times the inbox was full and reading stopped
    bytes: int = 0
    messages: int = 0
    events: int = 0  # of the messages, those that were wanted
    stray_replies: int = 0  # answers that came after their time-out


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """One moment of a link.

    ``connecting`` until the first snapshot; ``refused`` while the PBX does not let us in;
    ``in sight`` from a snapshot until the connection is lost; ``out of sight`` from then on.
    """

    state: State
    since: datetime
    last_error: str | None  # kept after it is mended, until the next one
    waiting_events: int  # read from the socket, not taken yet
    full: bool  # whether reading waits for the consumer
    counters: LinkCounters
