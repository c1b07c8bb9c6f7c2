"""What desks call the entries of our directory, by the ids that they have there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Table, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.entry import Kind
from callcenter.db.parts import parts
from callcenter.db.schema import companies, contacts, contracts, desk_entries, devices

TABLES: Mapping[Kind, Table] = {
    Kind.COMPANY: companies,
    Kind.CONTACT: contacts,
    Kind.CONTRACT: contracts,
    Kind.DEVICE: devices,
}

COLUMNS: Mapping[Kind, Column[Any]] = {kind: desk_entries.c[f"{kind}_id"] for kind in TABLES}
"""Which of the ids is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of a desk, and ours. ``numbers`` are those that came from there."""

    id: int
    desk: str
    kind: Kind
    external_id: str
    key: int
    speaks: bool
    is_made: bool
    numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeskIds:
    """What a desk calls a caller; None: it does not know them, or we do not know that it does."""

    company: str | None = None
    contact: str | None = None
    contract: str | None = None


async def links(
    connection: AsyncConnection, desk: str, kind: Kind, external_ids: Collection[str]
) -> Mapping[str, Link]:
    """Those of the desk's entries that are known here, by the desk's id."""
    found: dict[str, Link] = {}
    for some in parts(list(external_ids)):
        query = select(desk_entries).where(_of(desk, kind), desk_entries.c.external_id.in_(some))
        found |= {row.external_id: _link(row) for row in await connection.execute(query)}
    return found


async def alike(connection: AsyncConnection, kind: Kind, key: int) -> Sequence[Link]:
    """All that is linked to an entry of ours, by whichever desk; the first is there longest."""
    query = select(desk_entries).where(COLUMNS[kind] == key).order_by(desk_entries.c.id)
    return [_link(row) for row in await connection.execute(query)]


async def known_as(
    connection: AsyncConnection,
    desk: str,
    *,
    company_id: int | None,
    contact_id: int | None,
    contract_id: int | None,
) -> DeskIds:
    """What the desk calls them; of several that are one here, the one that says its name."""
    return DeskIds(
        company=await _known_as(connection, desk, Kind.COMPANY, company_id),
        contact=await _known_as(connection, desk, Kind.CONTACT, contact_id),
        contract=await _known_as(connection, desk, Kind.CONTRACT, contract_id),
    )


async def hush(connection: AsyncConnection, table: Table, key: int) -> None:
    """Let no desk say any more what this entry is called: it is about to be one with another."""
    for kind, its_table in TABLES.items():
        if its_table is table:
            query = update(desk_entries).where(COLUMNS[kind] == key).values(speaks=False)
            await connection.execute(query)


async def gone(
    connection: AsyncConnection, desk: str, kind: Kind, *, number: int, limit: int
) -> Sequence[Link]:
    """Some of those that the pass of this number has not seen."""
    query = select(desk_entries).where(_of(desk, kind), desk_entries.c.seen_in < number)
    query = query.order_by(desk_entries.c.id).limit(limit)
    return [_link(row) for row in await connection.execute(query)]


async def still(connection: AsyncConnection, links: Sequence[Link]) -> Sequence[Link]:
    """Those that are still linked: one may have gone with its company meanwhile."""
    query = select(desk_entries).where(desk_entries.c.id.in_([one.id for one in links]))
    return [_link(row) for row in await connection.execute(query.order_by(desk_entries.c.id))]


async def count(
    connection: AsyncConnection, desk: str, kind: Kind, *, number: int
) -> tuple[int, int]:
    """How many there are, and how many of them the pass of this number has not seen."""
    is_gone = desk_entries.c.seen_in < number
    query = select(func.count(), func.count().filter(is_gone)).where(_of(desk, kind))
    there, missing = (await connection.execute(query)).one()
    return there, missing


def _of(desk: str, kind: Kind) -> ColumnElement[bool]:
    return and_(desk_entries.c.desk == desk, desk_entries.c.kind == kind)


async def _known_as(
    connection: AsyncConnection, desk: str, kind: Kind, key: int | None
) -> str | None:
    if key is None:
        return None
    query = (
        select(desk_entries.c.external_id)
        .where(COLUMNS[kind] == key, desk_entries.c.desk == desk)
        .order_by(desk_entries.c.speaks.desc(), desk_entries.c.id)
        .limit(1)
    )
    found: str | None = (await connection.execute(query)).scalar()
    return found


def _link(row: Row[Any]) -> Link:
    kind = Kind(row.kind)
    return Link(
        id=row.id,
        desk=row.desk,
        kind=kind,
        external_id=row.external_id,
        key=getattr(row, f"{kind}_id"),
        speaks=row.speaks,
        is_made=row.is_made,
        numbers=frozenset(row.numbers.split()),
    )
