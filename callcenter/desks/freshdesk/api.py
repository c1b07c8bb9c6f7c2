"""What is asked of Freshdesk.

A ticket is looked for in two places: the list has those of the last minutes, and its search index,
which is minutes behind, all that are older. The index leaves out what is archived, and for some
minutes still has what was deleted. Nothing is asked that has a person's name, address or number in
it: it would be in the address of a request.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from callcenter.desks.client import Answer, plain
from callcenter.desks.desk import GoneError, RejectedError
from callcenter.desks.freshdesk.shapes import (
    Conversations,
    Field,
    Fields,
    Found,
    Said,
    Ticket,
    Tickets,
)
from callcenter.desks.rest import Rest

PAGE = 100
"""Tickets in an answer of the list."""

INDEXED = timedelta(minutes=30)
"""After this its search index has a ticket for certain; until then the list is asked."""

KEYS_AT_ONCE = 8
"""Looked for with one query: it has at most 512 characters."""

NOTES = 30
"""Notes and replies in an answer: mails may be long, and each is there twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What tickets are made with: ids by name, and what must not be missing."""

    groups: Mapping[str, int]
    agents: Mapping[str, int]
    types: Collection[str]
    required: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshdesk:
    """``custom_field`` is the name of the one that has the call's key: ``cf_call_id``."""

    rest: Rest
    custom_field: str

    async def carrying(self, keys: Collection[str], now: datetime) -> list[Ticket]:
        """The tickets that carry one of these keys, the oldest first; none that was deleted."""
        if not keys:
            return []
        found = {ticket.id: ticket async for ticket in self._recent(now - INDEXED)}
        wanted = sorted(keys)
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            async for ticket in self._indexed(wanted[start : start + KEYS_AT_ONCE]):
                found.setdefault(ticket.id, ticket)
        carrying = (one for one in found.values() if one.value(self.custom_field) in keys)
        return sorted(carrying, key=lambda one: one.id)

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket of this number; None where there is none, or it was deleted."""
        answer = await self.rest.ask("GET", _path(number))
        if answer.status == 404:
            await self.fields()  # it says no more than that: any server would at a wrong address
            return None
        ticket = self.rest.taken(Ticket, answer)
        return None if ticket.deleted else ticket

    async def since(self, at: datetime) -> list[Ticket]:
        """Those that changed at this time or later, in the order of their changes: a page, or more
        where many changed in the same second."""
        # Whether its own comparison has "or later" is not told.
        asked, found, page = at - timedelta(seconds=1), list[Ticket](), 1
        while True:
            listed = await self._listed(asked, order_by="updated_at", page=page)
            found += listed
            if len(listed) < PAGE or listed[-1].updated_at > at:
                return [ticket for ticket in found if ticket.updated_at >= at]
            page += 1

    async def says(self, number: str, text: str) -> bool:
        """Whether one of the ticket's notes or replies has these words."""
        page = 1
        while True:
            asked = urlencode({"page": page, "per_page": NOTES})
            path = f"{_path(number)}/conversations?{asked}"
            found = (await self.rest.fetch(Conversations, "GET", path)).root
            if any(text in (one.body_text or "") for one in found):
                return True
            if len(found) < NOTES:
                return False
            page += 1

    async def fields(self) -> list[Field]:
        """Of the form that tickets are made with."""
        return (await self.rest.fetch(Fields, "GET", "/ticket_fields")).root

    async def form(self, group: str) -> Form:
        """See that the form has the group and the custom field. Raises DeskError."""
        fields = {field.name: field for field in await self.fields()}
        key = fields.get(self.custom_field)
        if key is None or key.type != "custom_text":
            raise RejectedError(
                f"its tickets have no field {self.custom_field!r} of one line: add one to the "
                "ticket form (Single-line text), or write its name into the configuration"
            )
        form = Form(
            groups=_by_name(fields.get("group")),
            agents=_by_name(fields.get("agent")),
            types=_choices(fields.get("ticket_type")),
            required=[one.name for one in fields.values() if one.required_for_agents],
        )
        if group not in form.groups:
            raise GoneError(
                f"Freshdesk has no group {group!r}: write its name into the configuration"
            )
        return form

    async def _recent(self, since: datetime) -> AsyncIterator[Ticket]:
        """Those that changed since then. In the order in which they were made: what changes while
        page after page is read moves no other past it."""
        page = 1
        while True:
            found = await self._listed(since, order_by="created_at", page=page)
            for ticket in found:
                yield ticket
            if len(found) < PAGE:
                return
            page += 1

    async def _listed(self, since: datetime, *, order_by: str, page: int = 1) -> list[Ticket]:
        asked = {
            "updated_since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "order_by": order_by,
            "order_type": "asc",
            "per_page": PAGE,
            "page": page,
        }
        return (await self.rest.fetch(Tickets, "GET", f"/tickets?{urlencode(asked)}")).root

    async def _indexed(self, keys: Sequence[str]) -> AsyncIterator[Ticket]:
        query = " OR ".join(f"{self.custom_field}:'{key}'" for key in keys)
        page, seen = 1, 0
        while True:
            asked = urlencode({"query": f'"{query}"', "page": page})
            found = await self.rest.fetch(Found, "GET", f"/search/tickets?{asked}")
            for ticket in found.results:
                yield ticket
            page, seen = page + 1, seen + len(found.results)
            if not found.results or seen >= found.total:
                return


def words(answer: Answer) -> str:
    """Why it refuses, as Freshdesk has it: what is wrong with each field, where it says so."""
    try:
        said = Said.model_validate_json(answer.body)
    except ValidationError:
        return ""
    mistakes = [f"{one.field}: {one.message}" for one in said.errors]
    return plain("; ".join(filter(None, [said.description, said.message, *mistakes])))


def _path(number: str) -> str:
    return f"/tickets/{quote(number, safe='')}"


def _choices(field: Field | None) -> list[str]:
    """Of a field whose choices have no ids."""
    return list(field.choices) if field and isinstance(field.choices, list | dict) else []


def _by_name(field: Field | None) -> dict[str, int]:
    return field.choices if field and isinstance(field.choices, dict) else {}
