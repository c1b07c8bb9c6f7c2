"""GLPI's entities, which are companies here, and their users.

A user is of the entities in which he has a profile, and GLPI tells that only so: asked within one
entity, it lists the users of that one. Who is of several is of the first here. Pages go by the
ids, which never change: nothing slides past one.

Version 2.0 of its interface does not tell when a user was changed: all are read each time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from callcenter.core.entry import Entry, EntryPage, Kind
from callcenter.desks.customers import given
from callcenter.desks.glpi.api import PAGE, USERS, Glpi
from callcenter.desks.glpi.shapes import Customer, Customers, Entities, Entity

ENTITIES = "/Administration/Entity"

BELOW = " > "
"""Between an entity's name and those below it, in the whole path."""


@dataclass(slots=True)
class Places:
    """The entity of each user whom this pass has found; None: none was begun by this process."""

    found: dict[int, int] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``places`` is kept from one page to the next. Without it users are read from the beginning
    again: who is of two entities would be of the second."""

    glpi: Glpi
    places: Places

    async def entries(self, kind: Kind, since: datetime | None, after: str | None) -> EntryPage:  # noqa: ARG002  (it is not told)
        """A page of all, those that are not active too. Raises DeskError."""
        if kind is Kind.COMPANY:
            found = await self._listed_entities(after, PAGE)
            rest = str(found[-1].id) if len(found) == PAGE else None
            return EntryPage([_company(one) for one in found], rest)
        if after is None or self.places.found is None:
            self.places.found = {}
            first = await self._listed_entities(None, 1)
            return await self._people(first[0].id, 0) if first else EntryPage([], None)
        entity, user = map(int, after.split())
        return await self._people(entity, user)

    async def entry(self, kind: Kind, entry_id: str) -> Entry | None:
        """The entity or user with this id; None: our user sees none. Raises DeskError."""
        if kind is Kind.COMPANY:
            entity = await self.glpi.one(Entity, f"{ENTITIES}/{int(entry_id)}")
            return None if entity is None else _company(entity)
        user = await self.glpi.one(Customer, f"{USERS}/{int(entry_id)}")
        if user is None:
            return None
        return _contact(user, await self._entity_of(user))

    async def _people(self, entity: int, user: int) -> EntryPage:
        asked = {"sort": "id:asc", "limit": PAGE, "filter": f"id=gt={user}"}
        found = (await self.glpi.listed(Customers, f"{USERS}?{urlencode(asked)}", entity)).root
        people = {one.id: one for one in found}.values()  # one with two profiles may come twice
        places = self.places.found if self.places.found is not None else {}
        theirs = [one for one in people if places.setdefault(one.id, entity) == entity]
        page = [_contact(one, entity) for one in theirs]
        if len(found) == PAGE:
            return EntryPage(page, f"{entity} {found[-1].id}")
        following = await self._listed_entities(str(entity), 1)
        return EntryPage(page, f"{following[0].id} 0" if following else None)

    async def _entity_of(self, user: Customer) -> int | None:
        """Where somebody is who was missed: they may have moved while all were read."""
        after: str | None = None
        while found := await self._listed_entities(after, PAGE):
            for entity in found:
                path = f"{USERS}?{urlencode({'filter': f'id=={user.id}', 'limit': 1})}"
                if (await self.glpi.listed(Customers, path, entity.id)).root:
                    return entity.id
            after = str(found[-1].id)
        return None

    async def _listed_entities(self, after: str | None, limit: int) -> list[Entity]:
        asked: dict[str, object] = {"sort": "id:asc", "limit": limit}
        if after is not None:
            asked["filter"] = f"id=gt={int(after)}"
        return (await self.glpi.listed(Entities, f"{ENTITIES}?{urlencode(asked)}")).root


def _company(one: Entity) -> Entry:
    """By its path below the root: two may have sites of one name."""
    path = (one.completename or one.name or "").split(BELOW)
    name = BELOW.join(path[1:] or path)
    return Entry(kind=Kind.COMPANY, id=str(one.id), name=name)


def _contact(one: Customer, entity: int | None) -> Entry:
    addresses = sorted(one.emails or [], key=lambda each: not each.is_default)
    return Entry(
        kind=Kind.CONTACT,
        id=str(one.id),
        name=" ".join(given(one.firstname, one.realname)) or one.username,
        company=None if entity is None else str(entity),
        is_active=one.is_active and not one.is_deleted,
        email=next((each.email for each in addresses if each.email), None),
        numbers=given(one.phone, one.phone2, one.mobile),
    )
