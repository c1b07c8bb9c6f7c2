"""What is asked of django-helpdesk.

It filters by nothing but the status: a ticket is looked for by reading them all, the newest first.
Each question about tickets costs it some two queries for every ticket that it has, however small
the page is: about five seconds for five thousand of them.
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from callcenter.desks.client import Answer, plain
from callcenter.desks.desk import DeniedError, DeskError, GoneError, RejectedError
from callcenter.desks.django_helpdesk.shapes import FollowUps, Minds, Options, Page, Ticket
from callcenter.desks.rest import Rest

PAGE = 50
"""Tickets or follow-ups in one answer, each with all that was ever written into it."""

MERGERS_MAX = 20
"""A ticket that was merged more often one after the other was merged in a circle."""

Paged = TypeVar("Paged", Page, FollowUps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpdesk:
    """``custom_field`` is the field of tickets that has the call's key."""

    rest: Rest
    custom_field: str

    async def carrying(self, keys: Collection[str]) -> list[Ticket]:
        """The tickets that carry one of these keys, the oldest first, merged ones too."""
        found: dict[int, Ticket] = {}
        missing = set(keys)
        async for page in self._newest(Page, "/tickets/"):
            self._require_field(page)
            new = {one.id: one for one in page.results if one.value(self.custom_field) in keys}
            found |= new
            if not missing:
                break  # on the page before was the last of them: its twin would be on this one
            missing -= {one.value(self.custom_field) for one in new.values()}
        return [found[one] for one in sorted(found)]

    async def numbered(self, number: str) -> Ticket | None:
        """The ticket, or the one that it was merged into; None where it is gone."""
        ticket = await self._ticket(number)
        found = ticket and await self.survivor(ticket)
        if found is None:
            await self.require_sight()
        return found

    async def survivor(self, ticket: Ticket) -> Ticket | None:
        """The ticket itself, or the one that it was merged into; None where that is gone."""
        found: Ticket | None = ticket
        for _ in range(MERGERS_MAX):
            if found is None or found.merged_to is None:
                return found
            found = await self._ticket(str(found.merged_to))
        raise DeskError(f"ticket {ticket.id} was merged in a circle: mend its merged_to there")

    async def changes(self, since: datetime) -> dict[int, datetime]:
        """When each ticket last had a follow-up, of those that had one since."""
        last: dict[int, datetime] = {}
        async for page in self._newest(FollowUps, "/followups/"):
            for one in page.results:
                if (at := one.date.astimezone(UTC)) >= since:
                    last[one.ticket] = max(at, last.get(one.ticket, at))
            if any(one.date < since for one in page.results):
                break
        return last

    async def sees_any(self) -> bool:
        """Whether our user sees a ticket, in whatever queue."""
        page = await self.rest.fetch(Page, "GET", "/tickets/?page_size=1")
        self._require_field(page)
        return bool(page.results)

    async def require_sight(self) -> None:
        """Raise DeskError where there is no ticket at all: what our user may not see is not found
        either."""
        if not await self.sees_any():
            raise DeskError(
                "it shows our user no ticket at all: where it has any, give the user the "
                "permission of the queue"
            )

    async def fields(self) -> Options:
        """The fields that a new ticket may have, and must have."""
        answer = await self.rest.ask("OPTIONS", "/tickets/")
        if answer.status == 404:
            raise GoneError(
                "the desk answered 404: write the address of helpdesk's pages into url, below "
                "which its API is at /api, and let HELPDESK_API_ENABLED be on there"
            )
        if answer.status in (401, 403):
            raise DeniedError(
                f"{self.rest.error(answer)} Write user and password of one with staff status"
            )
        return self.rest.taken(Options, answer)

    async def minds(self, **wanted: object) -> dict[str, str]:
        """What is wrong with these fields of a ticket, by field. No ticket is made: it would have
        no title."""
        answer = await self.rest.ask("POST", "/tickets/", wanted)
        if answer.status != 400:
            raise self.rest.error(answer)
        return {field: why for field, why in complaints(answer).items() if field in wanted}

    async def _ticket(self, number: str) -> Ticket | None:
        answer = await self.rest.ask("GET", f"/tickets/{quote(number, safe='')}/")
        if answer.status != 404:
            return self.rest.taken(Ticket, answer)
        if not complaints(answer):
            # So does any server at a wrong address: each ticket would be taken for deleted.
            raise DeskError(
                "the desk answered 404, but not as django-helpdesk does: is url its address?"
            )
        return None

    async def _newest(self, shape: type[Paged], path: str) -> AsyncIterator[Paged]:
        """All pages, the last first. What is deleted meanwhile moves others to pages that are still
        to come, and what is new comes after the last."""
        page = await self.rest.fetch(shape, "GET", f"{path}?page=last&page_size={PAGE}")
        yield page
        for number in range(ceil(page.count / PAGE) - 1, 0, -1):
            yield await self.rest.fetch(shape, "GET", f"{path}?page={number}&page_size={PAGE}")

    def _require_field(self, page: Page) -> None:
        if not all(ticket.has(self.custom_field) for ticket in page.results):
            raise RejectedError(lacking(self.custom_field))


def lacking(field: str) -> str:
    """What to do where the call's key has no place."""
    return (
        f"its tickets have no field {field!r}: add a custom field of that name, of type "
        "Character, with at least 64 characters and not required"
    )


def complaints(answer: Answer) -> dict[str, str]:
    """Why it refuses, by field; one about nothing in particular is in ``detail``."""
    try:
        found = Minds.model_validate_json(answer.body).root
    except ValidationError:
        return {}
    return {field: why if isinstance(why, str) else " ".join(why) for field, why in found.items()}


def words(answer: Answer) -> str:
    """The same in a line."""
    found = complaints(answer).items()
    return plain("; ".join(why if field == "detail" else f"{field}: {why}" for field, why in found))
