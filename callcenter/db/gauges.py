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
    table, whom = webhook_deliveries, webhook_destinations
    is_told = select(whom.c.id).where(whom.c.disabled_at.is_(None))
    query = select(func.count(), func.min(table.c.id)).where(
        DELIVERY_IS_WAITING, table.c.destination_id.in_(is_told)
    )
    count, first = (await connection.execute(query)).one()
    made_at = select(table.c.created_at).where(table.c.id == first)
    return Debts(count, (await connection.execute(made_at)).scalar())


async def _destinations(connection: AsyncConnection) -> dict[str, int]:
    whom = webhook_destinations
    stands = case(
        (whom.c.disabled_at.is_not(None), "off"),
        (whom.c.failing_since.is_not(None), "failing"),
        else_="well",
    )
    query = select(stands, func.count()).group_by(stands)
    return dict.fromkeys(("well", "failing", "off"), 0) | await _counted(connection, query)


async def _counted(connection: AsyncConnection, query: Select[Any]) -> dict[str, int]:
    return {name: int(count) for name, count in await connection.execute(query)}
