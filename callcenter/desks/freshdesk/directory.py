"""Freshdesk's companies and contacts, a page at a time.

Its lists go by their length: where one is deleted while they are read, another slides past a page.
What is missed so is still there when it is asked for, and found by the next look at all. Companies
are not told by when they changed: all are read each time, and those that did are given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.desks.client import Answer, Shape
from callcenter.desks.customers import given, id_of
from callcenter.desks.desk import RejectedError
from callcenter.desks.freshdesk.shapes import Companies, Company, Contact, Contacts
from callcenter.desks.rest import Rest
from callcenter.desks.spare import Spare

PAGE = 100
"""In an answer."""

DELETED = "deleted "
"""Before the number of a page, where it is one of those in the bin."""

PATHS: Mapping[Kind, str] = {Kind.COMPANY: "/companies", Kind.CONTACT: "/contacts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``spare`` knows how much is left of what Freshdesk may be asked."""

    rest: Rest
    spare: Spare

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:
        """A page of them; of what changed, those in the bin too. Raises DeskError."""
        if kind is Kind.COMPANY:
            return await self._companies(since, int(after or 1))
        if since is None:
            return await self._contacts(int(after or 1), {})
        changed = {"_updated_since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        if after is None or not after.startswith(DELETED):
            page = await self._contacts(int(after or 1), changed)
            return EntryPage(page.entries, page.after or f"{DELETED}1")
        return await self._deleted(since, int(after.removeprefix(DELETED)), changed)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The company or contact with this id; None: there is none. Raises DeskError."""
        answer = await self._ask(f"{PATHS[kind]}/{int(entry_id)}")
        if answer.status == 404:
            # It says no more than that: any server would at a wrong address.
            await self._fetch(Companies, f"{PATHS[Kind.COMPANY]}?per_page=1")
            return None
        if kind is Kind.COMPANY:
            return _company(self.rest.taken(Company, answer))
        return _contact(self.rest.taken(Contact, answer))

    async def _companies(self, since: datetime | None, page: int) -> EntryPage:
        query = urlencode({"per_page": PAGE, "page": page})
        found = (await self._fetch(Companies, f"{PATHS[Kind.COMPANY]}?{query}")).root
        changed = [one for one in found if since is None or one.updated_at >= since]
        rest = str(page + 1) if len(found) == PAGE else None
        return EntryPage([_company(one) for one in changed], rest)

    async def _contacts(self, page: int, wanted: Mapping[str, str]) -> EntryPage:
        query = urlencode({**wanted, "per_page": PAGE, "page": page})
        found = (await self._fetch(Contacts, f"{PATHS[Kind.CONTACT]}?{query}")).root
        rest = str(page + 1) if len(found) == PAGE else None
        return EntryPage([_contact(one) for one in found], rest)

    async def _deleted(self, since: datetime, page: int, changed: Mapping[str, str]) -> EntryPage:
        query = urlencode({**changed, "state": "deleted", "per_page": PAGE, "page": page})
        try:
            found = (await self._fetch(Contacts, f"{PATHS[Kind.CONTACT]}?{query}")).root
        except RejectedError:
            # Where both conditions are not taken together, the next look at all finds them.
            return EntryPage([], None)
        gone = [_contact(one, is_deleted=True) for one in found if one.updated_at >= since]
        return EntryPage(gone, f"{DELETED}{page + 1}" if len(found) == PAGE else None)

    async def _fetch(self, shape: type[Shape], path: str) -> Shape:
        return self.rest.taken(shape, await self._ask(path))

    async def _ask(self, path: str) -> Answer:
        self.spare.require_room(self.rest.now())
        answer = await self.rest.ask("GET", path)
        self.spare.note(answer, self.rest.now())
        return answer


def _company(one: Company) -> Entry:
    return Entry(kind=Kind.COMPANY, id=str(one.id), name=one.name)


def _contact(one: Contact, *, is_deleted: bool = False) -> Entry:
    return Entry(
        kind=Kind.CONTACT,
        id=str(one.id),
        name=one.name or one.email or "",
        company=id_of(one.company_id),
        is_active=not (one.deleted or is_deleted),
        email=one.email or None,
        numbers=given(one.phone, one.mobile),
    )
