"""What the keys of figures are called: those of agents, companies, contacts and categories, and
what was agreed with companies."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.contract import Contract, Cover, best
from callcenter.core.tally import NOBODY
from callcenter.db import categories
from callcenter.db.reports import Of
from callcenter.db.schema import companies, contacts, contracts


class Agreed(NamedTuple):
    """What was agreed with companies, and whether it covers their calls."""

    contract: str
    cover: Cover

    @property
    def key(self) -> str:
        """The same for all companies with as much."""
        return f"{self.contract}\n{self.cover}"


async def of_rows(connection: AsyncConnection, table: Any, found: Sequence[Of]) -> dict[str, str]:
    """What ids are called; who is gone has no name."""
    ids = [int(one.key) for one in found if one.key != NOBODY]
    query = select(table.c.id, table.c.name).where(table.c.id.in_(ids))
    return {str(row.id): row.name for row in await connection.execute(query)}


async def of_categories(connection: AsyncConnection) -> dict[str, str]:
    """What categories are called, those too that nobody can choose any more."""
    tree = await categories.tree(connection, with_inactive=True)
    return {str(one.id): one.name for one in tree}


async def of_contacts(connection: AsyncConnection, found: Sequence[Of]) -> dict[str, str]:
    """What contacts are called, with their companies."""
    ids = [int(one.key) for one in found if one.key.isdigit()]
    query = (
        select(contacts.c.id, contacts.c.name, companies.c.name.label("company"))
        .join(companies, companies.c.id == contacts.c.company_id)
        .where(contacts.c.id.in_(ids))
    )
    rows = await connection.execute(query)
    return {str(row.id): f"{row.name} · {row.company}" for row in rows}


async def owners(connection: AsyncConnection) -> dict[str, str]:
    """The account owner that each company has now."""
    query = select(companies.c.id, companies.c.account_owner)
    return {str(id_): owner for id_, owner in await connection.execute(query) if owner}


async def agreements(connection: AsyncConnection, today: date) -> dict[str, Agreed]:
    """The contract of each company that counts today, and what it is worth."""
    found: defaultdict[int, list[Contract]] = defaultdict(list)
    for row in await connection.execute(select(contracts).order_by(contracts.c.id)):
        found[row.company_id].append(
            Contract(row.name, row.covers_support, row.starts_on, row.ends_on)
        )
    of = {str(company): best(some, today) for company, some in found.items()}
    return {company: Agreed(one[0].name, one[1]) for company, one in of.items() if one}
