"""Reading calls, as the shape that the API, the pages and the event stream share."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import acw_s, talk_s, wait_s
from callcenter.core.slots import Moments
from callcenter.db.call_filter import CallFilter, narrowed
from callcenter.db.parts import parts
from callcenter.db.schema import (
    CALL_IS_OPEN,
    agents,
    call_contacts,
    calls,
    companies,
    contacts,
    contracts,
    legs,
    obligations,
)
from webhooks import Call, Caller, CallTicket, Company, Contact, Leg


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last call of a page: the next page begins behind it."""

    started_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class CallPage:
    """Newest first. ``next`` is None on the last page."""

    calls: list[Call]
    next: Cursor | None


async def page(
    connection: AsyncConnection, wanted: CallFilter, *, after: Cursor | None, limit: int
) -> CallPage:
    """A page of at most ``limit`` calls. Calls that begin meanwhile move no page."""
    rows: list[Row[Any]] = []
    query = narrowed(select(calls), wanted, connection.dialect).order_by(
        calls.c.started_at.desc(), calls.c.id.desc()
    )
    async with _walked(connection, wanted):
        for part in _spanned(query, wanted.spans, after):
            rows += (await connection.execute(part.limit(limit + 1 - len(rows)))).all()
            if len(rows) > limit:
                break
    shown = rows[:limit]
    more = Cursor(shown[-1].started_at, shown[-1].id) if len(rows) > limit else None
    return CallPage(await _shapes(connection, shown), more)


@asynccontextmanager
async def _walked(connection: AsyncConnection, wanted: CallFilter) -> AsyncIterator[None]:
    """Have PostgreSQL walk from the newest call on. It cannot tell how soon it has those of an
    agent, or of what tickets have, and joins and sorts a year of them for one page."""
    if connection.dialect.name != "postgresql" or not wanted.is_of_answered:
        yield
        return
    for join in ("hashjoin", "mergejoin"):
        await connection.exec_driver_sql(f"SET LOCAL enable_{join} = off")
    yield
    for join in ("hashjoin", "mergejoin"):
        await connection.exec_driver_sql(f"SET LOCAL enable_{join} TO DEFAULT")


def _spanned(
    query: Select[Any], spans: Sequence[Moments] | None, after: Cursor | None
) -> Iterator[Select[Any]]:
    """The query a span, behind the cursor: together they would be sorted, or all between be read.

    Each has one bound on either side: of two, SQLite may look for the farther one in the index.
    """
    behind = None
    if after is not None:
        behind = tuple_(calls.c.started_at, calls.c.id) < (after.started_at, after.id)
    if spans is None:
        yield query if behind is None else query.where(behind)
        return
    for since, until in spans:
        if after is None or behind is None or until <= after.started_at:
            yield query.where(calls.c.started_at >= since, calls.c.started_at < until)
        elif since <= after.started_at:
            yield query.where(calls.c.started_at >= since, behind)


async def get(connection: AsyncConnection, call_id: str) -> Call | None:
    """The call with this id."""
    found = await by_ids(connection, [call_id])
    return found.get(call_id)


async def by_ids(connection: AsyncConnection, ids: Collection[str]) -> dict[str, Call]:
    """The calls with these ids, by id."""
    rows: list[Row[Any]] = []
    for some in parts(list(ids)):
        rows += (await connection.execute(_CALLS, {"ids": some})).all()
    return {call.id: call for call in await _shapes(connection, rows)}


async def channels(connection: AsyncConnection, call_id: str) -> frozenset[str]:
    """What the PBX calls it: the Uniqueid of the caller's channel, and the Linkedid."""
    query = select(calls.c.channel, calls.c.linkedid).where(calls.c.id == call_id)
    row = (await connection.execute(query)).one_or_none()
    return frozenset(filter(None, row or ()))


async def current(connection: AsyncConnection, lines: Collection[str] | None) -> list[Call]:
    """The calls that are not over, oldest first; None is every line."""
    # Open calls are few. Asked for lines or an order, SQLite would read every call it ever had.
    rows = (await connection.execute(select(calls).where(CALL_IS_OPEN))).all()
    wanted = [row for row in rows if lines is None or row.line in lines]
    return await _shapes(connection, sorted(wanted, key=lambda row: (row.started_at, row.id)))


async def _shapes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Call]:
    return [call for some in parts(rows) for call in await _shaped(connection, some)]


async def _shaped(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Call]:
    ids = [row.id for row in rows]
    firms = await _companies(connection, {row.company_id for row in rows if row.company_id})
    people = await _contacts(connection, ids)
    owed = await _debts(connection, [row.id for row in rows if row.answered_at])
    parts = await _legs(connection, ids, owed)
    debts = {
        id_: CallTicket(number=debt.ticket_number, url=debt.ticket_url, state=debt.state)
        for id_, debt in owed.items()
    }
    return [
        _shape(row, firms.get(row.company_id), people[row.id], parts[row.id], debts.get(row.id))
        for row in rows
    ]


async def _companies(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Company]:
    if not ids:
        return {}
    # Of several contracts the first one stays: the last row wins.
    return {
        row.id: Company(
            id=row.id,
            name=row.name,
            contract=row.contract,
            account_owner=row.account_owner,
            backup=row.backup,
        )
        for row in await connection.execute(_COMPANIES, {"ids": list(ids)})
    }


async def _contacts(
    connection: AsyncConnection, ids: Sequence[str]
) -> defaultdict[str, list[Contact]]:
    found: defaultdict[str, list[Contact]] = defaultdict(list)
    for call, id_, name, company in await connection.execute(_CONTACTS, {"ids": ids}):
        found[call].append(Contact(id=id_, name=name, company=company))
    return found


async def _legs(
    connection: AsyncConnection, ids: Sequence[str], owed: Mapping[str, Row[Any]]
) -> defaultdict[str, list[Leg]]:
    found: defaultdict[str, list[Leg]] = defaultdict(list)
    for row in await connection.execute(_LEGS, {"ids": ids}):
        debt = owed.get(row.call_id)
        is_theirs = debt is not None and row.answered_at and row.agent_id == debt.agent_id
        found[row.call_id].append(
            Leg(
                agent=row.login,
                agent_name=row.name,
                interface=row.interface,
                offered_at=row.offered_at,
                answered_at=row.answered_at,
                ended_at=row.ended_at,
                talk_s=talk_s(row.answered_at, row.ended_at, row.hold_s),
                hold_s=round(row.hold_s, 3),
                acw_s=acw_s(row.ended_at, debt.qualified_at) if debt and is_theirs else None,
            )
        )
    return found


async def _debts(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    if not ids:
        return {}
    return {row.call_id: row for row in await connection.execute(_DEBTS, {"ids": ids})}


# Kept: each change of a call asks all of them, and to make them takes longer than to run them.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CALLS = select(calls).where(calls.c.id.in_(_IDS))
_COMPANIES = (
    select(companies, contracts.c.name.label("contract"))
    .outerjoin(contracts, contracts.c.company_id == companies.c.id)
    .where(companies.c.id.in_(_IDS))
    .order_by(contracts.c.id.desc())
)
_CONTACTS = (
    select(call_contacts.c.call_id, contacts.c.id, contacts.c.name, companies.c.name)
    .join(contacts, contacts.c.id == call_contacts.c.contact_id)
    .join(companies, companies.c.id == contacts.c.company_id)
    .where(call_contacts.c.call_id.in_(_IDS))
    .order_by(contacts.c.name)
)
_LEGS = (
    select(legs, agents.c.login, agents.c.name)
    .outerjoin(agents, agents.c.id == legs.c.agent_id)
    .where(legs.c.call_id.in_(_IDS))
    .order_by(legs.c.call_id, legs.c.position)
)
_DEBTS = select(obligations).where(obligations.c.call_id.in_(_IDS))


def _shape(
    row: Row[Any],
    company: Company | None,
    people: list[Contact],
    parts: list[Leg],
    ticket: CallTicket | None,
) -> Call:
    return Call(
        id=row.id,
        pbx=row.pbx,
        linkedid=row.linkedid,
        line=row.line,
        caller=Caller(
            raw=row.caller_raw,
            e164=row.caller_e164,
            name=row.caller_name,
            attestation=row.attestation,
            removed=row.caller_removed_at is not None,
        ),
        company=company,
        contacts=people,
        state=row.state,
        outcome=row.outcome,
        started_at=row.started_at,
        queued_at=row.queued_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        wait_s=wait_s(row.queued_at, row.answered_at, row.ended_at),
        transfers=row.transfers,
        imported=row.imported,
        legs=parts,
        ticket=ticket,
    )
