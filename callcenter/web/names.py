"""What the keys of figures are called: those of agents, companies, contacts and categories, and
what was agreed with companies."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.contract import Contract, Cover, best
from callcenter.core.tally import NOBODY
from callcenter.db import categories
from callcenter.db.schema import calls, companies, contacts, contracts


class Agreed(NamedTuple):
    """What was agreed with companies, and whether it covers their calls."""

    contract: str
    cover: Cover

    @property
    def key(self) -> str:
        """The same for all companies with as much."""
        return f"{self.contract}\n{self.cover}"


class Known(NamedTuple):
    """A caller's last call, and the company it was taken for, if any."""

    call_id: str
    company: str | None


async def of_rows(connection: AsyncConnection, table: Any, keys: Collection[str]) -> dict[str, str]:
    """What ids are called; who is gone has no name."""
    ids = [int(key) for key in keys if key != NOBODY]
    query = select(table.c.id, table.c.name).where(table.c.id.in_(ids))
    return {str(row.id): row.name for row in await connection.execute(query)}


async def of_categories(connection: AsyncConnection) -> dict[str, str]:
    """What categories are called, those too that nobody can choose any more."""
    tree = await categories.tree(connection, with_inactive=True)
    return {str(one.id): one.name for one in tree}


async def of_contacts(connection: AsyncConnection, keys: Collection[str]) -> dict[str, str]:
    """What contacts are called, with their companies."""
    ids = [int(key) for key in keys if key.isdigit()]
    query = (
        select(contacts.c.id, contacts.c.name, companies.c.name.label("company"))
        .join(companies, companies.c.id == contacts.c.company_id)
        .where(contacts.c.id.in_(ids))
    )
    rows = await connection.execute(query)
    return {str(row.id): f"{row.name} · {row.company}" for row in rows}


async def of_callers(connection: AsyncConnection, keys: Collection[str]) -> dict[str, Known]:
    """Whom callers are taken for, by numbers in E.164 or what was sent in their place."""
    numbers = [key for key in keys if key.startswith("+")]
    others = [key for key in keys if not key.startswith("+")]
    last: dict[str, str] = {}
    for column, some in ((calls.c.caller_e164, numbers), (calls.c.caller_raw, others)):
        if not some:
            continue
        wanted = union_all(*(select(literal(key).label("key")) for key in some)).subquery()
        newest = (calls.c.started_at.desc(), calls.c.id.desc())
        id_ = select(calls.c.id).where(column == wanted.c.key).order_by(*newest).limit(1)
        query = select(wanted.c.key, id_.scalar_subquery().label("id"))
        last |= {row.key: row.id for row in await connection.execute(query) if row.id}
    query_ = (
        select(calls.c.id, companies.c.name)
        .outerjoin(companies, companies.c.id == calls.c.company_id)
        .where(calls.c.id.in_(last.values()))
    )
    who = {row.id: row.name for row in await connection.execute(query_)}
    return {key: Known(id_, who[id_]) for key, id_ in last.items()}


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
