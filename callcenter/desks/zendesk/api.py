"""What is asked of Zendesk.

Tickets are looked for in its list, by the ``external_id``: its search is minutes behind. The list
leaves out what is archived, months after it was closed; for that the search is asked. Nothing is
asked that has a person's name, address or number in it: it would be in the address of a request.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from callcenter.desks.client import Answer, plain
from callcenter.desks.rest import Rest
from callcenter.desks.zendesk.shapes import (
    Comments,
    Export,
    Field,
    Fields,
    Groups,
    OneTicket,
    Reason,
    Results,
    Said,
    Ticket,
    Tickets,
    Users,
)

PAGE = 100
"""Tickets, groups or users in an answer."""

COMMENTS = 25
"""In an answer: mails may be long, and each is there twice."""

EXPORTED = 500
"""Tickets of one look at what changed: Zendesk allows ten pages a minute."""

SETTLED = timedelta(minutes=1)
"""So old a change is before its export has it; asked for since a later time, it refuses."""

MERGED = "closed_by_merge"
"""The tag of a ticket that was merged into another."""

_NUMBER = re.compile(r"#(\d+)")

Paged = TypeVar("Paged", Comments, Fields, Groups, Users)


@dataclass(frozen=True, slots=True, kw_only=True)
class Zendesk:
    """Its tickets, groups and agents."""

    rest: Rest

    async def carrying(self, key: str) -> list[Ticket]:
        """The tickets with this ``external_id``, the oldest first."""
        asked = urlencode({"external_id": key, "per_page": PAGE})
        found = (await self.rest.fetch(Tickets, "GET", f"/tickets.json?{asked}")).tickets
        if not found:
            found = await self._indexed(key)
        return sorted((one for one in found if one.external_id == key), key=lambda one: one.id)

    async def ticket(self, number: str) -> Ticket | None:
        """The ticket of this number; None where there is none."""
        answer = await self.rest.ask("GET", f"/tickets/{quote(number, safe='')}.json")
        if answer.status == 404 and words(answer):
            return None
        return self.rest.taken(OneTicket, answer).ticket

    async def survivor(self, ticket: Ticket) -> Ticket:
        """The ticket itself, or the one that it was merged into.

        Only its last comment tells which, as Zendesk proposes it for a merger: where somebody
        wrote another, it is the merged one.
        """
        for _ in range(10):  # a ring of such comments would have no end
            into = await self._merged_into(ticket) if MERGED in ticket.tags else None
            found = await self.ticket(into) if into else None
            if found is None:
                break
            ticket = found
        return ticket

    async def since(self, at: datetime, now: datetime) -> list[Ticket]:
        """Those that changed at this time or later, in the order of their changes: some pages, or
        more where many changed in the same second."""
        if at > now - SETTLED:
            return []
        found, beginning = list[Ticket](), int(at.timestamp())
        asked: dict[str, object] = {"start_time": beginning}
        while True:
            path = f"/incremental/tickets/cursor.json?{urlencode({**asked, 'per_page': PAGE})}"
            page = await self.rest.fetch(Export, "GET", path)
            found += page.tickets
            if page.end_of_stream or page.after_cursor is None:
                return found
            if len(found) >= EXPORTED and found[-1].generated_timestamp > beginning:
                return found
            asked = {"cursor": page.after_cursor}

    async def says(self, number: str, text: str) -> bool:
        """Whether one of the ticket's comments has these words."""
        async for comment in self._comments(number):
            if text in comment:
                return True
        return False

    async def group(self, name: str) -> int | None:
        """The id of the group with this name."""
        async for page in self._pages(Groups, "/groups.json"):
            for group in page.groups:
                if group.name == name:
                    return group.id
        return None

    async def field(self, title: str) -> Field | None:
        """The active drop-down field of tickets with this title."""
        async for page in self._pages(Fields, "/ticket_fields.json"):
            for one in page.ticket_fields:
                if one.title == title and one.type == "tagger" and one.active:
                    return one
        return None

    async def agents(self, group: int) -> dict[str, int]:
        """The ids of a group's agents, by address and by what stands in it before the @."""
        found: dict[str, int] = {}
        async for page in self._pages(Users, f"/groups/{group}/users.json"):
            for user in page.users:
                address = (user.email or "").lower()
                found[address] = user.id
                found.setdefault(address.partition("@")[0], user.id)
        return found

    async def _indexed(self, key: str) -> list[Ticket]:
        """What its search finds: what is archived too, and for some minutes what was deleted."""
        asked = urlencode({"query": f'type:ticket external_id:"{key}"'})
        found = (await self.rest.fetch(Results, "GET", f"/search.json?{asked}")).results
        tickets = [await self.ticket(str(one.id)) for one in found]
        return [one for one in tickets if one is not None]

    async def _merged_into(self, ticket: Ticket) -> str | None:
        async for newest in self._comments(str(ticket.id)):
            found = _NUMBER.search(newest)
            return found[1] if found else None
        return None

    async def _comments(self, number: str) -> AsyncIterator[str]:
        """What is written in them, the newest first."""
        path = f"/tickets/{quote(number, safe='')}/comments.json?sort=-created_at"
        async for page in self._pages(Comments, path, COMMENTS):
            for comment in page.comments:
                yield comment.body

    async def _pages(self, shape: type[Paged], path: str, size: int = PAGE) -> AsyncIterator[Paged]:
        asked = {"page[size]": str(size)}
        while True:
            mark = "&" if "?" in path else "?"
            page = await self.rest.fetch(shape, "GET", f"{path}{mark}{urlencode(asked)}")
            yield page
            if not page.meta.has_more or page.meta.after_cursor is None:
                return
            asked["page[after]"] = page.meta.after_cursor


def words(answer: Answer) -> str:
    """Why it refuses, as Zendesk has it: what is wrong with each field, where it says so."""
    try:
        said = Said.model_validate_json(answer.body)
    except ValidationError:
        return ""
    if isinstance(said.error, Reason):
        return plain(said.error.message)
    mistakes = [one.description for found in said.details.values() for one in found]
    return plain(" ".join([said.error, said.description, *mistakes]))
