"""Telephone numbers of the directory: a company's switchboard's, or a contact's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.identity import normalise
from callcenter.db import companies, contacts, trail
from callcenter.db.entries import EntryError
from callcenter.db.schema import companies as companies_table
from callcenter.db.schema import contacts as contacts_table
from callcenter.db.schema import telephone_numbers as numbers
from callcenter.db.trail import Action, By


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a number is: a company's switchboard's, or one of its contacts'."""

    company_id: int
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and who else can be reached at it."""

    id: int
    e164: str
    others: tuple[str, ...] = ()


async def of(connection: AsyncConnection, holder: Holder) -> Sequence[Number]:
    """The numbers of a contact, or the company's own."""
    query = select(numbers).where(_is(holder)).order_by(numbers.c.e164)
    rows = (await connection.execute(query)).all()
    others = await _others(connection, [row.e164 for row in rows], [row.id for row in rows])
    return [Number(row.id, row.e164, tuple(others.get(row.e164, ()))) for row in rows]


async def e164_of(connection: AsyncConnection, number_id: int) -> str | None:
    """The number with this id; None: there is none, or no more."""
    query = select(numbers.c.e164).where(numbers.c.id == number_id)
    return (await connection.execute(query)).scalar()


async def give(
    connection: AsyncConnection, holder: Holder, text: str, *, country: str, by: By
) -> None:
    """Let this be their number too; who has it already, has it. Raises EntryError.

    ``country`` says how to read one without its country.
    """
    e164 = normalise(text, country=country)
    if e164 is None:
        raise EntryError("number", "form", f"{text!r} is no telephone number of {country}")
    name = await _touched(connection, holder, by)
    there = select(numbers.c.id).where(_is(holder), numbers.c.e164 == e164)
    if (await connection.execute(there)).first():
        return
    row = {"e164": e164, "company_id": holder.company_id, "contact_id": holder.contact_id}
    await connection.execute(insert(numbers).values(row))
    await _note(connection, holder, name, (None, e164), by)


async def take(connection: AsyncConnection, holder: Holder, number_id: int, *, by: By) -> None:
    """Let a number be theirs no longer; one that is not theirs stays as it is."""
    name = await _touched(connection, holder, by)
    is_it = numbers.c.id == number_id
    query = delete(numbers).where(_is(holder), is_it).returning(numbers.c.e164)
    e164 = (await connection.execute(query)).scalar()
    if e164 is not None:
        await _note(connection, holder, name, (e164, None), by)


def _is(holder: Holder) -> ColumnElement[bool]:
    is_theirs = numbers.c.company_id == holder.company_id
    return and_(is_theirs, numbers.c.contact_id == holder.contact_id)


async def _touched(connection: AsyncConnection, holder: Holder, by: By) -> str:
    """Its name; somebody changes it now."""
    if holder.contact_id is None:
        return str((await companies.touched(connection, holder.company_id, by=by)).name)
    return str((await contacts.touched(connection, holder.contact_id, by=by)).name)


async def _others(
    connection: AsyncConnection, e164s: Sequence[str], own: Sequence[int]
) -> dict[str, list[str]]:
    query = (
        select(numbers.c.e164, companies_table.c.name, contacts_table.c.name.label("contact"))
        .join(companies_table, companies_table.c.id == numbers.c.company_id)
        .outerjoin(contacts_table, contacts_table.c.id == numbers.c.contact_id)
        .where(numbers.c.e164.in_(e164s), numbers.c.id.not_in(own))
        .order_by(companies_table.c.name, contacts_table.c.name)
    )
    found: dict[str, list[str]] = {}
    for row in await connection.execute(query):
        name = f"{row.contact} ({row.name})" if row.contact else row.name
        found.setdefault(row.e164, []).append(name)
    return found


async def _note(
    connection: AsyncConnection,
    holder: Holder,
    name: str,
    change: tuple[str | None, str | None],
    by: By,
) -> None:
    is_company = holder.contact_id is None
    kind, key = ("company", holder.company_id) if is_company else ("contact", holder.contact_id)
    action = Action.COMPANY_CHANGED if is_company else Action.CONTACT_CHANGED
    changes = {"number": change}
    about = f"{kind}:{key}"
    await trail.note_change(connection, action, by, about=about, changes=changes, **{kind: name})
