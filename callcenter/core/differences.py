"""What an audit can find: each kind, and one thing of it.

=====================  ===================================================================
kind                   when
=====================  ===================================================================
call_missing           the PBX has an answered call of a line that is not known here
not_answered           a call that is known here as unanswered was answered unseen
not_recorded           a call answered here is not in records that tell of its time
call_removed           it was known, for a ticket or the journal has it, and it is no more
no_obligation          an answered call owes no ticket
obligation_open        an answered call has no ticket yet, and more than a moment ago
ticket_gone            the desk has no ticket for the call, and had one
ticket_reopened        the same, and the service let the call owe one again
ticket_renumbered      the desk holds the call's ticket under another number: merged
ticket_followed        the same, and the service keeps the survivor's number now
ticket_doubled         the desk has several tickets of the call
times_open             a time out of sight whose calls are not all known yet
unread                 a PBX's ledger or records could not be read
desk_unasked           a desk could not be asked
=====================  ===================================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong. Stored, and shown in words."""

    CALL_MISSING = "call_missing"
    NOT_ANSWERED = "not_answered"
    NOT_RECORDED = "not_recorded"
    CALL_REMOVED = "call_removed"
    NO_OBLIGATION = "no_obligation"
    OBLIGATION_OPEN = "obligation_open"
    TICKET_GONE = "ticket_gone"
    TICKET_REOPENED = "ticket_reopened"
    TICKET_RENUMBERED = "ticket_renumbered"
    TICKET_FOLLOWED = "ticket_followed"
    TICKET_DOUBLED = "ticket_doubled"
    TIMES_OPEN = "times_open"
    UNREAD = "unread"
    DESK_UNASKED = "desk_unasked"


WORDS: Mapping[Kind, str] = {
    Kind.CALL_MISSING: "answered on the PBX, and not known here",
    Kind.NOT_ANSWERED: "answered on the PBX while it was out of sight, and unanswered here",
    Kind.NOT_RECORDED: "answered here, and not in the PBX's own records",
    Kind.CALL_REMOVED: "the call was removed: it was known here once",
    Kind.NO_OBLIGATION: "answered, and owes no ticket",
    Kind.OBLIGATION_OPEN: "answered, and has no ticket yet",
    Kind.TICKET_GONE: "its ticket is gone from the desk",
    Kind.TICKET_REOPENED: "its ticket was gone from the desk: it owes one again",
    Kind.TICKET_RENUMBERED: "the desk holds its ticket under another number",
    Kind.TICKET_FOLLOWED: "its ticket was merged: it has the surviving one now",
    Kind.TICKET_DOUBLED: "the desk has more than one ticket of it",
    Kind.TIMES_OPEN: "out of sight, and not every call of that time is known yet",
    Kind.UNREAD: "could not be read",
    Kind.DESK_UNASKED: "the desk could not be asked",
}
"""The same for people."""

MENDED = {
    Kind.TICKET_GONE: Kind.TICKET_REOPENED,
    Kind.TICKET_RENUMBERED: Kind.TICKET_FOLLOWED,
}
"""What a difference becomes that the service has mended."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree. ``detail`` is what the desk, or the machine, said of it."""

    kind: Kind
    at: datetime | None = None
    pbx: str | None = None
    line: str | None = None
    call_id: str | None = None
    ticket_number: str | None = None
    detail: str = ""

    def mended(self) -> "Difference":
        """The same after the service has mended it."""
        return replace(self, kind=MENDED[self.kind])


@dataclass(frozen=True, slots=True)
class Report:
    """``counts`` are of what was compared, by name; the differences stand in order of time."""

    counts: Mapping[str, int]
    differences: Sequence[Difference]
