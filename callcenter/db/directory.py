"""The directory's queries: who a number belongs to.

A contact's number beats a switchboard's. Several contacts may share a number: all of them are
given, and their company only when it is the same for all.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import companies, contacts, contracts, telephone_numbers

BATCH = 500
"""Numbers in one query: both databases bound the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class ContactMatch:
    """A person who can be reached at a number."""

    id: int
    name: str
    company: str


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a number belongs to.

    The company's fields are None when contacts of several companies share the number; ``contacts``
    is empty for a switchboard. The contract is the company's oldest.
    """

    company_id: int | None = None
    company: str | None = None
    contract_id: int | None = None
    contract: str | None = None
    account_owner: str | None = None
    backup: str | None = None
    contacts: tuple[ContactMatch, ...] = ()


async def match(connection: AsyncConnection, numbers: Collection[str]) -> dict[str, Match]:
    """Whom each E.164 number belongs to; a number of nobody, or only of several switchboards,
    is not in the answer."""
    found: dict[str, Match] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), BATCH):
        query = _HOLDERS.where(_E164.in_(wanted[start : start + BATCH]))
        rows = (await connection.execute(query)).all()
        for e164, holders in groupby(rows, key=lambda row: row.e164):
            resolved = _resolve(list(holders))
            if resolved is not None:
                found[e164] = resolved
    return found


async def caller_name(connection: AsyncConnection, e164: str) -> str | None:
    """What a telephone shows: ``Contact - Company``, or the company alone where contacts share
    the number. None for nobody in particular."""
    found = (await match(connection, [e164])).get(e164)
    if found is None or found.company is None:
        return None
    if len(found.contacts) != 1:
        return found.company
    return f"{found.contacts[0].name} - {found.company}"


async def number_of(connection: AsyncConnection, contact_id: int) -> str | None:
    """Where a contact can be reached; of several numbers the one written down first."""
    query = (
        select(telephone_numbers.c.e164)
        .where(telephone_numbers.c.contact_id == contact_id)
        .order_by(telephone_numbers.c.id)
        .limit(1)
    )
    found: str | None = (await connection.execute(query)).scalar()
    return found


async def contract_id(connection: AsyncConnection, company_id: int) -> int | None:
    """The company's oldest contract."""
    query = select(func.min(contracts.c.id)).where(contracts.c.company_id == company_id)
    found: int | None = (await connection.execute(query)).scalar()
    return found


_E164 = telephone_numbers.c.e164

_oldest = contracts.alias()
_oldest_contract = (
    select(func.min(_oldest.c.id))
    .where(_oldest.c.company_id == companies.c.id)
    .correlate(companies)
    .scalar_subquery()
)

_HOLDERS = (
    select(
        _E164,
        contacts.c.id.label("contact_id"),
        contacts.c.name.label("contact"),
        companies.c.id.label("company_id"),
        companies.c.name.label("company"),
        companies.c.account_owner,
        companies.c.backup,
        contracts.c.id.label("contract_id"),
        contracts.c.name.label("contract"),
    )
    .join(companies, companies.c.id == telephone_numbers.c.company_id)
    .outerjoin(contacts, contacts.c.id == telephone_numbers.c.contact_id)
    .outerjoin(contracts, contracts.c.id == _oldest_contract)
    .order_by(_E164, contacts.c.id, companies.c.id)
)


def _resolve(holders: Sequence[Row[*tuple[Any, ...]]]) -> Match | None:
    people = [row for row in holders if row.contact_id is not None]
    sharing = tuple(ContactMatch(row.contact_id, row.contact, row.company) for row in people)
    company = _sole(people or holders)
    if company is None:
        return Match(contacts=sharing) if sharing else None
    return Match(
        company_id=company.company_id,
        company=company.company,
        contract_id=company.contract_id,
        contract=company.contract,
        account_owner=company.account_owner,
        backup=company.backup,
        contacts=sharing,
    )


def _sole(rows: Iterable[Row[*tuple[Any, ...]]]) -> Row[*tuple[Any, ...]] | None:
    """Any of the rows when all are of one company."""
    by_company = {row.company_id: row for row in rows}
    return next(iter(by_company.values())) if len(by_company) == 1 else None
