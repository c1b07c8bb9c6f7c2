"""GLPI 11 as a desk.

The call's key is in the external id that every ticket has. The answering agent, and the caller
where their id there is known, join the ticket's team once it is made: a new one takes nobody along.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
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
from callcenter.desks.glpi.api import TICKETS, Glpi, words
from callcenter.desks.glpi.directory import Directory, Places
from callcenter.desks.glpi.login import Login
from callcenter.desks.glpi.shapes import Hook, Made, Ticket
from callcenter.desks.rest import Rest
from callcenter.desks.telling import told
from callcenter.desks.written import require_written

TITLE_MAX = 255
"""Characters of a title: its database takes no more."""

ASSIGNED, PENDING, SOLVED, CLOSED = 2, 4, 5, 6
"""What it calls the states of a ticket."""

STATES = {PENDING: TicketState.PENDING, SOLVED: TicketState.CLOSED, CLOSED: TicketState.CLOSED}
"""Each other is that of a ticket which somebody is at, or should be."""

INTO = {TicketState.OPEN: ASSIGNED, TicketState.PENDING: PENDING, TicketState.CLOSED: SOLVED}

REQUESTER, ASSIGNEE = 1, 2
"""Parts that users have in a ticket."""

LISTS = {
    "entity": ("/Administration/Entity", "completename"),
    "category": ("/Dropdowns/ITILCategory", "completename"),
    "request_type": ("/Dropdowns/RequestType", "name"),
}
"""Where the names of the configuration are, and what they are called there."""

WHOLE_EVERY = timedelta(hours=1)
"""Between two times that its entities and users are read."""

SIGNATURE, TIMESTAMP = "X-GLPI-signature", "X-GLPI-timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class GlpiDesk(Customers):
    """A GLPI, in which ``login`` lets us in.

    ``entity``, ``category`` and ``request_type`` are names, ``type`` is 1 for an incident and 2 for
    a request. ``users`` has the login there of an agent's login, where they are not the same.
    """

    name: str
    url: str
    login: Login = field(repr=False)
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    entity: str | None = None
    category: str | None = None
    request_type: str | None = None
    type: int = 1
    filing: Filing = NOTHING
    users: Mapping[str, str] = field(default_factory=dict)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True
    _ids: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _places: Places = field(default_factory=Places, init=False, repr=False)

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    @property
    def directory(self) -> Directory:
        """Its entities and their users."""
        return Directory(glpi=self._glpi, places=self._places)

    @property
    def whole_every(self) -> timedelta:
        """What changed there, it does not tell."""
        return WHOLE_EVERY

    async def check(self) -> str:
        """See that all is there which tickets are made with. Raises DeskError."""
        self._ids.clear()
        chosen = await self._chosen()
        for ours, label in self.filing.categories.items():
            await self._id("category", label, f"categories.{ours!r}")
        for login, theirs in self.users.items():
            if await self._glpi.user(theirs) is None:
                raise RejectedError(f"users.{login}: GLPI has no active user {theirs!r}")
        seen = await self._glpi.sees_any()
        found = ", ".join(chosen) or "nothing else to look for"
        return f"let us in ({found})" + ("" if seen else "; it shows our user no ticket yet")

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self._held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one, none of the bin. Raises DeskError.

        GLPI puts a ticket that is merged into another into the bin, and does not say into which.
        """
        found = await self._held(keys)
        if keys and not found:
            await self._glpi.require_sight()
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, then have its people join it. Raises DeskError."""
        wanted = await self._wanted(draft)
        team = await self._team(draft)
        made = await self._glpi.fetch(Made, "POST", TICKETS, wanted)
        for user, part in team.items():
            # Whom GLPI does not let be part of it, for lack of a right, leaves it without.
            member = {"type": "User", "id": user, "role": part}
            await self._glpi.ask("POST", f"{TICKETS}/{made.id}/TeamMember", member)
        return self._ref(made.id)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket; None where it is gone, or in the bin. Raises DeskError."""
        ticket = await self._glpi.numbered(number)
        if ticket is None:
            return None
        return DeskTicket(self._ref(ticket.id), _state(ticket), ticket.name, ticket.external_id)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What changed since then. Raises DeskError."""
        found = await self._glpi.changes(since)
        return [Changed(str(one.id), one.date_mod) for one in reversed(found)]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a private follow-up. Raises DeskError."""
        ticket = await self._required(number)
        wanted = {"content": _html(f"{text}\n\n{marker}"), "is_private": True}
        await self._glpi.fetch(Made, "POST", f"{TICKETS}/{ticket.id}/Timeline/Followup", wanted)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its follow-ups has the marker. Raises DeskError."""
        return await self._glpi.says(await self._required(number), escape(marker))

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
        """Write what is other than wanted; a resolution solves. Raises DeskError."""
        ticket, wanted, fields = await self._required(number), dict[str, Any](), dict[str, Any]()
        if title is not None and ticket.name != title[:TITLE_MAX]:
            wanted["title"] = fields["name"] = title[:TITLE_MAX]
        if state is not None and _state(ticket) is not state:
            wanted["state"] = state
            if not resolution:
                fields["status"] = {"id": INTO[state]}
        if priority is not None and ticket.urgency != priority:
            wanted["urgency"] = fields["urgency"] = priority
        if category is not None:
            chosen = await self._id("category", category)
            if ticket.category is None or ticket.category.id != chosen:
                wanted["category"], fields["category"] = chosen, {"id": chosen}
        path = f"{TICKETS}/{ticket.id}"
        if fields:
            await self._glpi.fetch(Ticket, "PATCH", path, fields)
        if "state" in wanted and resolution:
            solution = {"content": _html(resolution)}
            await self._glpi.fetch(Made, "POST", f"{path}/Timeline/Solution", solution)
        if wanted:
            require_written(number, wanted, _said(await self._required(number)), "GLPI")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError.

        It tells when GLPI put it into its queue, from which its cron sends it much later at times:
        an old one is as good as the next. One that was kept is known by its id.
        """
        signed = body + header(headers, TIMESTAMP).encode(errors="replace")
        expected = hmac.new(key_of(self.webhook_secret), signed, hashlib.sha256).hexdigest()
        check_secret(header(headers, SIGNATURE), expected, SIGNATURE)
        try:
            ticket = Hook.model_validate_json(body).ticket
        except ValidationError as error:
            raise MalformedError("it has no item: leave the body as it is") from error
        if ticket is None:
            raise MalformedError("it is about no ticket: have it sent for tickets alone")
        return [DeskEvent(digest_of(signed), str(ticket.id))]

    @property
    def _glpi(self) -> Glpi:
        rest = Rest(
            product="GLPI 11",
            url=f"{self.url}/api.php/v2.0",
            headers={},
            client=self.client,
            now=self.now,
            words=words,
        )
        return Glpi(rest=rest, login=self.login)

    async def _held(self, keys: Collection[str]) -> dict[str, list[TicketRef]]:
        found: dict[str, list[TicketRef]] = {}
        for ticket in await self._glpi.carrying(keys):
            if ticket.external_id:
                found.setdefault(ticket.external_id, []).append(self._ref(ticket.id))
        return found

    async def _wanted(self, draft: Draft) -> dict[str, Any]:
        return {
            "name": draft.title[:TITLE_MAX],
            "content": _html(told(draft)),
            "type": self.type,
            "external_id": draft.key,
            **{key: {"id": id_} for key, id_ in (await self._chosen()).items()},
        }

    async def _chosen(self) -> dict[str, int]:
        """The ids of what the configuration names; they are looked for once."""
        names = {
            "entity": self.entity,
            "category": self.category,
            "request_type": self.request_type,
        }
        return {key: await self._id(key, name) for key, name in names.items() if name}

    async def _id(self, kind: str, name: str, key: str | None = None) -> int:
        """Of what has this name in one of ``LISTS``; ``key`` is where it is configured."""
        known = f"{kind} {name}"
        if known not in self._ids:
            found = await self._glpi.id_of(*LISTS[kind], name)
            if found is None:
                raise RejectedError(
                    f"{key or kind}: GLPI has no {name!r} that our user may see: write its "
                    f"{LISTS[kind][1]} as GLPI shows it"
                )
            self._ids[known] = found
        return self._ids[known]

    async def _team(self, draft: Draft) -> dict[int, int]:
        """The part of each user in the ticket; who answers has that of who helps."""
        team: dict[int, int] = {}
        if draft.desk_contact and draft.desk_contact.isdecimal():
            team[int(draft.desk_contact)] = REQUESTER
        if draft.agent and (agent := await self._agent(draft.agent)) is not None:
            team[agent] = ASSIGNEE
        return team

    async def _agent(self, login: str) -> int | None:
        theirs = self.users.get(login, login)
        key = f"user {theirs}"
        if key not in self._ids and (found := await self._glpi.user(theirs)) is not None:
            self._ids[key] = found
        return self._ids.get(key)

    async def _required(self, number: str) -> Ticket:
        ticket = await self._glpi.numbered(number)
        if ticket is None:
            raise GoneError(f"GLPI has no ticket {number} that our user may see")
        return ticket

    def _ref(self, ticket_id: int) -> TicketRef:
        return TicketRef(str(ticket_id), f"{self.url}/front/ticket.form.php?id={ticket_id}")


def _said(ticket: Ticket) -> dict[str, object]:
    category = ticket.category.id if ticket.category else None
    said = {"title": ticket.name, "state": _state(ticket), "urgency": ticket.urgency}
    return {**said, "category": category}


def _state(ticket: Ticket) -> TicketState:
    return STATES.get(ticket.status.id, TicketState.OPEN)


def _html(text: str) -> str:
    """As its pages show it: all its texts are HTML."""
    return "<br>".join(escape(line) for line in text.splitlines())
