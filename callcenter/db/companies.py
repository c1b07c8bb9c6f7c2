"""Companies of the directory: looked for, and edited one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import entries, pointers, trail, versions
from callcenter.db.pointers import Attached
from callcenter.db.schema import companies, contacts
from callcenter.db.trail import Action, By


@dataclass(frozen=True, slots=True)
class Fields:
    """What is said of a company. Owner and backup are logins, or names as anybody writes them."""

    name: str
    account_owner: str | None
    backup: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> "Fields":
        """As the row has them."""
        return cls(row.name, row.account_owner, row.backup)

    def checked(self) -> "Fields":
        """The same. Raises EntryError for what cannot be."""
        for field in ("account_owner", "backup"):
            if text := getattr(self, field):
                entries.checked(field, text)
        entries.checked("name", self.name)
        return self

    def told(self) -> dict[str, str | None]:
        """For the trail."""
        return {"name": self.name, "account_owner": self.account_owner, "backup": self.backup}


@dataclass(frozen=True, slots=True)
class Company:
    """A company with what is said of it. ``version`` is what a form begins with."""

    id: int
    fields: Fields
    updated_at: datetime | None
    version: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A company in a list."""

    id: int
    name: str
    account_owner: str | None
    contacts: int


async def get(connection: AsyncConnection, company_id: int) -> Company | None:
    """The company with this id."""
    query = select(companies).where(companies.c.id == company_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Company(row.id, Fields.of(row), row.updated_at, _version(row))


async def page(
    connection: AsyncConnection, *, after: int | None, limit: int
) -> tuple[Sequence[Listed], int | None]:
    """Companies by name from the one after ``after``, an id; and the last one's id if more follow.

    Addresses have ids alone: names are nobody else's business.
    """
    people = select(func.count()).where(contacts.c.company_id == companies.c.id).scalar_subquery()
    query = select(companies, people.label("contacts")).order_by(companies.c.name)
    if after is not None:
        before = companies.alias()
        last = select(before.c.name).where(before.c.id == after).scalar_subquery()
        query = query.where(companies.c.name > last)
    rows = (await connection.execute(query.limit(limit + 1))).all()
    found = [Listed(row.id, row.name, row.account_owner, row.contacts) for row in rows[:limit]]
    return found, found[-1].id if len(rows) > limit else None


async def add(connection: AsyncConnection, fields: Fields, *, by: By) -> int:
    """Add a company, and give its id. Raises EntryError."""
    fields.checked()
    await entries.refuse_taken(connection, companies, fields.name)
    values = {**fields.told(), "updated_at": by.now}
    query = insert(companies).values(values).returning(companies.c.id)
    company_id = int((await connection.execute(query)).scalar_one())
    await _note(connection, Action.COMPANY_ADDED, company_id, fields, by=by)
    return company_id


async def change(
    connection: AsyncConnection, company_id: int, fields: Fields, *, version: str, by: By
) -> None:
    """Write what is said of it. Raises EntryError, and StaleError for an old ``version``."""
    row = await entries.held(connection, companies, company_id)
    fields.checked()
    _require(version, row)
    before = Fields.of(row)
    if fields.name != before.name:
        await entries.refuse_taken(connection, companies, fields.name)
    changes = trail.changed(before.told(), fields.told())
    values = {**fields.told(), "updated_at": entries.later(row, by)}
    await connection.execute(update(companies).where(companies.c.id == company_id).values(values))
    if changes:
        await _note(connection, Action.COMPANY_CHANGED, company_id, fields, by=by, changes=changes)


async def remove(connection: AsyncConnection, company_id: int, *, version: str, by: By) -> None:
    """Take it out of the directory, with what is its own; calls and tickets stay.

    Raises EntryError, and StaleError for an old ``version``.
    """
    row = await entries.held(connection, companies, company_id)
    _require(version, row)
    await pointers.let_go(connection, companies, company_id)
    await connection.execute(delete(companies).where(companies.c.id == company_id))
    await _note(connection, Action.COMPANY_REMOVED, company_id, Fields.of(row), by=by)


async def attached(connection: AsyncConnection, company_id: int) -> Attached:
    """What would go with it, and what would stay without."""
    return await pointers.attached(connection, companies, company_id)


async def touched(connection: AsyncConnection, company_id: int, *, by: By) -> Row[Any]:
    """Note that something of it was said anew, and give it. Raises GoneError."""
    row = await entries.held(connection, companies, company_id)
    await entries.touched(connection, companies, row, by)
    return row


def _version(row: Row[Any]) -> str:
    return versions.version_of(Fields.of(row), row.updated_at)


def _require(version: str, row: Row[Any]) -> None:
    versions.require(version, Fields.of(row), row.updated_at)


async def _note(
    connection: AsyncConnection,
    action: Action,
    company_id: int,
    fields: Fields,
    *,
    by: By,
    changes: trail.Changes | None = None,
) -> None:
    about = f"company:{company_id}"
    await trail.note_change(
        connection, action, by, about=about, changes=changes or {}, company=fields.name
    )
