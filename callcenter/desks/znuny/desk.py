"""Znuny as a desk.

The call's key is in a dynamic field of tickets. A ticket with an owner whom Znuny does not know is
refused: whether it knows an agent is asked before the first of his tickets.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from pydantic import ValidationError

from callcenter.core.hook import MalformedError, check_password, digest_of
from callcenter.desks.client import Client
from callcenter.desks.desk import (
    Changed,
    DeskError,
    DeskEvent,
    DeskTicket,
    Draft,
    GoneError,
    RejectedError,
    TicketRef,
    TicketState,
)
from callcenter.desks.filing import NOTHING, Filing, Label
from callcenter.desks.rest import Rest
from callcenter.desks.telling import told
from callcenter.desks.written import require_written
from callcenter.desks.znuny.api import Znuny, words
from callcenter.desks.znuny.shapes import Hook, Ticket

TITLE_MAX = 255
"""Characters of a title: its database takes no more."""

REMIND_AFTER_MIN = 24 * 60
"""When Znuny speaks of a pending ticket again, in minutes: it takes none that does not say so."""

STATES = {
    "new": TicketState.OPEN,
    "open": TicketState.OPEN,
    "pending reminder": TicketState.PENDING,
    "pending auto": TicketState.PENDING,
}
"""Znuny's own types of states; each other is that of a ticket which is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZnunyDesk:
    """A queue of a Znuny.

    ``web_service`` is what our operations were imported as. ``customer`` is whose tickets are where
    nobody knows the caller. ``states`` is what a ticket is called that is in one of ours; ``users``
    has the login there of an agent's login, where they are not the same.
    """

    no_directory: ClassVar = "no operation of its web services lists customers"

    name: str
    url: str
    web_service: str
    user: str
    password: str = field(repr=False)
    queue: str
    customer: str
    custom_field: str
    priority: str
    states: Mapping[TicketState, str]
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    type: str | None = None
    filing: Filing = NOTHING
    category_field: str | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True
    _owners: set[str] = field(default_factory=set, init=False, repr=False)

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    async def check(self) -> str:
        """See that all is there which tickets are made with. Raises DeskError."""
        for state in self.states.values():
            if why := await self._znuny.minds(self._ticket("Check", State=state)):
                raise RejectedError(
                    f"{why} (with the state {state!r}) See queue, customer, priority, type and "
                    "states: each as Znuny calls it, and our user with the right create there"
                )
        for ours, label in self.filing.priorities.items():
            if why := await self._znuny.minds(self._ticket("Check", Priority=str(label))):
                raise RejectedError(f"priorities.{ours}: Znuny has no priority {label!r}: {why}")
        for login, theirs in self.users.items():
            if why := await self._znuny.minds(self._ticket("Check", Owner=theirs)):
                raise RejectedError(f"users.{login}: Znuny has no valid agent {theirs!r}: {why}")
        await self._znuny.carrying(["no call"])
        if self.category_field:
            await self._znuny.require_field(self.category_field)
        seen = await self._znuny.sees_any()
        found = f"let us in; its queue {self.queue!r} and all that is configured are there"
        return found if seen else f"{found}; it shows our user no ticket there yet"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self._held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one: of a merged one the survivor. Raises DeskError."""
        found = await self._held(keys)
        if keys and not found:
            await self._znuny.require_sight()
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request. Raises DeskError."""
        owner = await self._owner(draft.agent)
        title = draft.title[:TITLE_MAX]
        customer = draft.desk_contact or draft.contact_email or self.customer
        wanted = {
            "Ticket": self._ticket(title, CustomerUser=customer, **owner),
            "Article": _article("Phone", "customer", title, told(draft)),
            "DynamicField": [{"Name": self.custom_field, "Value": draft.key}],
        }
        made = await self._znuny.make(wanted)
        if made.TicketNumber is None:
            raise DeskError("Znuny made a ticket and did not say its number")
        return self._ref(made.TicketNumber)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket, or the one that it was merged into; None where it was removed.

        Raises DeskError.
        """
        ticket = await self._znuny.numbered(number)
        if ticket is None:
            return None
        key = ticket.value(self.custom_field)
        return DeskTicket(self._ref(ticket.TicketNumber), _state(ticket), ticket.Title, key)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed since then, the first of it. Raises DeskError."""
        found = await self._znuny.changes(since)
        return [Changed(one.TicketNumber, one.Changed) for one in found]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add an internal article. Raises DeskError."""
        body = f"{text}\n\n{marker}"
        note = _article("Internal", "agent", "callcenter", body)
        await self._znuny.write(await self._required(number), {"Article": note})

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its articles has the marker. Raises DeskError."""
        return await self._znuny.says(await self._required(number), marker)

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,  # noqa: ARG002  (it is in a note: Znuny has no field for it)
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Write what is other than wanted. Raises DeskError."""
        ticket = await self._required(number)
        wanted = {
            "title": None if title is None else title[:TITLE_MAX].strip(),
            "state": state,
            "priority": priority,
            "category": category,
        }
        said = self._said(ticket)
        wanted = {key: to for key, to in wanted.items() if to is not None and said[key] != to}
        if wanted:
            await self._znuny.write(ticket, self._written(wanted))
            require_written(number, wanted, self._said(await self._required(number)), "Znuny")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError.

        Znuny signs nothing: it sends our secret as a password.
        """
        check_password(headers, self.webhook_secret)
        try:
            number = Hook.model_validate_json(body).Ticket.TicketNumber
        except ValidationError as error:
            raise MalformedError(
                "it has no Ticket.TicketNumber: use the invoker Ticket::Generic, and map nothing"
            ) from error
        return [DeskEvent(digest_of(body), number)]

    @property
    def _znuny(self) -> Znuny:
        rest = Rest(
            product="Znuny",
            url=f"{self.url}/nph-genericinterface.pl/Webservice/{self.web_service}",
            headers={},
            client=self.client,
            now=self.now,
            words=words,
        )
        return Znuny(
            rest=rest,
            user=self.user,
            password=self.password,
            queue=self.queue,
            custom_field=self.custom_field,
        )

    def _ticket(self, title: str, **known: str) -> dict[str, str]:
        wanted = {
            "Title": title,
            "Queue": self.queue,
            "State": self.states[TicketState.OPEN],
            "Priority": self.priority,
            "CustomerUser": self.customer,
        }
        return wanted | ({"Type": self.type} if self.type else {}) | known

    def _said(self, ticket: Ticket) -> dict[str, object]:
        category = ticket.value(self.category_field) if self.category_field else None
        said = {"title": ticket.Title, "state": _state(ticket), "priority": ticket.Priority}
        return {**said, "category": category}

    def _written(self, wanted: Mapping[str, object]) -> dict[str, Any]:
        """The same in its own words."""
        names = {"title": "Title", "priority": "Priority"}
        fields = {names[key]: to for key, to in wanted.items() if key in names}
        if isinstance(state := wanted.get("state"), TicketState):
            fields["State"] = self.states[state]
            if state is TicketState.PENDING:
                fields["PendingTime"] = {"Diff": REMIND_AFTER_MIN}
        values = [{"Name": self.category_field, "Value": wanted.get("category")}]
        own = {"DynamicField": values} if "category" in wanted else {}
        return ({"Ticket": fields} if fields else {}) | own

    async def _owner(self, agent: str | None) -> dict[str, str]:
        """Whose the ticket is: an agent whom Znuny does not know leaves it to our user."""
        if not agent:
            return {}
        login = self.users.get(agent, agent)
        if login not in self._owners:
            if "->Owner" in await self._znuny.minds(self._ticket("Check", Owner=login)):
                return {}
            self._owners.add(login)
        return {"Owner": login}

    async def _held(self, keys: Collection[str]) -> dict[str, list[TicketRef]]:
        found: dict[str, list[TicketRef]] = {}
        for ticket in await self._znuny.carrying(keys):
            key, survivor = ticket.value(self.custom_field), await self._znuny.survivor(ticket)
            if key and survivor:
                ref = self._ref(survivor.TicketNumber)
                if ref not in found.get(key, ()):
                    found.setdefault(key, []).append(ref)
        return found

    async def _required(self, number: str) -> Ticket:
        ticket = await self._znuny.numbered(number)
        if ticket is None:
            raise GoneError(f"Znuny has no ticket {number} that our user may read")
        return ticket

    def _ref(self, number: str) -> TicketRef:
        path = f"index.pl?Action=AgentTicketZoom;TicketNumber={number}"
        return TicketRef(number, f"{self.url}/{path}")


def _state(ticket: Ticket) -> TicketState:
    return STATES.get(ticket.StateType, TicketState.CLOSED)


def _article(channel: str, sender: str, subject: str, body: str) -> dict[str, Any]:
    """For the desk's people alone: customers read what is visible for them."""
    return {
        "CommunicationChannel": channel,
        "SenderType": sender,
        "IsVisibleForCustomer": 0,
        "Subject": subject,
        "Body": body,
        "ContentType": "text/plain; charset=utf8",
    }
