"""Invented calls and tickets, written straight into the tables."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import (
    agents,
    call_contacts,
    calls,
    legs,
    obligations,
    ticket_notes,
    tickets,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = NOW - timedelta(hours=2)
CALLER = "+33639981122"


async def agent(connection: AsyncConnection, login: str = "nadia") -> int:
    row = {
        "login": login,
        "name": login.title(),
        "role": "agent",
        "password_hash": "none",
        "created_at": START,
    }
    query = insert(agents).returning(agents.c.id)
    return int((await connection.execute(query, row)).scalar_one())


async def call(
    connection: AsyncConnection,
    name: str,
    *,
    at: datetime = START,
    line: str = "support",
    outcome: str | None = "abandoned",
    raw: str = "0639981122",
    e164: str | None = CALLER,
    company_id: int | None = None,
    contact_ids: tuple[int, ...] = (),
) -> None:
    row = {
        "id": name,
        "pbx": "main",
        "linkedid": f"1795421524.{name}",
        "channel": "1795421524.14",
        "line": line,
        "caller_raw": raw,
        "caller_e164": e164,
        "company_id": company_id,
        "state": "ended" if outcome else "ringing",
        "outcome": outcome,
        "started_at": at,
        "queued_at": at + timedelta(seconds=1),
        "answered_at": at + timedelta(seconds=5) if outcome == "answered" else None,
        "ended_at": at + timedelta(seconds=65) if outcome else None,
    }
    await connection.execute(insert(calls), row)
    for contact_id in contact_ids:
        linked = {"call_id": name, "contact_id": contact_id}
        await connection.execute(insert(call_contacts), linked)


async def answered_call(
    connection: AsyncConnection,
    name: str,
    *,
    agent_id: int,
    at: datetime = START,
    number: str | None = None,
    company_id: int | None = None,
    contact_ids: tuple[int, ...] = (),
) -> None:
    """With its obligation; and with its ticket, if there is a number for it."""
    await call(
        connection,
        name,
        at=at,
        outcome="answered",
        company_id=company_id,
        contact_ids=contact_ids,
    )
    answered_at = at + timedelta(seconds=5)
    leg = {
        "call_id": name,
        "position": 0,
        "agent_id": agent_id,
        "interface": "PJSIP/101",
        "offered_at": at + timedelta(seconds=1),
        "answered_at": answered_at,
        "ended_at": at + timedelta(seconds=65),
        "hold_s": 2.5,
    }
    await connection.execute(insert(legs), leg)
    debt = {
        "call_id": name,
        "desk": "builtin",
        "state": "ticketed" if number else "open",
        "agent_id": agent_id,
        "answered_at": answered_at,
        "ticket_number": number,
        "ticketed_at": answered_at + timedelta(milliseconds=50) if number else None,
        "attempts": 0 if number else 2,
        "last_error": None if number else "the desk does not answer",
    }
    await connection.execute(insert(obligations), debt)
    if number:
        await ticket(connection, number, call_key=name, agent_id=agent_id, at=answered_at)


async def ticket(
    connection: AsyncConnection,
    number: str,
    *,
    call_key: str | None = None,
    agent_id: int | None = None,
    at: datetime = START,
    status: str = "new",
) -> None:
    row = {
        "number": number,
        "call_key": call_key,
        "title": "Printer is offline",
        "queue": "support",
        "primary_resource_id": agent_id,
        "source": "phone" if call_key else "agent",
        "status": status,
        "priority": "medium",
        "created_at": at,
        "resolution": "Switched on again." if status == "complete" else None,
        "completed_at": at if status == "complete" else None,
    }
    await connection.execute(insert(tickets), row)
    note = {"ticket_number": number, "agent_id": agent_id, "at": at, "text": "Paper jam."}
    await connection.execute(insert(ticket_notes), note)
