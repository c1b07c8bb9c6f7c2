"""Autotask PSA: a ticket for each call, for the company that called.

The call's key is in ``externalID``, or in a field that the company defined for it: both are read
from the database, at once. Tickets are known by their numbers, as people have them, and read by
their ids, which the address of a ticket has.

Autotask has no merging that callers of its interface see: a ticket that was merged into another is
completed, and stays what it was.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.core.entry import EntryPage, Kind
from callcenter.core.part import Part
from callcenter.desks.autotask import hook
from callcenter.desks.autotask.api import Api, Zone
from callcenter.desks.autotask.directory import SOURCES, Directory
from callcenter.desks.autotask.parties import Parties
from callcenter.desks.autotask.people import People, Person
from callcenter.desks.autotask.picklists import Picked, Picklists
from callcenter.desks.autotask.query import Condition, marked, where, written
from callcenter.desks.autotask.shapes import (
    Activity,
    Note,
    Ticket,
    TicketWithFields,
)
from callcenter.desks.autotask.subscription import Subscription
from callcenter.desks.autotask.threshold import Hour
from callcenter.desks.autotask.timesheet import Timesheet
from callcenter.desks.desk import (
    Changed,
    DeniedError,
    DeskError,
    DeskEvent,
    DeskTicket,
    Draft,
    GoneError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    TicketRef,
    TicketState,
)
from callcenter.desks.filing import Filing, Label
from callcenter.desks.telling import told

TITLE_MAX, DESCRIPTION_MAX, RESOLUTION_MAX = 255, 8000, 32000
NOTE_TITLE = "callcenter"

KEYS_AT_ONCE = 100
"""Keys of one search. Each counts as a condition, of which there may be 500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutotaskDesk:
    """A company's Autotask.

    ``udf`` is the field for the call's key, in place of externalID. ``due`` is how long after the
    answer a ticket is due. ``impersonates``: tickets are made in the name of who answered.
    """

    name: str
    api: Api
    picklists: Picklists
    people: People
    parties: Parties
    hour: Hour
    timesheet: Timesheet
    directory: Directory
    due: timedelta
    udf: str | None = None
    impersonates: bool = False
    webhook_secret: str = field(default="", repr=False)
    searchable: bool = True
    settles_s: float = 300.0

    async def check(self) -> str:
        """See that we are let in, and that each name in the configuration is known there.

        Raises DeskError.
        """
        zone = await self.api.zone()
        await self.picklists.check()
        await self.people.check()
        await self.timesheet.check()
        company = await self.parties.check()
        used = await self.hour.used()
        hooks = await self._subscription.told(self.name)
        return (
            f"let us in, zone {zone.name}; tickets are for the queue "
            f"{self.picklists.labels.queue!r}, those of nobody known for {company!r}; "
            f"{used.currentTimeframeRequestCount} of {used.externalRequestThreshold} requests of "
            f"this hour are used; {hooks}"
        )

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self.held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one, the oldest first. Raises DeskError."""
        zone, wanted = await self.api.zone(), sorted(keys)
        found: dict[str, list[TicketRef]] = {}
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            some = wanted[start : start + KEYS_AT_ONCE]
            for ticket in await self._tickets(self._keyed(some)):
                if (key := self._key(ticket)) and key in keys:
                    found.setdefault(key, []).append(_ref(ticket, zone))
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, then read its number.

        Raises DeskError; RejectedError also where it was made and does not have its key.
        """
        wanted, person = await self._prepared(draft)
        identity = await self._made(wanted, person)
        try:
            zone, ticket = await self.api.zone(), await self._by_id(identity)
        except DeskError as error:
            # Whatever kept us from reading it, this is not a ticket that was not made.
            raise DeskError(f"a ticket was made, but cannot be read: {error}") from error
        if self._key(ticket) != draft.key:
            raise RejectedError(
                f"ticket {ticket.ticketNumber} was made without the id of its call: write "
                f"{draft.key} into its {self.udf or 'externalID'}, see that no rule of Autotask "
                "changes it, and have this call tried again"
            )
        return _ref(ticket, zone)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket. Raises DeskError."""
        zone, ticket = await self.api.zone(), await self._ticket(number)
        if ticket is None:
            return None
        state = _state(ticket, await self.picklists.picked())
        return DeskTicket(_ref(ticket, zone), state, ticket.title, self._key(ticket))

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What had any activity at ``since`` or later.

        Raises DeskError; NotSentError where the company's hour has to be kept for tickets.
        """
        await self.hour.require_room()
        found = await self.api.query(
            "Tickets", Activity, where("lastActivityDate", written(since), "gte")
        )
        found.sort(key=lambda one: one.lastActivityDate)  # they come in the order of their ids
        return [Changed(one.ticketNumber, one.lastActivityDate) for one in found]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a note with one request. Raises DeskError."""
        ticket = await self._required(number)
        wanted = {"title": NOTE_TITLE, "description": f"{text}\n{marker}"}
        picked = await self.picklists.picked()
        await self.api.make(f"Tickets/{ticket.id}/Notes", wanted | dict(picked.note))

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether the ticket has the note of this marker. Raises DeskError."""
        ticket = await self._required(number)
        of_ticket, of_call = where("ticketID", ticket.id), marked("description", marker)
        found = await self.api.query("TicketNotes", Note, of_ticket, of_call)
        return any(marker in one.description for one in found)

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
        """Write what is not there yet, with one request. Raises DeskError."""
        ticket, picked = await self._required(number), await self.picklists.picked()
        wanted: dict[str, object] = {}
        if title is not None and title[:TITLE_MAX] != ticket.title:
            wanted["title"] = title[:TITLE_MAX]
        if resolution is not None and resolution[:RESOLUTION_MAX] != ticket.resolution:
            wanted["resolution"] = resolution[:RESOLUTION_MAX]
        if state is not None and state is not _state(ticket, picked):
            wanted["status"] = picked.states[state]
        filed = picked.category(category) if category else {}
        if priority is not None:
            filed = {**filed, "priority": picked.priority(priority)}
        wanted |= {name: to for name, to in filed.items() if getattr(ticket, name) != to}
        if wanted:
            # The id in the body, at the collection's address: at its own, Autotask answers 405.
            await self.api.change("Tickets", {"id": ticket.id, **wanted})

    @property
    def filing(self) -> Filing:
        """The labels of its picklists."""
        return self.picklists.filing

    @property
    def keeps_time(self) -> bool:
        """Whether time entries or secondary resources are wanted."""
        return self.timesheet.has_entries or self.timesheet.has_secondaries

    async def book(self, number: str, parts: Sequence[Part], marker: str) -> None:
        """Have the ticket say who took part, and for how long. Raises DeskError."""
        await self.timesheet.book(await self._required(number), parts, marker)

    @property
    def hears(self) -> bool:
        """Whether a secret for webhooks is configured."""
        return bool(self.webhook_secret)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket of which it speaks. Raises HookError."""
        return hook.parse(self.webhook_secret, headers, body)

    async def subscribe(self, url: str) -> str:
        """Have Autotask send its webhooks there. Raises DeskError."""
        return await self._subscription.make(url)

    @property
    def _subscription(self) -> Subscription:
        return Subscription(api=self.api, secret=self.webhook_secret)

    @property
    def kinds(self) -> Sequence[Kind]:
        """All that there are."""
        return list(SOURCES)

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of its directory. Raises DeskError."""
        return await self.directory.entries(kind, since, after)

    async def _prepared(self, draft: Draft) -> tuple[dict[str, object], Person | None]:
        """What the ticket is to say, and who is to have it: read before anything is sent."""
        try:
            picked = await self.picklists.picked()
            person = await self.people.of(draft.agent) if draft.agent else None
            parties = await self.parties.of(draft)
        except (NotSentError, RateLimitedError, RefusedError):
            raise
        except DeskError as error:
            raise NotSentError(f"no ticket was asked for: {error}") from error
        return self._wanted(draft, picked, person) | parties, person

    def _wanted(self, draft: Draft, picked: Picked, person: Person | None) -> dict[str, object]:
        wanted: dict[str, object] = {
            "title": draft.title[:TITLE_MAX],
            "description": told(draft)[:DESCRIPTION_MAX],
            "dueDateTime": written(draft.answered_at + self.due),
            **picked.ticket,
        }
        if person:
            wanted["assignedResourceID"] = person.resource
            wanted["assignedResourceRoleID"] = person.role
        if self.udf:
            return wanted | {"userDefinedFields": [{"name": self.udf, "value": draft.key}]}
        return wanted | {"externalID": draft.key}

    async def _made(self, wanted: Mapping[str, object], person: Person | None) -> int:
        name = person.resource if person and self.impersonates else None
        try:
            return await self.api.make("Tickets", wanted, in_name_of=name)
        except RejectedError:
            # Somebody may have changed what we still believe.
            self.picklists.forget()
            self.people.forget()
            raise
        except DeniedError as error:
            if name is None:
                raise
            raise RejectedError(
                f"Autotask makes no ticket in the name of who answered ({error}): let the security "
                "level of that resource be impersonated, and give the one of our API user the "
                "right to add tickets so; or write impersonate = false"
            ) from error

    def _keyed(self, keys: Sequence[str]) -> Condition:
        return where(self.udf or "externalID", keys, "in", udf=self.udf is not None)

    def _key(self, ticket: Ticket) -> str | None:
        if self.udf is None or not isinstance(ticket, TicketWithFields):
            return ticket.externalID
        fields = {one.name: one.value for one in ticket.userDefinedFields}
        return fields.get(self.udf)

    async def _tickets(self, condition: Condition) -> Sequence[Ticket]:
        return await self.api.query("Tickets", self._shape, condition)

    async def _ticket(self, number: str) -> Ticket | None:
        return next(iter(await self._tickets(where("ticketNumber", number))), None)

    async def _required(self, number: str) -> Ticket:
        ticket = await self._ticket(number)
        if ticket is None:
            raise GoneError(f"Autotask has no ticket {number}")
        return ticket

    async def _by_id(self, identity: int) -> Ticket:
        ticket = await self.api.item(f"Tickets/{identity}", self._shape)
        if ticket is None:
            raise DeskError(f"Autotask has no ticket with the id {identity}, which it just gave")
        return ticket

    @property
    def _shape(self) -> type[Ticket]:
        return TicketWithFields if self.udf else Ticket


def _state(ticket: Ticket, picked: Picked) -> TicketState:
    """What is neither pending nor closed is open, by whichever of a company's statuses."""
    for state in (TicketState.CLOSED, TicketState.PENDING):
        if ticket.status == picked.states[state]:
            return state
    return TicketState.OPEN


def _ref(ticket: Ticket, zone: Zone) -> TicketRef:
    page = f"{zone.web}/Autotask/AutotaskExtend/ExecuteCommand.aspx"
    return TicketRef(ticket.ticketNumber, f"{page}?Code=OpenTicketDetail&TicketID={ticket.id}")
