"""What a desk is: the one interface to every ticketing backend."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from callcenter.errors import CallcenterError


class DeskError(CallcenterError):
    """A desk did not take or give a ticket; the message is the desk's own words where it has some.

    Whether a ticket was made is unknown: the desk is asked for the call's key before the next try.

    DeskError                   nobody knows: a time-out, a broken connection, 500, nonsense
    ├── NotSentError            the desk heard nothing of it; it passes by itself
    ├── RateLimitedError        refused before anything was done; it passes by itself
    └── RefusedError            it does not pass by itself: somebody has to change something
        ├── RejectedError       this ticket is not taken as it is
        ├── DeniedError         nothing is taken from this account
        └── GoneError           what was asked for is there no more
    """

    code = "desk"


class NotSentError(DeskError):
    """The desk was not reached: no such name, no connection, no TLS."""

    code = "desk_not_sent"


class RateLimitedError(DeskError):
    """The desk wants to be asked again later: after ``after_s`` seconds, where it said so."""

    code = "desk_rate_limited"

    def __init__(self, message: str, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class RefusedError(DeskError):
    """Asking the same again would be answered the same."""

    code = "desk_refused"


class RejectedError(RefusedError):
    """The desk does not take this ticket: its message says what it misses."""

    code = "desk_rejected"


class DeniedError(RefusedError):
    """The desk lets this account do nothing: look at its credentials and rights."""

    code = "desk_denied"


class GoneError(RefusedError):
    """The desk had it once, or never: a ticket, a queue, the address itself."""

    code = "desk_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket to be made for an answered call. ``key`` is the call's id, and stays with it.

    Ids are of our own directory; a desk that has another goes by the names beside them.
    """

    key: str
    line: str
    title: str
    answered_at: datetime
    caller: str | None = None  # "+33639981122", or what was sent in its place; None: withheld
    company_id: int | None
    company: str | None = None
    contact_id: int | None  # only where the number belongs to one person
    contact: str | None = None
    contract_id: int | None
    contract: str | None = None
    agent_id: int | None  # who answered: the primary resource
    agent: str | None = None  # the login
    account_owner: str | None


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that a desk confirmed. ``url`` is where people read it."""

    number: str
    url: str


class Desk(Protocol):
    """A ticketing backend. It never retries by itself: the job decides."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    @property
    def searchable(self) -> bool:
        """Whether it can tell which call has a ticket.

        One that cannot is asked once for a ticket; when its answer leaves that in doubt, somebody
        has to look there before it is asked again.
        """

    @property
    def settles_s(self) -> float:
        """How long a ticket may still appear after its request was cut off, in seconds.

        Before this has passed the desk's "no such key" proves nothing: only then is the ticket
        asked for again.
        """

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that carries this call's key. Raises DeskError.

        One that is not searchable refuses, in words that say what somebody has to do.
        """

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket, with exactly one request. Raises DeskError."""

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets that carry these calls' keys now, by key; a key without one is left out.

        For the audit: of a merged ticket the survivor is given, and two that carry the same key
        are both given. Raises DeskError: where one key cannot be asked for, nothing is known.
        """


@runtime_checkable
class ListsKeys(Protocol):
    """A desk that can tell which calls it has tickets of without being asked for their keys."""

    async def carried(self, since: datetime, until: datetime) -> Mapping[str, TicketRef]:
        """The tickets that carry a call's key, by key, made from ``since`` until before ``until``.

        Raises DeskError.
        """
