"""Zendesk Support as a desk.

The call's key is the ticket's ``external_id`` and the ``Idempotency-Key`` of the request that makes
it: for two hours the same request is answered with the ticket that is there. What is other in the
second request is refused, and tells nothing of a ticket: it is looked for.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from callcenter.core.hook import (
    MalformedError,
    check_age,
    check_secret,
    delivery_id,
    header,
    key_of,
)
from callcenter.desks.client import Answer, Client
from callcenter.desks.customers import Customers
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
from callcenter.desks.kept import Kept
from callcenter.desks.rest import Rest
from callcenter.desks.spare import Spare
from callcenter.desks.telling import told
from callcenter.desks.together import together
from callcenter.desks.written import require_written
from callcenter.desks.zendesk.api import Zendesk, words
from callcenter.desks.zendesk.directory import Directory
from callcenter.desks.zendesk.shapes import Field, Hook, OneTicket, Ticket

SUBJECT_MAX = 150
"""Characters of a subject."""

INBOUND_CALL = 45
"""What Talk Partner Edition calls an inbound call, as ``via_id``."""

SIGNATURE = "X-Zendesk-Webhook-Signature"

STATES = {
    "new": TicketState.OPEN,
    "open": TicketState.OPEN,
    "pending": TicketState.PENDING,
    "hold": TicketState.PENDING,
}
"""Each other status is that of a ticket which is done."""

STATUSES = {
    TicketState.OPEN: "open",
    TicketState.PENDING: "pending",
    TicketState.CLOSED: "solved",  # closed cannot be opened again, and is Zendesk's own to set
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    id: int
    agents: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZendeskDesk(Customers):
    """A group of a Zendesk.

    ``user`` is the address of whom ``token`` lets in, ``requester`` that of whose ticket it is
    where the caller's own is not known. ``users`` has the address of an agent's login, where it
    does not begin with it. ``talk_partner``: the ticket is a call's, and opens on the agent's
    screen, by Talk Partner Edition.
    """

    name: str
    url: str
    user: str
    token: str = field(repr=False)
    group: str
    requester: str
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    priority: str | None = None
    filing: Filing = NOTHING
    category_field: str | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    talk_partner: bool = False
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True
    _group: Kept[_Group] = field(default_factory=Kept, init=False, repr=False)
    _spare: Spare = field(
        default_factory=lambda: Spare(total="X-Rate-Limit", remaining="X-Rate-Limit-Remaining"),
        init=False,
        repr=False,
    )
    _field: Kept[Field] = field(default_factory=Kept, init=False, repr=False)

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    @property
    def directory(self) -> Directory:
        """Its organizations and end users."""
        return Directory(rest=self._rest, spare=self._spare)

    async def check(self) -> str:
        """See that the group is there, and each agent in it. Raises DeskError."""
        group = await self._ask_group()
        for login, address in self.users.items():
            if address.lower() not in group.agents:
                raise RejectedError(
                    f"users.{login}: no agent {address!r} is in the group {self.group!r}: add him "
                    "to it, or write the address that he signs in with"
                )
        if self.category_field:
            field = await self._ask_field()
            for ours, label in self.filing.categories.items():
                _value(field, label, f"categories.{ours!r}")
        await self._zendesk.carrying("no call")
        return f"let us in; its group {self.group!r} and the agents that are configured are there"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter(await self._tickets(key)), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one: of a merged one the survivor, if it is told.

        Raises DeskError when one of them cannot be asked for.
        """
        found = await together(self._tickets, keys)
        return {key: refs for key, refs in found.items() if refs}

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, or be given the one that it made before.

        Raises DeskError.
        """
        wanted, path = await self._wanted(draft), "/tickets.json"
        if self.talk_partner:
            path = "/channels/voice/tickets.json"
        answer = await self._rest.ask("POST", path, wanted, {"Idempotency-Key": draft.key})
        if answer.status == 409 or _is_of_another_request(answer):
            raise DeskError(f"another request for this ticket came before: {words(answer)}")
        made = self._rest.taken(OneTicket, answer).ticket
        if answer.headers.get("x-idempotency-lookup") == "hit":
            await self._require_present(made)
        return self._ref(made)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket, or the one that it was merged into; None where it is gone.

        Raises DeskError.
        """
        ticket = await self._found(number)
        if ticket is None:
            return None
        return DeskTicket(
            self._ref(ticket), _state(ticket), ticket.subject or "", ticket.external_id
        )

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed since then, but for the last minute. Raises DeskError."""
        found = await self._zendesk.since(since, self.now())
        times = [(one, datetime.fromtimestamp(one.generated_timestamp, UTC)) for one in found]
        return [Changed(str(one.id), at) for one, at in times]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a private comment. Raises DeskError."""
        ticket = await self._required(number)
        await self._change(ticket, {"comment": _comment(f"{text}\n\n{marker}")})

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its comments has the marker. Raises DeskError."""
        ticket = await self._required(number)
        return await self._zendesk.says(str(ticket.id), marker)

    async def update(
        self,
        number: str,
        *,
        title: str | None = None,
        state: TicketState | None = None,
        resolution: str | None = None,  # noqa: ARG002  (a note has it: Zendesk has no field for it)
        priority: Label | None = None,
        category: str | None = None,
    ) -> None:
        """Write what is other than wanted. Raises DeskError: a closed ticket takes nothing."""
        ticket, wanted = await self._required(number), dict[str, Any]()
        if title is not None and ticket.subject != title[:SUBJECT_MAX]:
            wanted["subject"] = title[:SUBJECT_MAX]
        if state is not None and _state(ticket) is not state:
            wanted["status"] = STATUSES[state]
        if priority is not None and ticket.priority != priority:
            wanted["priority"] = priority
        if category is not None:
            field = await self._field.get(self.now(), self._ask_field)
            value = _value(field, category, "categories")
            if ticket.value(field.id) != value:
                wanted["custom_fields"] = [{"id": field.id, "value": value}]
        if wanted:
            await self._change(ticket, wanted)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError."""
        at = header(headers, f"{SIGNATURE}-Timestamp")
        signed = hmac.new(key_of(self.webhook_secret), at.encode() + body, hashlib.sha256)
        expected = base64.b64encode(signed.digest()).decode()
        check_secret(header(headers, SIGNATURE), expected, SIGNATURE)
        try:
            check_age(datetime.fromisoformat(at), self.now())
            number = _number(Hook.model_validate_json(body))
        except (ValueError, TypeError) as error:
            raise MalformedError(
                'it names no ticket: have the trigger send {"ticket_id": "{{ticket.id}}"}'
            ) from error
        delivery = header(headers, "X-Zendesk-Webhook-Invocation-Id")
        return [DeskEvent(delivery_id(delivery, body), number)]

    @property
    def _rest(self) -> Rest:
        login = base64.b64encode(f"{self.user}/token:{self.token}".encode()).decode()
        return Rest(
            product="Zendesk",
            url=f"{self.url}/api/v2",
            headers={"Authorization": f"Basic {login}"},
            client=self.client,
            now=self.now,
            words=words,
        )

    @property
    def _zendesk(self) -> Zendesk:
        return Zendesk(rest=self._rest)

    async def _wanted(self, draft: Draft) -> dict[str, Any]:
        group = await self._group.get(self.now(), self._ask_group)
        ticket: dict[str, Any] = {
            "subject": draft.title[:SUBJECT_MAX],
            "comment": _comment(told(draft)),
            "external_id": draft.key,
            "group_id": group.id,
            **self._requester(draft),
        }
        if self.priority:
            ticket["priority"] = self.priority
        name = self.users.get(draft.agent or "", draft.agent or "")
        agent = group.agents.get(name.lower()) if name else None
        if agent is not None:
            ticket["assignee_id"] = agent
        return self._as_a_call(ticket, agent) if self.talk_partner else {"ticket": ticket}

    def _as_a_call(self, ticket: dict[str, Any], agent: int | None) -> dict[str, Any]:
        shown = {} if agent is None else {"display_to_agent": agent}
        return {**shown, "ticket": {**ticket, "via_id": INBOUND_CALL}}

    def _requester(self, draft: Draft) -> dict[str, Any]:
        """Whose ticket it is: else Zendesk takes our own user for who called."""
        if draft.desk_contact and draft.desk_contact.isdecimal():
            return {"requester_id": int(draft.desk_contact)}
        address = draft.contact_email or self.requester
        name = draft.contact if draft.contact_email and draft.contact else address
        return {"requester": {"name": name, "email": address}}

    async def _require_present(self, ticket: Ticket) -> None:
        """For two hours Zendesk gives a ticket that was deleted for the one that is wanted anew."""
        if await self._zendesk.ticket(str(ticket.id)) is None:
            raise DeskError(
                f"ticket {ticket.id} was deleted: Zendesk makes no other within two hours of it"
            )

    async def _ask_group(self) -> _Group:
        found = await self._zendesk.group(self.group)
        if found is None:
            raise GoneError(
                f"Zendesk has no group {self.group!r}: write its name into the configuration"
            )
        return _Group(id=found, agents=await self._zendesk.agents(found))

    async def _ask_field(self) -> Field:
        found = await self._zendesk.field(self.category_field or "")
        if found is None:
            raise GoneError(
                f"category_field: Zendesk has no drop-down field {self.category_field!r} of "
                "tickets: write its title into the configuration"
            )
        return found

    async def _tickets(self, key: str) -> list[TicketRef]:
        found = await self._zendesk.carrying(key)
        refs = [self._ref(await self._zendesk.survivor(one)) for one in found]
        return list(dict.fromkeys(refs))

    async def _found(self, number: str) -> Ticket | None:
        ticket = await self._zendesk.ticket(number)
        return None if ticket is None else await self._zendesk.survivor(ticket)

    async def _required(self, number: str) -> Ticket:
        ticket = await self._found(number)
        if ticket is None:
            raise GoneError(f"Zendesk has no ticket {number}")
        return ticket

    async def _change(self, ticket: Ticket, wanted: Mapping[str, Any]) -> None:
        path = f"/tickets/{ticket.id}.json"
        changed = (await self._rest.fetch(OneTicket, "PUT", path, {"ticket": wanted})).ticket
        seen = {key: wanted[key] for key in wanted.keys() & {"subject", "status", "priority"}}
        require_written(str(ticket.id), seen, changed.model_dump(), "Zendesk")
        for one in wanted.get("custom_fields", ()):
            own = {f"field {one['id']}": one["value"]}
            said = {f"field {one['id']}": changed.value(one["id"])}
            require_written(str(ticket.id), own, said, "Zendesk")

    def _ref(self, ticket: Ticket) -> TicketRef:
        return TicketRef(str(ticket.id), f"{self.url}/agent/tickets/{quote(str(ticket.id))}")


def _state(ticket: Ticket) -> TicketState:
    return STATES.get(ticket.status, TicketState.CLOSED)


def _value(field: Field, label: str, key: str) -> str:
    for one in field.custom_field_options:
        if one.name == label:
            return one.value
    known = ", ".join(one.name for one in field.custom_field_options)
    raise RejectedError(f"{key}: the field {field.title!r} has no {label!r}: write one of {known}")


def _comment(text: str) -> dict[str, Any]:
    """For agents alone."""
    return {"body": text, "public": False}


def _is_of_another_request(answer: Answer) -> bool:
    """The key is known, with another request: a ticket may be there."""
    return answer.status == 400 and "IdempotentRequestError" in words(answer)


def _number(hook: Hook) -> str:
    found = str(hook.ticket_id or (hook.detail.id if hook.detail else ""))
    if not found.isdecimal():
        raise ValueError("no number")
    return found
