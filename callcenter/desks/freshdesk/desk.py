"""Freshdesk as a desk.

The call's key is in a custom field of tickets, which an administrator adds to their form. Of a
number that it does not know Freshdesk makes a contact by itself.
"""

import base64
import html
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from callcenter.core.hook import MalformedError, check_secret, digest_of, header, key_of
from callcenter.desks.client import Client
from callcenter.desks.customers import Customers
from callcenter.desks.desk import (
    Changed,
    DeskEvent,
    DeskTicket,
    Draft,
    GoneError,
    RejectedError,
    TicketRef,
    TicketState,
)
from callcenter.desks.filing import NOTHING, Filing, Label
from callcenter.desks.freshdesk.api import Form, Freshdesk, words
from callcenter.desks.freshdesk.directory import Directory
from callcenter.desks.freshdesk.shapes import Hook, Made, Ticket
from callcenter.desks.kept import Kept
from callcenter.desks.rest import Rest
from callcenter.desks.spare import Spare
from callcenter.desks.telling import told
from callcenter.desks.written import require_written

SUBJECT_MAX = 255
"""Characters of a subject."""

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
WAITING = (6, 7)  # on the customer, on a third party: there from the start, as the others
PHONE = 3
"""Where a ticket comes from."""

PRIORITIES = {"low": 1, "medium": 2, "high": 3, "urgent": 4}

STATUSES = {
    TicketState.OPEN: OPEN,
    TicketState.PENDING: PENDING,
    TicketState.CLOSED: RESOLVED,  # which customers may open again
}

GIVEN = {"requester", "subject", "source", "status", "priority", "group", "description"}
"""Fields of the form that each ticket of ours has."""

WRITTEN_AS = {"ticket_type": "type", "agent": "responder_id", "product": "product_id"}
"""Fields of the form that have another name in a ticket."""

SECRET = "X-Callcenter-Secret"  # noqa: S105  (the header's name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshdeskDesk(Customers):
    """A group of a Freshdesk.

    ``custom_field`` is the name of the field that has the call's key, ``requester`` the address of
    whose ticket it is where the caller withheld his number. ``users`` has the name there of an
    agent's login; ``fields`` are what else each ticket has.
    """

    name: str
    url: str
    key: str = field(repr=False)
    group: str
    requester: str
    custom_field: str
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    priority: str = "low"
    filing: Filing = NOTHING
    users: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str | int | bool] = field(default_factory=dict)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True
    _form: Kept[Form] = field(default_factory=Kept, init=False, repr=False)
    _spare: Spare = field(
        default_factory=lambda: Spare(total="X-RateLimit-Total", remaining="X-RateLimit-Remaining"),
        init=False,
        repr=False,
    )

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    @property
    def directory(self) -> Directory:
        """Its companies and contacts."""
        return Directory(rest=self._rest, spare=self._spare)

    async def check(self) -> str:
        """See that the form has all that tickets are made with. Raises DeskError."""
        form = await self._ask_form()
        for login, name in self.users.items():
            if name not in form.agents:
                raise RejectedError(
                    f"users.{login}: Freshdesk has no agent {name!r}: write his name as it is there"
                )
        for ours, label in self.filing.categories.items():
            if label not in form.types:
                raise RejectedError(
                    f"categories.{ours!r}: Freshdesk has no type of tickets {label!r}: write one "
                    f"of {', '.join(form.types)}"
                )
        names = {WRITTEN_AS.get(one, one) for one in form.required if one not in GIVEN}
        if missing := sorted(names - self.fields.keys()):
            raise RejectedError(
                f"its form requires {', '.join(missing)}: write them into fields, or let agents "
                "leave them out"
            )
        return (
            f"let us in; its group {self.group!r}, the field {self.custom_field!r} and all that "
            "its form requires are there"
        )

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self.held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one. A merged one is a closed ticket of its own.

        Raises DeskError.
        """
        found: dict[str, list[TicketRef]] = {}
        for ticket in await self._freshdesk.carrying(keys, self.now()):
            key = ticket.value(self.custom_field) or ""
            found.setdefault(key, []).append(self._ref(ticket))
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request. Raises DeskError."""
        wanted = await self._wanted(draft)
        return self._ref(await self._rest.fetch(Ticket, "POST", "/tickets", wanted))

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket; None where it is gone. Raises DeskError."""
        ticket = await self._freshdesk.ticket(number)
        if ticket is None:
            return None
        key = ticket.value(self.custom_field)
        return DeskTicket(self._ref(ticket), _state(ticket), ticket.subject or "", key)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed since then, but for what was deleted. Raises DeskError."""
        found = await self._freshdesk.since(since)
        return [Changed(str(one.id), one.updated_at) for one in found]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a private note. Raises DeskError."""
        ticket = await self._required(number)
        wanted = {"body": _html(f"{text}\n\n{marker}"), "private": True}
        await self._rest.fetch(Made, "POST", f"/tickets/{ticket.id}/notes", wanted)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its notes has the marker. Raises DeskError."""
        ticket = await self._required(number)
        return await self._freshdesk.says(str(ticket.id), marker)

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,  # noqa: ARG002  (a note has it: there is no field for it)
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Write what is other than wanted. Raises DeskError."""
        ticket, wanted = await self._required(number), dict[str, Any]()
        if title is not None and ticket.subject != title[:SUBJECT_MAX]:
            wanted["subject"] = title[:SUBJECT_MAX]
        if state is not None and _state(ticket) is not state:
            wanted["status"] = STATUSES[state]
        if priority is not None and ticket.priority != PRIORITIES[str(priority)]:
            wanted["priority"] = PRIORITIES[str(priority)]
        if category is not None and ticket.type != category:
            wanted["type"] = category
        if wanted:
            await self._change(ticket, wanted)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError.

        Freshdesk signs nothing, and gives no id: the header has our secret, and the body, which is
        written there, the time of the change.
        """
        check_secret(header(headers, SECRET), key_of(self.webhook_secret).decode(), SECRET)
        try:
            number = str(Hook.model_validate_json(body).freshdesk_webhook.ticket_id)
        except ValidationError as error:
            raise MalformedError(
                'it names no ticket: have the rule send {"freshdesk_webhook": '
                '{"ticket_id": "{{ticket.id}}", "at": "{{ticket.modified_on}}"}}'
            ) from error
        return [DeskEvent(digest_of(body), number)]

    @property
    def _rest(self) -> Rest:
        login = base64.b64encode(f"{self.key}:X".encode()).decode()
        return Rest(
            product="Freshdesk",
            url=f"{self.url}/api/v2",
            headers={"Authorization": f"Basic {login}"},
            client=self.client,
            now=self.now,
            words=words,
        )

    @property
    def _freshdesk(self) -> Freshdesk:
        return Freshdesk(rest=self._rest, custom_field=self.custom_field)

    async def _ask_form(self) -> Form:
        return await self._freshdesk.form(self.group)

    async def _wanted(self, draft: Draft) -> dict[str, Any]:
        form = await self._form.get(self.now(), self._ask_form)
        own = {name: value for name, value in self.fields.items() if name.startswith("cf_")}
        wanted: dict[str, Any] = {
            **{name: value for name, value in self.fields.items() if name not in own},
            "subject": draft.title[:SUBJECT_MAX],
            "description": _html(told(draft)),
            "status": OPEN,
            "priority": PRIORITIES[self.priority],
            "source": PHONE,
            "group_id": form.groups[self.group],
            "custom_fields": {**own, self.custom_field: draft.key},
            **self._requester(draft),
        }
        agent = form.agents.get(self.users.get(draft.agent or "", draft.agent or ""))
        if agent is not None:
            wanted["responder_id"] = agent
        return wanted

    def _requester(self, draft: Draft) -> dict[str, Any]:
        """Whose ticket it is: Freshdesk takes none that is nobody's."""
        if draft.desk_contact and draft.desk_contact.isdecimal():
            return {"requester_id": int(draft.desk_contact)}
        if draft.contact_email:
            return {"email": draft.contact_email}
        if draft.caller and draft.caller.startswith("+"):
            return {"phone": draft.caller, "name": draft.contact or draft.caller}
        return {"email": self.requester}

    async def _required(self, number: str) -> Ticket:
        ticket = await self._freshdesk.ticket(number)
        if ticket is None:
            raise GoneError(f"Freshdesk has no ticket {number}")
        return ticket

    async def _change(self, ticket: Ticket, wanted: Mapping[str, Any]) -> None:
        changed = await self._rest.fetch(Ticket, "PUT", f"/tickets/{ticket.id}", wanted)
        require_written(str(ticket.id), wanted, changed.model_dump(), "Freshdesk")

    def _ref(self, ticket: Ticket) -> TicketRef:
        return TicketRef(str(ticket.id), f"{self.url}/a/tickets/{ticket.id}")


def _state(ticket: Ticket) -> TicketState:
    """Of a status of the site's own, that somebody is at it."""
    if ticket.status in (RESOLVED, CLOSED):
        return TicketState.CLOSED
    return TicketState.PENDING if ticket.status in (PENDING, *WAITING) else TicketState.OPEN


def _html(text: str) -> str:
    return "<br>".join(html.escape(line) for line in text.splitlines())
