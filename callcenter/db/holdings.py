"""What the built-in desk holds for calls: by their keys, and with merged tickets followed."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.parts import parts
from callcenter.db.schema import tickets


async def numbers(connection: AsyncConnection, keys: Collection[str]) -> dict[str, str]:
    """The number of the ticket of each of these calls' keys that has one.

    Of one that was merged it is the survivor's, as far as there is one.
    """
    found: dict[str, str] = {}
    for some in parts(sorted(keys)):
        query = select(tickets.c.call_key, tickets.c.number).where(tickets.c.call_key.in_(some))
        found |= {row.call_key: row.number for row in await connection.execute(query)}
    return await _followed(connection, found) if found else found


async def carried(
    connection: AsyncConnection, since: datetime, until: datetime
) -> Mapping[str, str]:
    """Key to number, of each ticket with a call's key made from ``since`` until before ``until``.

    A merged ticket still carries its key.
    """
    query = select(tickets.c.call_key, tickets.c.number).where(
        tickets.c.created_at >= since,
        tickets.c.created_at < until,
        tickets.c.call_key.is_not(None),
    )
    return {row.call_key: row.number for row in await connection.execute(query)}


async def _followed(connection: AsyncConnection, found: dict[str, str]) -> dict[str, str]:
    """The same with each number replaced by its survivor's."""
    survivor = tickets.alias()
    query = select(tickets.c.number, tickets.c.merged_into).join(
        survivor, survivor.c.number == tickets.c.merged_into
    )
    # Merged tickets are few, and have an index of their own.
    into = {row.number: row.merged_into for row in await connection.execute(query)}
    return {key: _survivor(number, into) for key, number in found.items()}


def _survivor(number: str, into: Mapping[str, str]) -> str:
    seen = {number}
    while number in into and into[number] not in seen:
        number = into[number]
        seen.add(number)
    return number
