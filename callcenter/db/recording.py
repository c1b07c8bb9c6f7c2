"""Writing what call tracking found out. Writing it twice changes nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.attestation import Attestation
from callcenter.core.call import Call, CallState, Leg, Outcome, call_id
from callcenter.db.schema import (
    CALL_IS_OPEN,
    call_contacts,
    calls,
    legs,
    obligations,
    queue_members,
    ring_groups,
)
from callcenter.db.schema import agents as agents_table
from callcenter.db.upsert import upsert


@dataclass(frozen=True, slots=True)
class Caller:
    """What a call's number tells: written once, when the call is first seen."""

    e164: str | None = None
    company_id: int | None = None
    contact_ids: tuple[int, ...] = ()


UNCHANGING = frozenset(
    {
        "id",
        "pbx",
        "linkedid",
        "channel",
        "caller_raw",
        "caller_name",
        "caller_e164",
        "company_id",
        "started_at",
    }
)
"""Columns that a later write leaves alone, and with them their indexes."""

CALLER_MAX = 255
"""Characters kept of a caller's number and name, which are whatever the caller's side sent."""

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a new debt is to be paid: not at the answer's time, for a PBX's clock may be ahead."""


async def write_calls(
    connection: AsyncConnection,
    found: Sequence[Call],
    callers: Mapping[str, Caller],
    agent_ids: Mapping[str, int],
) -> None:
    """Write the calls as they are now, with their legs.

    ``callers`` has an entry for each call that is new, by call id; ``agent_ids`` is by login.
    """
    rows = [call_row(call, callers.get(call.id, Caller())) for call in found]
    updated = [column.name for column in calls.columns if column.name not in UNCHANGING]
    await upsert(connection, calls, rows, update=updated)
    leg_rows = [
        leg_row(call, position, leg, agent_ids)
        for call in found
        for position, leg in enumerate(call.legs)
    ]
    leg_columns = [column.name for column in legs.columns if not column.primary_key]
    await upsert(connection, legs, leg_rows, update=leg_columns)
    contact_rows = [
        {"call_id": call.id, "contact_id": contact}
        for call in found
        if call.id in callers
        for contact in callers[call.id].contact_ids
    ]
    await upsert(connection, call_contacts, contact_rows, update=())


async def write_obligations(
    connection: AsyncConnection,
    answered: Iterable[Call],
    desks: Mapping[str, str],
    agent_ids: Mapping[str, int],
) -> None:
    """Write the debt of each answered call, in the transaction of the fact that it was answered.

    ``desks`` is by line. An obligation that is there already stays as it is.
    """
    rows = [_obligation_row(call, desks[call.line], agent_ids) for call in answered]
    await upsert(connection, obligations, rows, update=())


async def write_ring_group(
    connection: AsyncConnection, line: str, interfaces: Iterable[str]
) -> None:
    """Replace the interfaces that ring for a line; who left its queue takes no pause there."""
    await connection.execute(delete(ring_groups).where(ring_groups.c.line == line))
    rows = [{"line": line, "interface": interface} for interface in sorted(interfaces)]
    has_left = queue_members.c.interface.not_in([row["interface"] for row in rows])
    await connection.execute(delete(queue_members).where(queue_members.c.line == line, has_left))
    if rows:
        await connection.execute(insert(ring_groups), rows)


async def open_calls(connection: AsyncConnection, pbx: str) -> list[Call]:
    """The calls of a PBX whose end is not known: what the service knew when it stopped."""
    return await _calls(connection, calls.c.pbx == pbx, CALL_IS_OPEN)


async def by_linkedid(
    connection: AsyncConnection, pbx: str, linkedids: Collection[str]
) -> dict[str, Call]:
    """What is known of these calls, by Linkedid; a few hundred at most."""
    ids = [call_id(pbx, linkedid) for linkedid in linkedids]
    return {call.linkedid: call for call in await _calls(connection, calls.c.id.in_(ids))}


async def _calls(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> list[Call]:
    query = select(calls).where(*conditions).order_by(calls.c.started_at)
    rows = (await connection.execute(query)).all()
    of_call: dict[str, list[Leg]] = {row.id: [] for row in rows}
    leg_query = (
        select(legs, agents_table.c.login)
        .join(calls, calls.c.id == legs.c.call_id)
        .outerjoin(agents_table, agents_table.c.id == legs.c.agent_id)
        .where(*conditions)
        .order_by(legs.c.position)
    )
    for leg in await connection.execute(leg_query):
        of_call[leg.call_id].append(_leg(leg))
    return [record(row, of_call[row.id]) for row in rows]


def _leg(row: Row[Any]) -> Leg:
    return Leg(
        row.login,
        row.interface,
        row.offered_at,
        row.answered_at,
        row.ended_at,
        row.hold_s,
    )


def record(row: Row[Any], of_call: Iterable[Leg] = ()) -> Call:
    """The call that a row of the table is, with these legs."""
    return Call(
        pbx=row.pbx,
        linkedid=row.linkedid,
        channel=row.channel,
        line=row.line,
        caller_raw=row.caller_raw,
        caller_name=row.caller_name or "",
        state=CallState(row.state),
        started_at=row.started_at,
        queued_at=row.queued_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        transfers=row.transfers,
        attestation=Attestation(row.attestation) if row.attestation else None,
        end_seen=row.end_seen,
        imported=row.imported,
        legs=tuple(of_call),
    )


def call_row(call: Call, caller: Caller) -> dict[str, object]:
    return {
        "id": call.id,
        "pbx": call.pbx,
        "linkedid": call.linkedid,
        "channel": call.channel,
        "line": call.line,
        "caller_raw": call.caller_raw[:CALLER_MAX],
        "caller_name": call.caller_name[:CALLER_MAX] or None,
        "caller_e164": caller.e164,
        "company_id": caller.company_id,
        "state": call.state.value,
        "outcome": call.outcome.value if call.outcome else None,
        "started_at": call.started_at,
        "queued_at": call.queued_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "end_seen": call.end_seen,
        "imported": call.imported,
        "transfers": call.transfers,
        "attestation": call.attestation.value if call.attestation else None,
    }


def leg_row(call: Call, position: int, leg: Leg, agent_ids: Mapping[str, int]) -> dict[str, object]:
    return {
        "call_id": call.id,
        "position": position,
        "agent_id": agent_ids.get(leg.agent or ""),
        "interface": leg.interface,
        "offered_at": leg.offered_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "hold_s": leg.hold_s,
    }


def _obligation_row(call: Call, desk: str, agent_ids: Mapping[str, int]) -> dict[str, object]:
    leg = call.answered_by
    return {
        "call_id": call.id,
        "desk": desk,
        "state": "open",
        "agent_id": agent_ids.get(leg.agent or "") if leg else None,
        "answered_at": call.answered_at,
        "next_attempt_at": AT_ONCE,
    }
