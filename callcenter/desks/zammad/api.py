"""What is asked of Zammad.

Tickets are looked for by conditions, which its database answers: words would be answered by its
search index, seconds behind. A condition that it does not take at all (no value, for one) finds
every ticket, without a word.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from callcenter.desks.client import Answer, plain
from callcenter.desks.desk import RejectedError
from callcenter.desks.rest import Rest
from callcenter.desks.zammad.shapes import (
    Link,
    Links,
    Me,
    Priorities,
    Said,
    State,
    States,
    Ticket,
    Tickets,
    User,
    Users,
)

MERGED = "merged"
"""A state that every Zammad has, by this name."""

PAGE = 100
"""Of tickets, in one answer: some hundred kilobytes."""

USERS = 50
"""Looked at of those whom a search by number or login finds."""

Condition = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zammad:
    """``custom_field`` is the attribute of tickets that has the call's key."""

    rest: Rest
    custom_field: str

    async def carrying(self, keys: Collection[str]) -> list[Ticket]:
        """The tickets that carry one of these keys, the oldest first, merged ones too."""
        if not keys:
            return []
        wanted = {f"ticket.{self.custom_field}": {"operator": "is", "value": sorted(keys)}}
        found: list[Ticket] = []
        while True:
            page = await self._carrying(wanted, len(found) // PAGE + 1)
            found += page
            if len(page) < PAGE:
                return [one for one in found if one.value(self.custom_field) in keys]

    async def numbered(self, number: str) -> Ticket | None:
        """The ticket that people see under this number."""
        wanted = {"ticket.number": {"operator": "is", "value": [number]}}
        found = await self._search(wanted)
        return next((one for one in found if one.number == number), None)

    async def since(self, at: datetime) -> list[Ticket]:
        """Those that changed at this time or later, in the order of their changes: a page, or more
        where many changed at once."""
        value = at.isoformat(timespec="milliseconds")
        wanted = {"ticket.updated_at": {"operator": "after (absolute)", "value": value}}
        found, page = list[Ticket](), 1
        while True:
            listed = await self._search(wanted, sort_by="updated_at", page=page)
            found += listed
            if len(listed) < PAGE or listed[-1].updated_at > at:
                return found
            page += 1

    async def survivor(self, ticket: Ticket) -> Ticket | None:
        """The ticket itself, or the one that it was merged into; None where that is gone."""
        if ticket.state != MERGED:
            return ticket
        path = f"/links?link_object=Ticket&link_object_value={ticket.id}"
        links = (await self.rest.fetch(Links, "GET", path)).links
        into = next((one.link_object_value for one in links if _is_of_a_merger(one)), None)
        return None if into is None else await self._ticket(into)

    async def says(self, ticket: Ticket, words: str) -> bool:
        """Whether one of its articles has these words."""
        found = await self._search(
            {
                "ticket.number": {"operator": "is", "value": [ticket.number]},
                "article.body": {"operator": "contains", "value": words},
            }
        )
        return any(one.id == ticket.id for one in found)

    async def users(self, words: str) -> list[User]:
        """Those active ones whom its search finds by these words."""
        asked = {"query": words, "limit": USERS, "expand": True}
        found = await self.rest.fetch(Users, "POST", "/users/search", asked)
        return [user for user in found.root if user.active]

    async def states(self) -> list[State]:
        """What tickets may be."""
        found = await self.rest.fetch(States, "GET", "/ticket_states?expand=true")
        return [state for state in found.root if state.active]

    async def priorities(self) -> list[str]:
        """How urgent tickets may be."""
        found = await self.rest.fetch(Priorities, "GET", "/ticket_priorities")
        return [one.name for one in found.root]

    async def require_attribute(self, name: str) -> None:
        """Raise DeskError where tickets have no attribute of this name."""
        answer = await self._ask({f"ticket.{name}": {"operator": "is", "value": ["callcenter"]}})
        if answer.status == 422:
            raise RejectedError(
                f"category_field: its tickets have no attribute {name!r}: add one to the object "
                f"Ticket, of format Single selection, and update the database ({words(answer)})"
            )
        self.rest.taken(Tickets, answer)

    async def rights(self, group: str) -> set[str]:
        """What our user itself may do in a group: ``full``, or ``read``, ``create``, ..."""
        me = await self.rest.fetch(Me, "GET", "/users/me?expand=true")
        return set(me.groups.get(group, ()))

    async def _ticket(self, ticket_id: int) -> Ticket | None:
        answer = await self.rest.ask("GET", f"/tickets/{ticket_id}?expand=true")
        if answer.status == 404 and words(answer):
            return None
        return self.rest.taken(Ticket, answer)

    async def _carrying(self, wanted: Condition, page: int) -> list[Ticket]:
        answer = await self._ask(wanted, page=page)
        if answer.status == 422:
            raise RejectedError(
                f"its tickets have no attribute {self.custom_field!r}: add one to the object "
                f"Ticket, of format Text, and update the database ({words(answer)})"
            )
        return self.rest.taken(Tickets, answer).root

    async def _search(self, wanted: Condition, sort_by: str = "id", page: int = 1) -> list[Ticket]:
        return self.rest.taken(Tickets, await self._ask(wanted, sort_by=sort_by, page=page)).root

    async def _ask(self, wanted: Condition, sort_by: str = "id", page: int = 1) -> Answer:
        asked: dict[str, Any] = {"condition": wanted, "expand": True}
        asked |= {"page": page, "per_page": PAGE, "sort_by": sort_by, "order_by": "asc"}
        return await self.rest.ask("POST", "/tickets/search", asked)


def words(answer: Answer) -> str:
    """Why it refuses, as Zammad has it; to those who administer nothing it says but little."""
    try:
        return plain(Said.model_validate_json(answer.body).error)
    except ValidationError:
        return ""


def _is_of_a_merger(link: Link) -> bool:
    """Of a merged ticket: all its other links went with it."""
    return (link.link_type, link.link_object) == ("parent", "Ticket")
