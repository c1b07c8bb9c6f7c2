"""What is yet to be done, counted for whoever operates the service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import (
    DELIVERY_IS_WAITING,
    EVENT_IS_WAITING,
    OBLIGATION_IS_UNQUALIFIED,
    desk_events,
    desk_writes,
    obligations,
    webhook_deliveries,
    webhook_destinations,
)

COUNTED_MAX = 10_000
"""Messages of one destination that are counted: more is too much, however much it is."""


@dataclass(frozen=True, slots=True)
class Debts:
    """How many, and the oldest answer of all."""

    count: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gauges:
    """``obligations`` by how they stand: ``open``; ``stuck``, whose desk refuses their ticket for
    good; ``ticketed``, of which the agent has yet to say what they were.

    By desk, ``desk_events`` are tickets to look at and ``desk_writes`` what tickets are yet to say.
    ``deliveries`` wait for destinations that are switched on; ``destinations`` are ``well``,
    ``failing`` or ``off``.
    """

    obligations: Mapping[str, Debts]
    desk_events: Mapping[str, int]
    desk_writes: Mapping[str, int]
    deliveries: Debts
    destinations: Mapping[str, int]


async def read(connection: AsyncConnection) -> Gauges:
    """All of them, by indexes of what is not done."""
    return Gauges(
        obligations=await _obligations(connection),
        desk_events=await _events(connection),
        desk_writes=await _writes(connection),
        deliveries=await _deliveries(connection),
        destinations=await _destinations(connection),
    )


async def _obligations(connection: AsyncConnection) -> dict[str, Debts]:
    stands = case((obligations.c.stuck_at.is_not(None), "stuck"), else_=obligations.c.state)
    query = (
        select(stands, func.count(), func.min(obligations.c.answered_at))
        .where(OBLIGATION_IS_UNQUALIFIED)
        .group_by(stands)
    )
    found = {state: Debts(*rest) for state, *rest in await connection.execute(query)}
    return dict.fromkeys(("open", "stuck", "ticketed"), Debts()) | found


async def _events(connection: AsyncConnection) -> dict[str, int]:
    table = desk_events
    query = select(table.c.desk, func.count()).where(EVENT_IS_WAITING).group_by(table.c.desk)
    return await _counted(connection, query)


async def _writes(connection: AsyncConnection) -> dict[str, int]:
    query = (
        select(obligations.c.desk, func.count())
        .join(desk_writes, desk_writes.c.call_id == obligations.c.call_id)
        .group_by(obligations.c.desk)
    )
    return await _counted(connection, query)


async def _deliveries(connection: AsyncConnection) -> Debts:
    """By the destination: what one that is off waits for may be very much, and is not looked at."""
    table, whom = webhook_deliveries, webhook_destinations
    is_told = select(whom.c.id).where(whom.c.disabled_at.is_(None))
    count, oldest = 0, list[datetime]()
    for key in (await connection.execute(is_told)).scalars().all():
        waiting = (table.c.destination_id == key, DELIVERY_IS_WAITING)
        some = select(table.c.destination_id).where(*waiting).limit(COUNTED_MAX).subquery()
        count += (await connection.execute(select(func.count()).select_from(some))).scalar_one()
        first = (
            await connection.execute(select(func.min(table.c.created_at)).where(*waiting))
        ).scalar()
        oldest += [first] if first else []
    return Debts(count, min(oldest, default=None))


async def _destinations(connection: AsyncConnection) -> dict[str, int]:
    whom = webhook_destinations
    stands = case(
        (whom.c.disabled_at.is_not(None), "off"),
        (whom.c.failing_since.is_not(None), "failing"),
        else_="well",
    )
    query = select(stands, func.count()).where(whom.c.removed_at.is_(None)).group_by(stands)
    return dict.fromkeys(("well", "failing", "off"), 0) | await _counted(connection, query)


async def _counted(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    return {name: int(count) for name, count in await connection.execute(query)}
