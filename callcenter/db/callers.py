"""Who a caller turned out to be: said by an agent, and written into the call and its ticket.

Nobody is looked for by number alone, and no contact is made unless an agent types one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, false, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.likeness import folded
from callcenter.db import calls, directory, journal, tickets, trail
from callcenter.db.schema import call_contacts, companies, contacts, telephone_numbers
from callcenter.db.schema import calls as calls_table
from callcenter.db.schema import tickets as tickets_table
from callcenter.errors import CallcenterError
from webhooks import EventType

NAME_MAX = 120
EMAIL_MAX = 254
"""RFC 5321, by way of its errata."""

FOUND_MAX = 12
"""Rows of a search: who needs more of them types another letter."""

LOOKED_AT_MAX = 20_000
"""Rows that the database gives for a pattern without accents, to be compared with the words."""

COMPANIES_MAX = 2_000
"""Companies that are offered while a name is typed."""


class CallerError(CallcenterError):
    """It cannot be written as asked; ``field`` is what to mend."""

    code = "caller"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Found:
    """A contact, or with ``contact_id`` None a company and nobody in particular there."""

    company_id: int
    company: str
    contact_id: int | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What an agent said, and when. ``remember``: the number is theirs from now on."""

    call_id: str
    actor: str  # a login
    now: datetime
    base_url: str
    remember: bool


async def search(connection: AsyncConnection, text: str, *, limit: int = FOUND_MAX) -> list[Found]:
    """Contacts and companies whose names have every word; accents and capitals do not matter."""
    words = folded(text).split()
    if not words:
        return []
    people = (
        _PEOPLE.where(*(_may_have(word, contacts.c.name, companies.c.name) for word in words))
        .order_by(contacts.c.name, contacts.c.id)
        .limit(LOOKED_AT_MAX)
    )
    firms = (
        select(companies.c.id.label("company_id"), companies.c.name.label("company"))
        .where(*(_may_have(word, companies.c.name) for word in words))
        .order_by(companies.c.name)
        .limit(LOOKED_AT_MAX)
    )
    found = [Found(**row) for row in (await connection.execute(people)).mappings()]
    found += [Found(**row) for row in (await connection.execute(firms)).mappings()]
    return [one for one in found if _has(one, words)][:limit]


async def holders(connection: AsyncConnection, e164: str) -> list[Found]:
    """Everybody who has this number, and the companies whose switchboard's it is."""
    query = (
        select(
            companies.c.id.label("company_id"),
            companies.c.name.label("company"),
            contacts.c.id.label("contact_id"),
            contacts.c.name.label("contact"),
        )
        .select_from(telephone_numbers)
        .join(companies, companies.c.id == telephone_numbers.c.company_id)
        .outerjoin(contacts, contacts.c.id == telephone_numbers.c.contact_id)
        .where(telephone_numbers.c.e164 == e164)
        .order_by(companies.c.name, contacts.c.name)
    )
    return [Found(**row) for row in (await connection.execute(query)).mappings()]


async def company_names(connection: AsyncConnection) -> Sequence[str]:
    """The companies, to choose one from."""
    query = select(companies.c.name).order_by(companies.c.name).limit(COMPANIES_MAX)
    return (await connection.execute(query)).scalars().all()


async def sharing(connection: AsyncConnection, call_id: str) -> list[Found]:
    """The contacts of a call: everybody whose number it is, or the one who was chosen."""
    query = (
        _PEOPLE.join(call_contacts, call_contacts.c.contact_id == contacts.c.id)
        .where(call_contacts.c.call_id == call_id)
        .order_by(contacts.c.name, contacts.c.id)
    )
    return [Found(**row) for row in (await connection.execute(query)).mappings()]


async def choose_contact(connection: AsyncConnection, choice: Choice, contact_id: int) -> None:
    """The caller is this contact. Raises CallerError where there is none any more."""
    query = select(contacts.c.company_id).where(contacts.c.id == contact_id)
    company_id = (await connection.execute(query)).scalar()
    if company_id is None:
        raise CallerError("who", "they are not in the directory any more: search again")
    await _write(connection, choice, company_id, contact_id)
    await _note(connection, choice, trail.Action.CALLER_CHOSEN)


async def choose_company(connection: AsyncConnection, choice: Choice, company_id: int) -> None:
    """The caller is somebody of this company. Raises CallerError where it is gone."""
    query = select(companies.c.id).where(companies.c.id == company_id)
    if (await connection.execute(query)).scalar() is None:
        raise CallerError("who", "it is not in the directory any more: search again")
    await _write(connection, choice, company_id, None)
    await _note(connection, choice, trail.Action.CALLER_CHOSEN)


async def create(
    connection: AsyncConnection, choice: Choice, *, name: str, company: str, email: str
) -> None:
    """The caller is somebody new, at a company that is known. Raises CallerError."""
    name, email = _line("name", name, NAME_MAX), _line("email", email, EMAIL_MAX)
    if not name:
        raise CallerError("name", "a contact needs a name")
    if email and "@" not in email:
        raise CallerError("email", "an address has an @ in it")
    query = select(companies.c.id).where(companies.c.name == company.strip())
    company_id = (await connection.execute(query)).scalar()
    if company_id is None:
        raise CallerError("company", "there is no company of that name: choose one that is known")
    there = select(contacts.c.id).where(
        contacts.c.company_id == company_id, contacts.c.name == name
    )
    contact_id = (await connection.execute(there)).scalar()
    if contact_id is None:  # who is known already is no second contact
        values = {
            "company_id": company_id,
            "name": name,
            "email": email or None,
            "updated_at": choice.now,
        }
        added = await connection.execute(insert(contacts).values(values).returning(contacts.c.id))
        contact_id = added.scalar_one()
    await _write(connection, choice, company_id, contact_id)
    await _note(connection, choice, trail.Action.CALLER_CREATED)


async def is_nobodys(connection: AsyncConnection, e164: str | None) -> bool:
    """Whether the number could be remembered as somebody's: it is one, and nobody has it."""
    return e164 is not None and not await directory.match(connection, [e164])


async def _note(connection: AsyncConnection, choice: Choice, action: trail.Action) -> None:
    await trail.note(connection, action, now=choice.now, actor=choice.actor, call_id=choice.call_id)


async def _write(
    connection: AsyncConnection, choice: Choice, company_id: int, contact_id: int | None
) -> None:
    this = calls_table.c.id == choice.call_id
    await connection.execute(update(calls_table).where(this).values(company_id=company_id))
    await connection.execute(delete(call_contacts).where(call_contacts.c.call_id == choice.call_id))
    if contact_id is not None:
        row = {"call_id": choice.call_id, "contact_id": contact_id}
        await connection.execute(insert(call_contacts).values(row))
    call = await calls.get(connection, choice.call_id)
    if call is None:
        raise CallerError("call", "the call is not known any more")
    if choice.remember and await is_nobodys(connection, call.caller.e164):
        number = {"e164": call.caller.e164, "company_id": company_id, "contact_id": contact_id}
        await connection.execute(insert(telephone_numbers).values(number))
    body = call.model_dump_json()
    entries = [journal.NewEntry(choice.now, EventType.CALL_UPDATED, call.line, call.id, body)]
    entries += await _ticket(connection, choice, company_id, contact_id)
    await journal.append(connection, entries)


async def _ticket(
    connection: AsyncConnection, choice: Choice, company_id: int, contact_id: int | None
) -> list[journal.NewEntry]:
    """The call's own ticket of the built-in desk follows; one that it was merged into does not."""
    company = select(companies).where(companies.c.id == company_id)
    values = {
        "company_id": company_id,
        "contact_id": contact_id,
        "contract_id": await directory.contract_id(connection, company_id),
        "account_owner": (await connection.execute(company)).one().account_owner,
    }
    changed = await connection.execute(
        update(tickets_table)
        .where(tickets_table.c.call_key == choice.call_id, tickets_table.c.merged_into.is_(None))
        .values(values)
        .returning(tickets_table.c.number)
    )
    number = changed.scalar()
    ticket = number and await tickets.get(connection, number, base_url=choice.base_url)
    if not ticket:
        return []
    kind, body = EventType.TICKET_UPDATED, ticket.model_dump_json()
    return [journal.NewEntry(choice.now, kind, ticket.queue, ticket.call, body)]


_PEOPLE = select(
    companies.c.id.label("company_id"),
    companies.c.name.label("company"),
    contacts.c.id.label("contact_id"),
    contacts.c.name.label("contact"),
).join(companies, companies.c.id == contacts.c.company_id)


def _line(field: str, text: str, longest: int) -> str:
    text = " ".join(text.replace("\0", "").split())
    if len(text) > longest:
        raise CallerError(field, f"at most {longest} characters; this has {len(text)}")
    return text


def _has(found: Found, words: Sequence[str]) -> bool:
    name = folded(f"{found.contact or ''} {found.company}")
    return all(word in name for word in words)


def _may_have(word: str, *columns: Any) -> ColumnElement[bool]:
    """A pattern that misses nothing: a letter that may have an accent is any letter.

    Neither database compares without accents by itself.
    """
    plain = "".join(one if one.isascii() and one not in _ACCENTED else "_" for one in word)
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%")
    condition: ColumnElement[bool] = false()
    for column in columns:
        condition = condition | column.ilike(f"%{escaped}%", escape="\\")
    return condition


_ACCENTED = frozenset("acdegilnorstuyz_")
"""Letters that have a form with an accent somewhere in Europe; and ``_``, which is any letter."""
