"""Entries of the directory that may be there twice, read for the rule in core to compare."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.likeness import Known
from callcenter.db.schema import companies, contacts, telephone_numbers


async def known_companies(connection: AsyncConnection) -> Sequence[Known]:
    """Every company, with its own numbers."""
    query = select(telephone_numbers).where(telephone_numbers.c.contact_id.is_(None))
    numbers = defaultdict(set)
    for row in await connection.execute(query):
        numbers[row.company_id].add(row.e164)
    rows = await connection.execute(select(companies.c.id, companies.c.name))
    return [Known(row.id, row.name, frozenset(numbers.get(row.id, ()))) for row in rows]


async def known_contacts(connection: AsyncConnection) -> Sequence[Known]:
    """Every contact, with their numbers and address, within their company."""
    query = select(telephone_numbers).where(telephone_numbers.c.contact_id.is_not(None))
    numbers = defaultdict(set)
    for row in await connection.execute(query):
        numbers[row.contact_id].add(row.e164)
    rows = await connection.execute(select(contacts))
    return [
        Known(row.id, row.name, frozenset(numbers.get(row.id, ())), row.email, row.company_id)
        for row in rows
    ]
