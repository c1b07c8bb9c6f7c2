"""django-helpdesk as a desk.

The call's key is in a custom field of tickets, which an administrator adds: a field that it does
not have is dropped from a new ticket without a word. It answers 500 for a ticket that it has stored
when the target of its own webhook cannot be reached, so that no 500 tells anything.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from aiohttp import encode_basic_auth
from pydantic import ValidationError

from callcenter.core.hook import MalformedError, check_password, digest_of
from callcenter.desks.client import Client
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
from callcenter.desks.django_helpdesk.api import Helpdesk, lacking, words
from callcenter.desks.django_helpdesk.shapes import Field, FollowUp, Hook, Ticket
from callcenter.desks.filing import NOTHING, Filing, Label
from callcenter.desks.rest import Rest
from callcenter.desks.telling import told
from callcenter.desks.written import require_written

TITLE_MAX = 200
"""Characters of a title: it refuses more."""

KEY_LENGTH = 36
"""Characters of a call's key."""

OPEN, REOPENED, RESOLVED, CLOSED, DUPLICATE = 1, 2, 3, 4, 5
"""What it calls the states of a ticket."""

DONE = {RESOLVED, CLOSED, DUPLICATE}

OURS = {"queue", "title", "description", "priority"}
"""Fields of a new ticket that always have something in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoHelpdesk:
    """A queue of a django-helpdesk.

    ``queue`` is its id; ``users`` has the id there of an agent's login: it tells none by a name.
    ``custom_field`` has the call's key.
    """

    no_directory: ClassVar = "it knows nobody but by an address in a ticket"

    name: str
    url: str
    user: str
    password: str = field(repr=False)
    queue: int
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    priority: int = 3
    filing: Filing = NOTHING
    category_field: str | None = None
    custom_field: str = "call_id"
    users: Mapping[str, int] = field(default_factory=dict)
    webhook_secret: str = field(default="", repr=False)
    settles_s: float = 0.0
    searchable: bool = True

    @property
    def hears(self) -> bool:
        """Whether it has a secret for webhooks."""
        return bool(self.webhook_secret)

    async def check(self) -> str:
        """See that all is there which tickets are made with, and that they can be read.

        Raises DeskError.
        """
        await self._require_fields()
        if await self._helpdesk.minds(queue=self.queue):
            raise RejectedError(
                f"queue: it has no queue {self.queue} that our user may see: write the number "
                "that is in the address of the queue's page in the administration"
            )
        for login, id_ in self.users.items():
            if await self._helpdesk.minds(assigned_to=id_):
                raise RejectedError(
                    f"users.{login}: it has no user {id_}: write the number that is in the "
                    "address of the user's page in the administration"
                )
        seen = await self._helpdesk.sees_any()
        found = f"let us in; its queue {self.queue} and all that is configured are there"
        return found if seen else f"{found}; it shows our user no ticket yet"

    async def find(self, key: str) -> TicketRef | None:
        """The ticket of this call; of several, the oldest. Raises DeskError."""
        return next(iter((await self._held([key])).get(key, ())), None)

    async def held(self, keys: Collection[str]) -> Mapping[str, Sequence[TicketRef]]:
        """The tickets of each key that has one: of a merged one the survivor. Raises DeskError."""
        found = await self._held(keys)
        if keys and not found:
            await self._helpdesk.require_sight()
        return found

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket with one request, and see that it has the call's key.

        Raises DeskError; RejectedError where a ticket was made and the key dropped.
        """
        made = await self._rest.fetch(Ticket, "POST", "/tickets/", self._wanted(draft))
        if made.value(self.custom_field) != draft.key:
            raise RejectedError(
                f"ticket {made.id} was made without the id of its call, for "
                f"{lacking(self.custom_field)}, write {draft.key} into it there, and have this "
                "call tried again"
            )
        return self._ref(made)

    async def get(self, number: str) -> DeskTicket | None:
        """The ticket, or the one that it was merged into; None where it is gone.

        Raises DeskError.
        """
        ticket = await self._helpdesk.numbered(number)
        if ticket is None:
            return None
        key = ticket.value(self.custom_field)
        return DeskTicket(self._ref(ticket), _state(ticket), ticket.title, key)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        """What people wrote or changed since then. Raises DeskError.

        What programs changed, and what was merged, leaves no trace there.
        """
        found = await self._helpdesk.changes(since)
        ordered = sorted(found.items(), key=lambda one: (one[1], one[0]))
        return [Changed(str(ticket), at) for ticket, at in ordered]

    async def note(self, number: str, text: str, marker: str) -> None:
        """Add a follow-up that is not public. Raises DeskError.

        It has no title: one would become the ticket's.
        """
        ticket, comment = await self._required(number), f"{_harmless(text)}\n\n{marker}"
        wanted = {"ticket": ticket.id, "comment": comment, "public": False}
        await self._rest.fetch(FollowUp, "POST", "/followups/", wanted)

    async def has_note(self, number: str, marker: str) -> bool:
        """Whether one of its follow-ups has the marker. Raises DeskError."""
        ticket = await self._required(number)
        return any(marker in (one.comment or "") for one in ticket.followup_set)

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
        """Write what is other than wanted. Raises DeskError."""
        ticket, wanted = await self._required(number), dict[str, Any]()
        if title is not None and ticket.title != title[:TITLE_MAX].strip():
            wanted["title"] = title[:TITLE_MAX].strip()
        if state is not None and _state(ticket) is not state:
            wanted |= _become(state, ticket)
        if resolution is not None and ticket.resolution != resolution.strip():
            wanted["resolution"] = resolution.strip()
        if priority is not None and ticket.priority != priority:
            wanted["priority"] = priority
        if self.category_field and category and ticket.value(self.category_field) != category:
            wanted[f"custom_{self.category_field}"] = category
        if wanted:
            await self._change(ticket, wanted)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> Sequence[DeskEvent]:
        """The ticket that it is about. Raises HookError.

        It signs nothing: our secret is in the address that its webhooks are sent to, from where it
        comes as a password.
        """
        check_password(headers, self.webhook_secret)
        try:
            number = Hook.model_validate_json(body).ticket.id
        except ValidationError as error:
            raise MalformedError("it has no ticket.id") from error
        return [DeskEvent(digest_of(body), str(number))]

    @property
    def _rest(self) -> Rest:
        return Rest(
            product="django-helpdesk",
            url=f"{self.url}/api",
            headers={"Authorization": encode_basic_auth(self.user, self.password)},
            client=self.client,
            now=self.now,
            words=words,
        )

    @property
    def _helpdesk(self) -> Helpdesk:
        return Helpdesk(rest=self._rest, custom_field=self.custom_field)

    async def _held(self, keys: Collection[str]) -> dict[str, list[TicketRef]]:
        found: dict[str, list[TicketRef]] = {}
        for ticket in await self._helpdesk.carrying(keys):
            key, survivor = ticket.value(self.custom_field), await self._helpdesk.survivor(ticket)
            if key and survivor and (ref := self._ref(survivor)) not in found.get(key, ()):
                found.setdefault(key, []).append(ref)
        return found

    def _wanted(self, draft: Draft) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "queue": self.queue,
            "title": draft.title[:TITLE_MAX],
            "description": told(draft),
            "priority": self.priority,
            f"custom_{self.custom_field}": draft.key,
        }
        if draft.contact_email:
            wanted["submitter_email"] = draft.contact_email
        if draft.agent and draft.agent in self.users:
            wanted["assigned_to"] = self.users[draft.agent]
        return wanted

    async def _require_fields(self) -> None:
        fields = (await self._helpdesk.fields()).actions.POST
        key = fields.get(f"custom_{self.custom_field}")
        if key is None or key.type != "string" or (key.max_length or KEY_LENGTH) < KEY_LENGTH:
            raise RejectedError(lacking(self.custom_field))
        self._require_categories(fields)
        for name, one in fields.items():
            if one.required and name not in OURS and one is not key:
                raise RejectedError(
                    f"its tickets need something in {name!r}, of which callcenter knows nothing: "
                    "let the field be empty"
                )

    def _require_categories(self, fields: Mapping[str, Field]) -> None:
        if self.category_field is None:
            return
        found = fields.get(f"custom_{self.category_field}")
        if found is None:
            raise RejectedError(
                f"category_field: its tickets have no field {self.category_field!r}: add a custom "
                "field of that name, of type List, and not required"
            )
        known = [one.value for one in found.choices or () if one.value]
        for ours, label in self.filing.categories.items():
            if known and label not in known:
                raise RejectedError(
                    f"categories.{ours!r}: its field {self.category_field!r} has no {label!r}: "
                    f"write one of {', '.join(map(str, known))}"
                )

    async def _change(self, ticket: Ticket, wanted: Mapping[str, Any]) -> None:
        changed = await self._rest.fetch(Ticket, "PATCH", f"/tickets/{ticket.id}/", wanted)
        require_written(str(ticket.id), wanted, changed.model_dump(), "django-helpdesk")

    async def _required(self, number: str) -> Ticket:
        ticket = await self._helpdesk.numbered(number)
        if ticket is None:
            raise GoneError(f"it has no ticket {number} that our user may see")
        return ticket

    def _ref(self, ticket: Ticket) -> TicketRef:
        return TicketRef(str(ticket.id), f"{self.url}/tickets/{ticket.id}/")


def _state(ticket: Ticket) -> TicketState:
    if ticket.status in DONE:
        return TicketState.CLOSED
    return TicketState.PENDING if ticket.on_hold else TicketState.OPEN


def _become(state: TicketState, ticket: Ticket) -> dict[str, Any]:
    if state is TicketState.CLOSED:
        return {"status": RESOLVED}
    again = {"status": REOPENED} if ticket.status in DONE else {}
    return {"on_hold": state is TicketState.PENDING} | again


def _harmless(text: str) -> str:
    """Nothing that Django's templates act on: each comment is one."""
    return re.sub(r"\{(?=[{%#])|%(?=\})", r"\g<0> ", text)
