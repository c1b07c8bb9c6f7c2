"""What a desk is: the one interface to every ticketing backend."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.core.part import Part
from callcenter.desks.filing import Filing, Label
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

    With a ``text`` it is for alerts of a monitoring system, which came first at ``answered_at``:
    it has a key of its own, and neither a caller nor an agent.

    Ids are of our own directory; a desk that has another goes by the names beside them, or by its
    own ids, where they are known.
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
    text: str | None = None
    contact_email: str | None = None
    desk_company: str | None = None
    desk_contact: str | None = None
    desk_contract: str | None = None


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that a desk confirmed. ``url`` is where people read it."""

    number: str
    url: str


class TicketState(StrEnum):
    """How far a ticket is, in the words that all desks have in common."""

    OPEN = "open"  # somebody is at it, or should be
    PENDING = "pending"  # it waits: for the customer, a part, a day
    CLOSED = "closed"  # it is done, whether it could be opened again or not


@dataclass(frozen=True, slots=True)
class DeskTicket:
    """A ticket as its desk has it now. ``key`` is the call's, where it carries one."""

    ref: TicketRef
    state: TicketState
    title: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """That something of a ticket is other than before, since ``at`` by the desk's clock."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """What a webhook of a desk says: look at this ticket. The desk says so once for each id.

    ``delivery_id`` has at most 64 characters. What else a webhook tells is not believed: they
    overtake each other, and the ticket is read anyhow.
    """

    delivery_id: str
    number: str


@dataclass(frozen=True, slots=True)
class DeskContact:
    """A person whom a desk knows by a telephone number. ``id`` is the desk's own."""

    id: str
    name: str
    company_id: str | None = None


class Desk(Protocol):
    """A ticketing backend. It never retries by itself: the job decides.

    What not every desk can do is in the protocols below; which of them a desk has says what it can.
    """

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

    async def check(self) -> str:
        """See whether it is as it must be, and say so in a line. No ticket is made.

        Raises DeskError, which says exactly what to change: a key, a queue, a custom field.
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
class Recognises(Protocol):
    """A desk that knows a call again whose ticket it made."""

    @property
    def recognises(self) -> bool:
        """Whether it gives the ticket that is there where one is wanted again.

        What is in doubt is then asked for again, and not looked for.
        """


@runtime_checkable
class ListsKeys(Protocol):
    """A desk that can tell which calls it has tickets of without being asked for their keys."""

    async def carried(self, since: datetime, until: datetime) -> Mapping[str, TicketRef]:
        """The tickets that carry a call's key, by key, made from ``since`` until before ``until``.

        Raises DeskError.
        """


@runtime_checkable
class Reads(Protocol):
    """A desk that tells what became of a ticket."""

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket; of a merged one the survivor, under its own number. None: it is gone.

        Raises DeskError.
        """

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed at ``since`` or later, by the desk's clock, in the order of their times.

        Where they are more than one look takes, the first of them; asked from the last one's time,
        it gets on. Raises DeskError.
        """


@runtime_checkable
class Writes(Protocol):
    """A desk whose tickets can be written into."""

    @property
    def filing(self) -> Filing:
        """What it calls the priorities and the categories of ours."""

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a note for the desk's people, with exactly one request. Raises DeskError.

        ``marker`` stands in it, so that it is found.
        """

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether the ticket has the note of this marker. Raises DeskError."""

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Have the ticket say this; what it says already is not written again.

        ``priority`` and ``category`` are labels of its ``filing``. A desk without a place for a
        resolution leaves it to the note. Raises DeskError, also where the desk took the request and
        changed nothing.
        """


@runtime_checkable
class KeepsTime(Protocol):
    """A desk whose tickets say who took part, and for how long."""

    @property
    def keeps_time(self) -> bool:
        """Whether that is wanted."""

    async def book(self, number: str, parts: Sequence[Part], marker: str) -> None:
        """Have the ticket say so; what it says already is not written again. Raises DeskError.

        ``marker`` is the call's: what was booked for it is found by that.
        """


@runtime_checkable
class Hears(Protocol):
    """A desk that tells of its changes by webhook."""

    @property
    def hears(self) -> bool:
        """Whether a secret for them is configured: without one none is believed."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The tickets of which it speaks. Raises HookError, before anything in it is believed.

        Names of ``headers`` are compared without case.
        """


@runtime_checkable
class Subscribes(Protocol):
    """A desk that is told by ourselves where to send its webhooks."""

    async def subscribe(self, url: str) -> str:
        """Have it tell ``url`` of changes from now on, and say what there is now.

        Done again, it changes nothing. Raises DeskError.
        """


@runtime_checkable
class KnowsContacts(Protocol):
    """A desk that can tell whom a telephone number belongs to."""

    async def find_contact(self, e164: str) -> Sequence[DeskContact]:
        """Everybody who has the number; nobody is no error. Raises DeskError."""


@runtime_checkable
class HasDirectory(Protocol):
    """A desk that has customers, which can be read into our directory."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    @property
    def kinds(self) -> Sequence[Kind]:
        """The kinds of entries that it has, each after those that it belongs to."""

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of its entries, those that are not active too; of those that changed at ``since``
        or later by its clock, or of all.

        ``after`` is what the page before said of where it ends; None asks for the first. What
        changes between two pages is on one of them, or will be found by a later ``since``; nothing
        that stays is missed. Raises DeskError.
        """


@runtime_checkable
class ReadsWhole(Protocol):
    """A desk with a directory that does not tell what changed: all is read each time."""

    @property
    def whole_every(self) -> timedelta:
        """Between the beginnings of two times."""


@runtime_checkable
class Confirms(Protocol):
    """A desk with a directory that can be asked for one entry."""

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The entry with this id, also where it is not active; None: it is gone for certain.

        What is missing from a page may have slid past it: it is asked for before it is removed.
        Raises DeskError.
        """


@runtime_checkable
class HasNoDirectory(Protocol):
    """A desk whose customers cannot be listed."""

    no_directory: ClassVar[str]
    """Why, in words that follow "for"."""


def cannot(desk: Desk) -> list[str]:
    """What it is not able to do, each in words that follow "it cannot"."""
    why = f", for {desk.no_directory}" if isinstance(desk, HasNoDirectory) else ""
    lacks = {
        "tell which call has a ticket": desk.searchable,
        "tell what became of a ticket": isinstance(desk, Reads),
        "be written to once a ticket is made": isinstance(desk, Writes),
        "tell of changes by webhook": isinstance(desk, Hears),
        "tell whom a number belongs to": isinstance(desk, KnowsContacts),
        f"give its directory{why}": isinstance(desk, HasDirectory),
    }
    return [words for words, is_able in lacks.items() if not is_able]
