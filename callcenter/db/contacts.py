"""Contacts of the directory: the people of a company, edited one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import companies, entries, pointers, trail, versions
from callcenter.db.entries import EMAIL_MAX, EntryError
from callcenter.db.pointers import Attached
from callcenter.db.schema import companies as companies_table
from callcenter.db.schema import contacts
from callcenter.db.trail import Action, By


@dataclass(frozen=True, slots=True)
class Fields:
    """What is said of a contact."""

    name: str
    email: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> "Fields":
        """As the row has them."""
        return cls(row.name, row.email)

    def checked(self) -> "Fields":
        """The same. Raises EntryError for what cannot be."""
        entries.checked("name", self.name)
        if self.email:
            entries.checked("email", self.email, most=EMAIL_MAX)
            local, _, host = self.email.partition("@")
            if not local or not host or " " in self.email:
                raise EntryError("email", "form", "an address has an @ in it")
        return self

    def told(self) -> dict[str, str | None]:
        """For the trail."""
        return {"name": self.name, "email": self.email}


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of a company. ``version`` is what a form begins with."""

    id: int
    company_id: int
    company: str
    fields: Fields
    updated_at: datetime | None
    version: str


async def get(connection: AsyncConnection, contact_id: int) -> Contact | None:
    """The contact with this id."""
    row = (await connection.execute(_CONTACTS.where(contacts.c.id == contact_id))).one_or_none()
    return _contact(row) if row else None


async def of_company(connection: AsyncConnection, company_id: int) -> Sequence[Contact]:
    """The people of a company, by name."""
    query = _CONTACTS.where(contacts.c.company_id == company_id).order_by(contacts.c.name)
    return [_contact(row) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, company_id: int, fields: Fields, *, by: By) -> int:
    """Add somebody to a company, and give their id. Raises EntryError."""
    fields.checked()
    company = await companies.touched(connection, company_id, by=by)
    is_theirs = contacts.c.company_id == company_id
    await entries.refuse_taken(connection, contacts, fields.name, is_theirs)
    values = {**fields.told(), "company_id": company_id, "updated_at": by.now}
    query = insert(contacts).values(values).returning(contacts.c.id)
    contact_id = int((await connection.execute(query)).scalar_one())
    await _note(connection, Action.CONTACT_ADDED, contact_id, fields, company=company.name, by=by)
    return contact_id


async def change(
    connection: AsyncConnection, contact_id: int, fields: Fields, *, version: str, by: By
) -> None:
    """Write what is said of them. Raises EntryError, and StaleError for an old ``version``."""
    row = await entries.held(connection, contacts, contact_id)
    fields.checked()
    _require(version, row)
    before = Fields.of(row)
    if fields.name != before.name:
        is_theirs = contacts.c.company_id == row.company_id
        await entries.refuse_taken(connection, contacts, fields.name, is_theirs)
    values = {**fields.told(), "updated_at": entries.later(row, by)}
    await connection.execute(update(contacts).where(contacts.c.id == contact_id).values(values))
    changes = trail.changed(before.told(), fields.told())
    if changes:
        company = await _company(connection, row)
        await _note(
            connection,
            Action.CONTACT_CHANGED,
            contact_id,
            fields,
            company=company,
            by=by,
            changes=changes,
        )


async def remove(connection: AsyncConnection, contact_id: int, *, version: str, by: By) -> None:
    """Take them out of the directory, with their numbers; calls and tickets stay.

    Raises EntryError, and StaleError for an old ``version``.
    """
    row = await entries.held(connection, contacts, contact_id)
    _require(version, row)
    company = await _company(connection, row)
    await companies.touched(connection, row.company_id, by=by)
    await pointers.let_go(connection, contacts, contact_id)
    await connection.execute(delete(contacts).where(contacts.c.id == contact_id))
    fields = Fields.of(row)
    await _note(connection, Action.CONTACT_REMOVED, contact_id, fields, company=company, by=by)


async def attached(connection: AsyncConnection, contact_id: int) -> Attached:
    """What would go with them, and what would stay without."""
    return await pointers.attached(connection, contacts, contact_id)


async def touched(connection: AsyncConnection, contact_id: int, *, by: By) -> Row[Any]:
    """Note that something of them was said anew, and give them. Raises GoneError."""
    row = await entries.held(connection, contacts, contact_id)
    await entries.touched(connection, contacts, row, by)
    return row


_CONTACTS = select(contacts, companies_table.c.name.label("company")).join(companies_table)


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        row.id, row.company_id, row.company, Fields.of(row), row.updated_at, _version(row)
    )


def _version(row: Row[Any]) -> str:
    return versions.version_of(Fields.of(row), row.updated_at)


def _require(version: str, row: Row[Any]) -> None:
    versions.require(version, Fields.of(row), row.updated_at)


async def _company(connection: AsyncConnection, row: Row[Any]) -> str:
    query = select(companies_table.c.name).where(companies_table.c.id == row.company_id)
    return str((await connection.execute(query)).scalar_one())


async def _note(
    connection: AsyncConnection,
    action: Action,
    contact_id: int,
    fields: Fields,
    *,
    company: str,
    by: By,
    changes: trail.Changes | None = None,
) -> None:
    about = f"contact:{contact_id}"
    await trail.note_change(
        connection,
        action,
        by,
        about=about,
        changes=changes or {},
        contact=fields.name,
        company=company,
    )
