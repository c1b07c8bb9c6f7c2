"""Alerts as people see them: of a caller's company, of a ticket, and all that go on.

One goes on until its monitoring system says that it is over, or until its ticket in the built-in
desk is complete: not every system says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import (
    ALERT_GOES_ON,
    agents,
    alert_desk_tickets,
    alert_groups,
    companies,
    tickets,
)
from callcenter.db.schema import alert_episodes as table


@dataclass(frozen=True, slots=True)
class OpenAlerts:
    """What goes on at a company. ``device`` is its name where ``devices`` is 1."""

    count: int
    since: datetime
    devices: int
    device: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One of them. ``times`` it was said, the last time at ``last_at``."""

    site: str
    device: str
    severity: str
    text: str
    url: str | None
    first_at: datetime
    last_at: datetime
    over_at: datetime | None
    times: int


@dataclass(frozen=True, slots=True)
class OfTicket:
    """Those of a ticket: how many, between which moments, and the latest of those that go on."""

    count: int
    open: int
    first_at: datetime
    last_at: datetime
    shown: Sequence[Trouble]


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket whose alerts go on. ``open`` of them do.

    ``url`` is for one in a desk over a network; ``number`` None: that is yet to make it, and where
    it did not ``error`` says why.
    """

    number: str | None
    url: str | None
    error: str | None
    title: str
    company: str | None
    priority: str | None
    primary_resource: str | None
    open: int
    since: datetime
    last_at: datetime


async def of_company(connection: AsyncConnection, company_id: int) -> OpenAlerts | None:
    """What goes on there; None for nothing."""
    query = _going_on(
        func.count().label("count"),
        func.min(table.c.first_at).label("since"),
        func.count(table.c.device.distinct()).label("devices"),
        func.min(table.c.device).label("device"),
    ).where(table.c.company_id == company_id)
    row = (await connection.execute(query)).one()
    if not row.count:
        return None
    return OpenAlerts(row.count, row.since, row.devices, row.device if row.devices == 1 else None)


async def of_ticket(connection: AsyncConnection, number: str, limit: int) -> OfTicket | None:
    """Its alerts, with those of the tickets that were merged into it; None if it has none."""
    is_of = or_(tickets.c.number == number, tickets.c.merged_into == number)
    joined = table.join(alert_groups, alert_groups.c.id == table.c.group_id).join(
        tickets, tickets.c.number == alert_groups.c.ticket_number
    )
    whole = select(
        func.count().label("count"),
        func.count(table.c.over_at).label("over"),
        func.min(table.c.first_at).label("first_at"),
        func.max(table.c.last_at).label("last_at"),
    )
    row = (await connection.execute(whole.select_from(joined).where(is_of))).one()
    if not row.count:
        return None
    order = (table.c.over_at.is_not(None), table.c.last_at.desc(), table.c.id.desc())
    query = select(table).select_from(joined).where(is_of).order_by(*order).limit(limit)
    shown = [_trouble(each) for each in await connection.execute(query)]
    return OfTicket(row.count, row.count - row.over, row.first_at, row.last_at, shown)


async def going_on(connection: AsyncConnection, limit: int) -> list[Listed]:
    """The tickets whose alerts go on, the last alert first."""
    query = (
        _going_on(
            func.coalesce(tickets.c.number, alert_desk_tickets.c.number).label("number"),
            alert_desk_tickets.c.url,
            alert_desk_tickets.c.last_error,
            func.coalesce(tickets.c.title, alert_desk_tickets.c.title).label("title"),
            companies.c.name.label("company"),
            tickets.c.priority,
            agents.c.name.label("primary_resource"),
            func.count().label("open"),
            func.min(table.c.first_at).label("since"),
            func.max(table.c.last_at).label("last_at"),
        )
        .outerjoin(alert_desk_tickets, alert_desk_tickets.c.group_id == alert_groups.c.id)
        .outerjoin(
            companies,
            companies.c.id == func.coalesce(tickets.c.company_id, alert_groups.c.company_id),
        )
        .outerjoin(agents, agents.c.id == tickets.c.primary_resource_id)
        .group_by(tickets.c.number, alert_desk_tickets.c.group_id, companies.c.name, agents.c.name)
        .order_by(func.max(table.c.last_at).desc(), func.min(table.c.id).desc())
    )
    return [Listed(*row) for row in await connection.execute(query.limit(limit))]


_told = tickets.alias("told")


def _going_on(*columns: Any) -> Select[Any]:
    """Of those that go on, with the ticket that they are in: of a merged one its survivor."""
    in_it = func.coalesce(_told.c.merged_into, _told.c.number)
    return (
        select(*columns)
        .select_from(table)
        .join(alert_groups, alert_groups.c.id == table.c.group_id)
        .outerjoin(_told, _told.c.number == alert_groups.c.ticket_number)
        .outerjoin(tickets, tickets.c.number == in_it)
        .where(ALERT_GOES_ON, or_(tickets.c.number.is_(None), tickets.c.status != "complete"))
    )


def _trouble(row: Any) -> Trouble:
    return Trouble(
        site=row.site,
        device=row.device,
        severity=row.severity,
        text=row.text,
        url=row.url,
        first_at=row.first_at,
        last_at=row.last_at,
        over_at=row.over_at,
        times=row.times,
    )
