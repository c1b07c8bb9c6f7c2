"""Zendesk's organizations and end users, a page at a time.

The whole is read from its lists, which go by a cursor: nothing slides past one. What changed is
read from its exports, and what was deleted is among it. They may be asked ten times a minute, by
all that ask them: tickets are followed by the same means, and go first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.desks.client import Answer
from callcenter.desks.customers import given, id_of
from callcenter.desks.rest import Rest
from callcenter.desks.spare import Spare
from callcenter.desks.zendesk.api import SETTLED, words
from callcenter.desks.zendesk.shapes import (
    Customer,
    OneOrganization,
    OneUser,
    Organization,
    Organizations,
    People,
)

PAGE = 100
"""In an answer."""

EXPORT_EVERY_S = 15.0
"""Between two pages of an export: four of the ten requests of a minute."""

CUSTOMER = "end-user"
"""The role of who is no agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``spare`` knows how much is left of what Zendesk may be asked."""

    rest: Rest
    spare: Spare
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep, repr=False)

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of them; of what changed, those that were deleted too. Raises DeskError."""
        if since is not None and after is not None:
            await self.sleep(EXPORT_EVERY_S)
        self.spare.require_room(self.rest.now())
        if since is None:
            return await self._listed(kind, after)
        start = int(min(since, self.rest.now() - SETTLED).timestamp())
        if kind is Kind.COMPANY:
            return await self._changed_organizations(int(after or start))
        return await self._changed_users(start, after)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The organization or user with this id; None: there is none. Raises DeskError."""
        self.spare.require_room(self.rest.now())
        name = "organizations" if kind is Kind.COMPANY else "users"
        answer = await self._ask(f"/{name}/{int(entry_id)}.json")
        if answer.status == 404 and words(answer):
            return None
        if kind is Kind.COMPANY:
            return _company(self.rest.taken(OneOrganization, answer).organization)
        return _contact(self.rest.taken(OneUser, answer).user)

    async def _listed(self, kind: Kind, after: str | None) -> EntryPage:
        asked = {"page[size]": str(PAGE)} | ({"page[after]": after} if after else {})
        if kind is Kind.COMPANY:
            answer = await self._ask(f"/organizations.json?{urlencode(asked)}")
            firms = self.rest.taken(Organizations, answer)
            return EntryPage([_company(one) for one in firms.organizations], firms.meta.next)
        answer = await self._ask(f"/users.json?{urlencode(asked)}")
        people = self.rest.taken(People, answer)
        return EntryPage([_contact(one) for one in people.users], people.meta.next)

    async def _changed_users(self, start: int, after: str | None) -> EntryPage:
        asked = {"cursor": after} if after else {"start_time": str(start)}
        query = urlencode({**asked, "per_page": PAGE})
        page = self.rest.taken(People, await self._ask(f"/incremental/users/cursor.json?{query}"))
        rest = None if page.end_of_stream else page.after_cursor
        return EntryPage([_contact(one) for one in page.users], rest)

    async def _changed_organizations(self, start: int) -> EntryPage:
        query = urlencode({"start_time": start, "per_page": PAGE})
        answer = await self._ask(f"/incremental/organizations.json?{query}")
        page = self.rest.taken(Organizations, answer)
        # This export has no cursor: it goes by times, which whoever changed many at once shares.
        has_more = not page.end_of_stream and page.end_time is not None and page.end_time > start
        rest = str(page.end_time) if has_more else None
        return EntryPage([_company(one) for one in page.organizations], rest)

    async def _ask(self, path: str) -> Answer:
        answer = await self.rest.ask("GET", path)
        self.spare.note(answer, self.rest.now())
        return answer


def _company(one: Organization) -> Entry:
    return Entry(kind=Kind.COMPANY, id=str(one.id), name=one.name, is_active=one.deleted_at is None)


def _contact(one: Customer) -> Entry:
    return Entry(
        kind=Kind.CONTACT,
        id=str(one.id),
        name=one.name,
        company=id_of(one.organization_id),
        is_active=one.active and one.role == CUSTOMER,
        email=one.email or None,
        numbers=given(one.phone),
    )
