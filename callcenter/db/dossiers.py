"""What is known about a caller beyond who it may be: asked once a call, and shown on its card.

It is looked up when the card is on its way, so that the card waits for none of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.contract import Contract, Cover, best
from callcenter.db import alerts
from callcenter.db.alerts import OpenAlerts
from callcenter.db.schema import (
    agent_states,
    agents,
    calls,
    companies,
    contacts,
    contracts,
    obligations,
    tickets,
)
from webhooks import Call

TICKETS_SHOWN = 3
CALLS_SHOWN = 3

PER_DAY_COUNTED = 99
"""More calls than this of one number in a day are no customer's, and are not counted on."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account owner or a backup. ``login`` None: nobody of the team is called so.

    ``state`` is an agent state with its ``reason`` for a pause; None: not known.
    """

    name: str
    login: str | None = None
    state: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket of the company that is not complete."""

    number: str
    title: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """A call from the same number. ``agent`` is who answered; ``title`` of its ticket."""

    at: datetime
    outcome: str | None  # None: it goes on
    agent: str | None
    ticket: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """``open_tickets`` counts all, ``tickets`` has the newest. ``today`` counts this call too; 0
    where the number is withheld. ``updated_at``: when what the directory says of contact and
    company was written last, the older of the two.
    """

    contract: str | None
    cover: Cover | None
    ends_on: str | None  # a day, of the contract
    owner: Person | None
    backup: Person | None
    open_tickets: int
    tickets: tuple[OpenTicket, ...]
    today: int
    earlier: tuple[EarlierCall, ...]
    alerts: OpenAlerts | None  # what monitoring says is wrong at the company; None: nothing
    updated_at: datetime | None


async def gather(
    connection: AsyncConnection, call: Call, *, now: datetime, midnight: datetime
) -> Dossier:
    """Look everything up. ``midnight`` is when the site's day began, and says which day it is."""
    company_id = call.company.id if call.company else None
    found = await _contract(connection, company_id, midnight)
    people = await _people(connection, call)
    count, newest = await _tickets(connection, company_id)
    return Dossier(
        contract=found[0].name if found else None,
        cover=found[1] if found else None,
        ends_on=found[0].ends_on.isoformat() if found and found[0].ends_on else None,
        owner=people.get(call.company.account_owner or "") if call.company else None,
        backup=people.get(call.company.backup or "") if call.company else None,
        open_tickets=count,
        tickets=newest,
        today=await _today(connection, call, midnight, now),
        earlier=await _earlier(connection, call),
        alerts=await alerts.of_company(connection, company_id) if company_id is not None else None,
        updated_at=await _updated_at(connection, call),
    )


async def _contract(
    connection: AsyncConnection, company_id: int | None, midnight: datetime
) -> tuple[Contract, Cover] | None:
    if company_id is None:
        return None
    query = select(contracts).where(contracts.c.company_id == company_id).order_by(contracts.c.id)
    rows = await connection.execute(query)
    agreed = [Contract(row.name, row.covers_support, row.starts_on, row.ends_on) for row in rows]
    return best(agreed, midnight.date())


async def _people(connection: AsyncConnection, call: Call) -> dict[str, Person]:
    """Owner and backup, by what the directory calls them: a login, or a name."""
    named = {call.company.account_owner, call.company.backup} if call.company else set()
    names = {name for name in named if name}
    if not names:
        return {}
    query = (
        select(agents.c.login, agents.c.name, agent_states.c.state, agent_states.c.reason)
        .outerjoin(agent_states, agent_states.c.agent_id == agents.c.id)
        .where(agents.c.active, or_(agents.c.login.in_(names), agents.c.name.in_(names)))
    )
    found = {name: Person(name) for name in names}
    for row in await connection.execute(query):
        person = Person(row.name, row.login, row.state, row.reason)
        for name in {row.login, row.name} & names:
            found[name] = person
    return found


async def _tickets(
    connection: AsyncConnection, company_id: int | None
) -> tuple[int, tuple[OpenTicket, ...]]:
    if company_id is None:
        return 0, ()
    query = (
        select(
            tickets.c.number,
            tickets.c.title,
            tickets.c.status,
            tickets.c.created_at,
            func.count().over().label("total"),
        )
        .where(
            tickets.c.company_id == company_id,
            tickets.c.status != "complete",
            tickets.c.merged_into.is_(None),
        )
        .order_by(tickets.c.created_at.desc(), tickets.c.number.desc())
        .limit(TICKETS_SHOWN)
    )
    rows = (await connection.execute(query)).all()
    newest = tuple(OpenTicket(row.number, row.title, row.status, row.created_at) for row in rows)
    return (rows[0].total if rows else 0), newest


def _same_caller(call: Call) -> ColumnElement[bool] | None:
    """None where the number is withheld: those callers are not one."""
    if call.caller.e164 is not None:
        return calls.c.caller_e164 == call.caller.e164
    if any(letter.isdigit() for letter in call.caller.raw):
        return calls.c.caller_raw == call.caller.raw
    return None


async def _today(connection: AsyncConnection, call: Call, midnight: datetime, now: datetime) -> int:
    same = _same_caller(call)
    if same is None:
        return 0
    of_today = (
        select(calls.c.id)
        .where(same, calls.c.started_at >= midnight, calls.c.started_at <= now + timedelta(hours=1))
        .limit(PER_DAY_COUNTED)
        .subquery()
    )
    return int((await connection.execute(select(func.count()).select_from(of_today))).scalar_one())


async def _earlier(connection: AsyncConnection, call: Call) -> tuple[EarlierCall, ...]:
    same = _same_caller(call)
    if same is None:
        return ()
    query = (
        select(
            calls.c.id,
            calls.c.started_at,
            calls.c.outcome,
            agents.c.name.label("agent"),
            obligations.c.ticket_number,
            tickets.c.title,
        )
        .outerjoin(obligations, obligations.c.call_id == calls.c.id)
        .outerjoin(agents, agents.c.id == obligations.c.agent_id)
        .outerjoin(tickets, tickets.c.number == obligations.c.ticket_number)
        .where(same, calls.c.id != call.id, calls.c.started_at <= call.started_at)
        .order_by(calls.c.started_at.desc(), calls.c.id.desc())
        .limit(CALLS_SHOWN)
    )
    rows = await connection.execute(query)
    return tuple(
        EarlierCall(row.started_at, row.outcome, row.agent, row.ticket_number, row.title)
        for row in rows
    )


async def _updated_at(connection: AsyncConnection, call: Call) -> datetime | None:
    moments: list[datetime | None] = []
    if call.company is not None:
        moments.append(await _known_at(connection, companies, call.company.id))
    if len(call.contacts) == 1:
        moments.append(await _known_at(connection, contacts, call.contacts[0].id))
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


async def _known_at(connection: AsyncConnection, table: Table, key: int) -> datetime | None:
    """When it was last said to be so: changed by somebody, or confirmed by an import."""
    query = select(table.c.updated_at, table.c.confirmed_at).where(table.c.id == key)
    row = (await connection.execute(query)).one_or_none()
    return max(filter(None, row), default=None) if row else None
