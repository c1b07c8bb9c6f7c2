"""What there is already about a caller: open tickets, what the last ones were about, devices.

A number is a hint: tickets of the company it belongs to, and those of earlier calls from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import calls, devices, tickets
from webhooks import Call
from webhooks.ticket import TicketStatus

READ = 30
"""The newest tickets that are looked at."""

OPEN_SHOWN = 5
PROPOSALS_SHOWN = 3
DEVICES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class RelatedTicket:
    """A ticket of the built-in desk. ``is_same_contact``: of the very person who seems to call."""

    number: str
    title: str
    status: TicketStatus
    category_id: int | None  # the sub-category's, where there is one
    created_at: datetime
    is_same_contact: bool
    is_titled: bool  # somebody chose the title


@dataclass(frozen=True, slots=True)
class Device:
    """Something of the customer's that we look after."""

    name: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """Those of the caller's own contact first, then the newest."""

    tickets: Sequence[RelatedTicket]
    devices: Sequence[Device]

    @property
    def open(self) -> Sequence[RelatedTicket]:
        """What the call may be about."""
        return [one for one in self.tickets if one.status != "complete"][:OPEN_SHOWN]

    @property
    def proposals(self) -> Sequence[RelatedTicket]:
        """What it may be about once more: each title once."""
        by_title: dict[str, RelatedTicket] = {}
        for one in self.tickets:
            if one.is_titled:
                by_title.setdefault(one.title.casefold(), one)
        return list(by_title.values())[:PROPOSALS_SHOWN]

    @property
    def category_id(self) -> int | None:
        """What the caller's last ticket was about."""
        return next((one.category_id for one in self.tickets if one.category_id), None)


async def of_call(connection: AsyncConnection, call: Call, *, but: str | None) -> Related:
    """What is known of the call's caller, without the ticket ``but``, which is the call's own."""
    company_id = call.company.id if call.company else None
    contact_id = call.contacts[0].id if len(call.contacts) == 1 else None
    rows: dict[str, Row[Any]] = {}
    if company_id is not None:
        rows |= await _tickets(connection, tickets.c.company_id == company_id)
    if call.caller.e164 is not None:
        earlier = select(calls.c.id).where(calls.c.caller_e164 == call.caller.e164)
        rows |= await _tickets(connection, tickets.c.call_key.in_(earlier))
    rows.pop(but or "", None)
    found = [_related(row, contact_id) for row in rows.values()]
    newest = sorted(found, key=lambda one: (one.created_at, one.number), reverse=True)
    return Related(
        sorted(newest, key=lambda one: not one.is_same_contact),
        await _devices(connection, company_id, contact_id),
    )


async def _tickets(connection: AsyncConnection, whose: ColumnElement[bool]) -> dict[str, Row[Any]]:
    query = (
        select(tickets)
        .where(whose, tickets.c.merged_into.is_(None))
        .order_by(tickets.c.created_at.desc())
        .limit(READ)
    )
    return {row.number: row for row in await connection.execute(query)}


def _related(row: Row[Any], contact_id: int | None) -> RelatedTicket:
    return RelatedTicket(
        number=row.number,
        title=row.title,
        status=row.status,
        category_id=row.subcategory_id or row.category_id,
        created_at=row.created_at,
        is_same_contact=contact_id is not None and row.contact_id == contact_id,
        is_titled=not row.title_is_made,
    )


async def _devices(
    connection: AsyncConnection, company_id: int | None, contact_id: int | None
) -> Sequence[Device]:
    if company_id is None:
        return []
    is_theirs = devices.c.contact_id == contact_id
    query = (
        select(devices.c.name, devices.c.kind)
        .where(devices.c.company_id == company_id)
        .order_by(is_theirs.desc().nulls_last(), devices.c.name)
        .limit(DEVICES_SHOWN)
    )
    return [Device(row.name, row.kind) for row in await connection.execute(query)]
