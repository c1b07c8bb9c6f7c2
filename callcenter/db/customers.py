"""Customers: who may sign in to the portal, and for which company.

Their credentials are given by an administrator. One that is switched off, or whose password is
another now, is signed out everywhere in the same transaction.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import trail
from callcenter.db.schema import companies, contacts, customer_sessions, customers
from callcenter.db.trail import Action
from callcenter.errors import CallcenterError

LOGIN_MAX = 64


class CustomerError(CallcenterError):
    """The customer cannot be added or changed as asked."""

    code = "customer"


class CustomerOutError(CustomerError):
    """They were switched off, or have another password now: whatever they do, they do no more."""

    code = "customer_out"


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody of a company, with what they chose for their pages.

    ``contact_id`` is who they are in the directory, if they are in it.
    """

    id: int
    company_id: int
    company: str
    contact_id: int | None
    login: str
    name: str
    language: str | None
    theme: str | None
    active: bool
    created_at: datetime
    password_hash: str = field(repr=False)


async def add(
    connection: AsyncConnection,
    *,
    login: str,
    name: str,
    company_id: int,
    contact_id: int | None,
    password_hash: str,
    now: datetime,
    actor: str | None = None,
) -> Customer:
    """Let somebody of the company sign in. Raises CustomerError. ``actor`` None is the command."""
    login = comparable(login)
    if not 0 < len(login) <= LOGIN_MAX:
        raise CustomerError(f"a login has 1 to {LOGIN_MAX} characters: choose another")
    await _check_place(connection, company_id, contact_id)
    if await by_login(connection, login):
        raise CustomerError(f"there is already a customer {login!r}: choose another login")
    values = {
        "login": login,
        "name": name,
        "company_id": company_id,
        "contact_id": contact_id,
        "password_hash": password_hash,
        "created_at": now,
    }
    query = insert(customers).values(values).returning(customers.c.id)
    customer_id = (await connection.execute(query)).scalar_one()
    added = await _existing(connection, customer_id)
    await _note(connection, Action.CUSTOMER_ADDED, added, now, actor)
    return added


async def by_login(connection: AsyncConnection, login: str) -> Customer | None:
    """The customer who signs in so, however they write capitals."""
    return await _one(connection, customers.c.login == comparable(login))


async def by_id(connection: AsyncConnection, customer_id: int) -> Customer | None:
    """The customer with this id."""
    return await _one(connection, customers.c.id == customer_id)


async def everyone(connection: AsyncConnection) -> list[Customer]:
    """All customers, by company and login."""
    query = _CUSTOMERS.order_by(companies.c.name, customers.c.login)
    return [_customer(row) for row in await connection.execute(query)]


async def place_of(
    connection: AsyncConnection, company: str, contact: str | None
) -> tuple[int, int | None]:
    """The ids of a company, and of somebody there, by their names. Raises CustomerError."""
    query = select(companies.c.id).where(companies.c.name == company)
    company_id = (await connection.execute(query)).scalar()
    if company_id is None:
        raise CustomerError(f"there is no company {company!r}: add it to the directory first")
    if contact is None:
        return company_id, None
    is_theirs = (contacts.c.company_id == company_id) & (contacts.c.name == contact)
    contact_id = (await connection.execute(select(contacts.c.id).where(is_theirs))).scalar()
    if contact_id is None:
        raise CustomerError(f"{company} has no contact {contact!r}: add them to the directory")
    return company_id, contact_id


async def hold(connection: AsyncConnection, customer: Customer) -> None:
    """Let nobody switch them off, or change their password, before the end of this transaction.

    Raises CustomerOutError where somebody did since ``customer`` was read.
    """
    query = select(customers.c.active, customers.c.password_hash)
    is_it = customers.c.id == customer.id
    row = (await connection.execute(query.where(is_it).with_for_update())).one_or_none()
    if row is None or not row.active or row.password_hash != customer.password_hash:
        raise CustomerOutError("this customer is signed out: sign in again")


async def of_company(connection: AsyncConnection, company_id: int) -> list[Customer]:
    """Everybody who may, or might, sign in for a company, by login."""
    query = _CUSTOMERS.where(customers.c.company_id == company_id).order_by(customers.c.login)
    return [_customer(row) for row in await connection.execute(query)]


async def set_password(
    connection: AsyncConnection,
    customer_id: int,
    password_hash: str,
    *,
    now: datetime,
    actor: str | None = None,
) -> None:
    """Give them another password, and sign them out. Raises CustomerError."""
    changed = await _change(connection, customer_id, password_hash=password_hash)
    await _note(connection, Action.CUSTOMER_PASSWORD_SET, changed, now, actor)


async def change_password(
    connection: AsyncConnection, customer_id: int, password_hash: str, *, now: datetime
) -> None:
    """The same by themselves. Raises CustomerError."""
    changed = await _change(connection, customer_id, password_hash=password_hash)
    await _note(connection, Action.CUSTOMER_PASSWORD_CHANGED, changed, now, None)


async def set_active(
    connection: AsyncConnection,
    customer_id: int,
    *,
    active: bool,
    now: datetime,
    actor: str | None = None,
) -> None:
    """Let them sign in again; or no longer, from this moment on. Raises CustomerError."""
    changed = await _change(connection, customer_id, active=active)
    action = Action.CUSTOMER_SWITCHED_ON if active else Action.CUSTOMER_SWITCHED_OFF
    await _note(connection, action, changed, now, actor)


async def set_language(connection: AsyncConnection, customer_id: int, language: str | None) -> None:
    """Remember the language a customer chose; None: what the browser asks for."""
    is_it = customers.c.id == customer_id
    await connection.execute(update(customers).where(is_it).values(language=language))


async def set_theme(connection: AsyncConnection, customer_id: int, theme: str | None) -> None:
    """Remember the theme a customer chose; None: what the system asks for."""
    is_it = customers.c.id == customer_id
    await connection.execute(update(customers).where(is_it).values(theme=theme))


def comparable(login: str) -> str:
    """A login as it is kept: telephones begin what is typed with a capital letter."""
    return login.strip().lower()


_CUSTOMERS: Select[tuple[object, ...]] = select(customers, companies.c.name.label("company")).join(
    companies, companies.c.id == customers.c.company_id
)


async def _one(connection: AsyncConnection, condition: ColumnElement[bool]) -> Customer | None:
    row = (await connection.execute(_CUSTOMERS.where(condition))).one_or_none()
    return _customer(row) if row else None


def _customer(row: Row[tuple[object, ...]]) -> Customer:
    return Customer(
        id=row.id,
        company_id=row.company_id,
        company=row.company,
        contact_id=row.contact_id,
        login=row.login,
        name=row.name,
        language=row.language,
        theme=row.theme,
        active=row.active,
        created_at=row.created_at,
        password_hash=row.password_hash,
    )


async def _check_place(
    connection: AsyncConnection, company_id: int, contact_id: int | None
) -> None:
    is_company = companies.c.id == company_id
    if (await connection.execute(select(companies.c.id).where(is_company))).first() is None:
        raise CustomerError("there is no such company: add it to the directory first")
    is_theirs = (contacts.c.id == contact_id) & (contacts.c.company_id == company_id)
    query = select(contacts.c.id).where(is_theirs)
    if contact_id is not None and (await connection.execute(query)).first() is None:
        raise CustomerError("that contact is not of this company: choose one who is")


async def _change(connection: AsyncConnection, customer_id: int, **values: object) -> Customer:
    is_it = customers.c.id == customer_id
    await connection.execute(update(customers).where(is_it).values(values))
    is_theirs = customer_sessions.c.customer_id == customer_id
    await connection.execute(delete(customer_sessions).where(is_theirs))
    return await _existing(connection, customer_id)


async def _existing(connection: AsyncConnection, customer_id: int) -> Customer:
    found = await by_id(connection, customer_id)
    if found is None:
        raise CustomerError("there is no such customer")
    return found


async def _note(
    connection: AsyncConnection,
    action: Action,
    customer: Customer,
    now: datetime,
    actor: str | None,
) -> None:
    await trail.note(
        connection,
        action,
        now=now,
        actor=actor,
        about=f"company:{customer.company_id}",
        company=customer.company,
        customer=customer.login,
    )
