"""An answered call as the PBX itself noted it, to be held against what is known of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """One answered call in the PBX's own records: its ledger, its queue_log or its CDR.

    What a record does not tell is None. ``answered_at`` is when the telephone was picked up, an
    instant before the two were joined, so that a caller may have gone between: it is a candidate.
    """

    linkedid: str
    line: str
    answered_at: datetime
    channel: str  # the telephone's, "PJSIP/101-0000002a", or a Local member's ";1"
    caller_raw: str = ""
    started_at: datetime | None = None
    queued_at: datetime | None = None
    ended_at: datetime | None = None
