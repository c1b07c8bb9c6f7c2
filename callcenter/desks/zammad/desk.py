"""Zammad as a desk.

The call's key is in an attribute of tickets, which an administrator adds. What Zammad does without
a word is looked for here: an attribute that it does not have is dropped from a new ticket, and a
search finds no ticket in a group that our user may not read.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from callcenter.core.hook import MalformedError, check_secret, delivery_id, header, key_of
from callcenter.desks.client import Client
from callcenter.desks.customers import Customers
from callcenter.desks.desk import (
    Changed,
    DeniedError,
    DeskContact,
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
from callcenter.desks.zammad.api import Zammad, words
from callcenter.desks.zammad.directory import Directory
from callcenter.desks.zammad.people import contacts, user
from callcenter.desks.zammad.shapes import Hook, Made, Ticket

TITLE_MAX = 250
"""Characters of a title: its database takes no more."""

KEYS_AT_ONCE = 50
"""Looked for with one request."""

REMIND_AFTER = timedelta(days=1)
"""When Zammad speaks of a pending ticket again: it takes none that does not say so."""

SIGNATURE = "X-Hub-Signature"

STATES = {
    "new": TicketState.OPEN,
    "open": TicketState.OPEN,
    "pending reminder": TicketState.PENDING,
    "pending action": TicketState.PENDING,
}
"""Zammad's own types of states; each other is that of a ticket which is done."""

ALL_RIGHTS = {"read", "create", "change"}
"""In a group, of which ``full`` is the sum, and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZammadDesk(Customers):
    """A group of a Zammad.

    ``custom_field`` is the attribute that has the call's key, ``customer`` whose ticket it is where
    the caller is nobody whom Zammad knows. ``users`` has the login there of an agent's login, where
    they are not the same; ``states`` is what a ticket is called that is in one of ours.
    """

    name: str
    url: str
    token: str = field(repr=False)
    group: str
    customer: str
    custom_field: str
    states: Mapping[TicketState, str]
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    priority: str | None = None
    filing: Filing = NOTHING
    category_field: str | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    @property
    def directory(self) -> Directory:
        """Its organizations and users."""
        return Directory(rest=self._rest)

    async def check(self) -> str:
        """See that all is there which tickets are made with. Raises DeskError."""
        await self._require_group()
        await self._zammad.carrying(["no call"])
        await self._require_states()
        await self._require_filing()
        for key, login in {"customer": self.customer, **_named(self.users)}.items():
            if await user(self._zammad, login) is None:
                raise RejectedError(f"{key}: Zammad has no active user {login!r}: write his login")
        return (
            f"let us in; its group {self.group!r}, the attribute {self.custom_field!r} and all "
            "that is configured are there"
        )

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self.held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one: of a merged one the survivor.

        Raises DeskError, also where our user may not see the tickets of the group.
        """
        found: dict[str, list[TicketRef]] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            for ticket in await self._zammad.carrying(wanted[start : start + KEYS_AT_ONCE]):
                await self._add(found, ticket)
        if len(found) < len(keys):
            await self._require_group()  # what it may not read is not found either
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, and see that it has the call's key.

        Raises DeskError; RejectedError where Zammad made a ticket and dropped the key.
        """
        wanted = await self._wanted(draft)
        made = await self._rest.fetch(Ticket, "POST", "/tickets?expand=true", wanted)
        if made.value(self.custom_field) != draft.key:
            raise RejectedError(
                f"ticket {made.number} was made without the id of its call: add the attribute "
                f"{self.custom_field!r} to the object Ticket, let no workflow remove it, write "
                f"{draft.key} into it there, and have this call tried again"
            )
        return self._ref(made)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket, or the one that it was merged into; None where it is gone.

        Raises DeskError.
        """
        ticket = await self._found(number)
        if ticket is None:
            return None
        state, key = await self._state(ticket), ticket.value(self.custom_field)
        return DeskTicket(self._ref(ticket), state, ticket.title, key)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed since then, the first of it. Raises DeskError."""
        found = await self._zammad.since(since)
        return [Changed(one.number, one.updated_at) for one in found if one.updated_at >= since]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add an internal note. Raises DeskError."""
        ticket = await self._required(number)
        wanted = _article(f"{text}\n\n{marker}", type="note", sender="Agent")
        wanted["ticket_id"] = ticket.id
        await self._rest.fetch(Made, "POST", "/ticket_articles", wanted)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its articles has the marker. Raises DeskError."""
        return await self._zammad.says(await self._required(number), marker)

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,  # noqa: ARG002  (it is in a note: Zammad has no field for it)
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Write what is other than wanted. Raises DeskError."""
        ticket, wanted = await self._required(number), dict[str, Any]()
        if title is not None and ticket.title != title[:TITLE_MAX]:
            wanted["title"] = title[:TITLE_MAX]
        if state is not None and await self._state(ticket) is not state:
            wanted["state"] = self.states[state]
            if state is TicketState.PENDING:
                wanted["pending_time"] = (self.now() + REMIND_AFTER).isoformat(timespec="seconds")
        if priority is not None and ticket.priority != priority:
            wanted["priority"] = priority
        if self.category_field and category and ticket.value(self.category_field) != category:
            wanted[self.category_field] = category
        if wanted:
            await self._change(ticket, wanted)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError."""
        signed = hmac.new(key_of(self.webhook_secret), body, hashlib.sha1).hexdigest()
        check_secret(header(headers, SIGNATURE), f"sha1={signed}", SIGNATURE)
        try:
            number = Hook.model_validate_json(body).ticket.number
        except ValidationError as error:
            raise MalformedError("it has no ticket.number: leave the body as it is") from error
        return [DeskEvent(delivery_id(header(headers, "X-Zammad-Delivery"), body), number)]

    async def find_contact(self, e164: str) -> Sequence[DeskContact]:
        """Everybody with this telephone or mobile number. Raises DeskError."""
        return await contacts(self._zammad, e164)

    @property
    def _rest(self) -> Rest:
        return Rest(
            product="Zammad",
            url=f"{self.url}/api/v1",
            headers={"Authorization": f"Token token={self.token}"},
            client=self.client,
            now=self.now,
            words=words,
        )

    @property
    def _zammad(self) -> Zammad:
        return Zammad(rest=self._rest, custom_field=self.custom_field)

    async def _wanted(self, draft: Draft) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "title": draft.title[:TITLE_MAX],
            "group": self.group,
            self.custom_field: draft.key,
            "article": _article(told(draft), type="phone", sender="Customer"),
            **await self._customer(draft),
        }
        if self.priority:
            wanted["priority"] = self.priority
        login = self.users.get(draft.agent or "", draft.agent)
        if login and (agent := await user(self._zammad, login)):
            wanted["owner_id"] = agent.id
        return wanted

    async def _customer(self, draft: Draft) -> dict[str, Any]:
        """Whose ticket it is: Zammad takes none that is nobody's."""
        if draft.desk_contact and draft.desk_contact.isdecimal():
            return {"customer_id": int(draft.desk_contact)}
        if draft.contact_email:
            return {"customer_id": f"guess:{draft.contact_email}"}
        if draft.caller and draft.caller.startswith("+"):
            known = await self.find_contact(draft.caller)
            if len(known) == 1:
                return {"customer_id": int(known[0].id)}
        return {"customer": self.customer}

    async def _change(self, ticket: Ticket, wanted: Mapping[str, Any]) -> None:
        path = f"/tickets/{ticket.id}?expand=true"
        changed = await self._rest.fetch(Ticket, "PUT", path, wanted)
        seen = {key: value for key, value in wanted.items() if key != "pending_time"}
        require_written(ticket.number, seen, changed.model_dump(), "Zammad")

    async def _found(self, number: str) -> Ticket | None:
        ticket = await self._zammad.numbered(number)
        if ticket is None:
            await self._require_group()  # what it may not read is not found either
            return None
        return await self._zammad.survivor(ticket)

    async def _required(self, number: str) -> Ticket:
        ticket = await self._found(number)
        if ticket is None:
            raise GoneError(f"Zammad has no ticket {number} that our user may see")
        return ticket

    async def _add(self, found: dict[str, list[TicketRef]], ticket: Ticket) -> None:
        key, survivor = ticket.value(self.custom_field), await self._zammad.survivor(ticket)
        if key is None or survivor is None:
            return
        refs = found.setdefault(key, [])
        if (ref := self._ref(survivor)) not in refs:
            refs.append(ref)

    async def _state(self, ticket: Ticket) -> TicketState:
        types = {one.name: one.state_type for one in await self._zammad.states()}
        return STATES.get(types.get(ticket.state, ""), TicketState.CLOSED)

    async def _require_group(self) -> None:
        rights = await self._zammad.rights(self.group)
        if "full" not in rights and not rights >= ALL_RIGHTS:
            raise DeniedError(
                f"our user may not do all in a group {self.group!r}: write the group's name into "
                "the configuration, and give the user of the token itself (not a role of his) "
                "the right full there"
            )

    async def _require_filing(self) -> None:
        labels = {f"priorities.{ours}": label for ours, label in self.filing.priorities.items()}
        wanted = labels | ({"priority": self.priority} if self.priority else {})
        known = await self._zammad.priorities() if wanted else []
        for key, label in wanted.items():
            _require(key, str(label), known)
        if self.category_field:
            await self._zammad.require_attribute(self.category_field)

    async def _require_states(self) -> None:
        known = {one.name: one.state_type for one in await self._zammad.states()}
        for ours, name in self.states.items():
            _require(f"states.{ours}", name, known)
            if STATES.get(known[name], TicketState.CLOSED) is not ours:
                raise RejectedError(
                    f"states.{ours}: {name!r} is of Zammad's type {known[name]!r}: write a state "
                    f"that is {ours}"
                )

    def _ref(self, ticket: Ticket) -> TicketRef:
        return TicketRef(ticket.number, f"{self.url}/#ticket/zoom/{ticket.id}")


def _article(body: str, **named: str) -> dict[str, Any]:
    """For the desk's people alone: customers read what is not internal."""
    return {"body": body, "content_type": "text/plain", "internal": True, **named}


def _require(key: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise RejectedError(
            f"{key}: Zammad has no {name!r}: write one of {', '.join(sorted(known))}"
        )


def _named(users: Mapping[str, str]) -> dict[str, str]:
    return {f"users.{ours}": theirs for ours, theirs in users.items()}
