"""The floor as it stands: everything from which states and blocks are decided, in few reads."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.agent_state import AgentFacts
from callcenter.core.enforcement import TICKET, Debt, Floor, Holder, Policy, owing
from callcenter.core.steering import Wanted
from callcenter.db import agents, blocks, pauses, sessions, telephones
from callcenter.db.pauses import Pause
from callcenter.db.schema import (
    calls,
    legs,
    obligations,
    queue_members,
    ring_groups,
)
from callcenter.db.states import LEG_IS_OPEN
from callcenter.db.wrap_ups import IS_UNFINISHED

DEBTS_READ: Final = 50
"""Of one agent, the oldest first. Somebody who owes more (where nothing blocks) has as many that a
supervisor was told of, before the next one matters."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known at one moment. ``talking`` are agents on a call."""

    floor: Floor
    debts: list[Debt]
    talking: frozenset[int]
    pauses: Mapping[int, Pause]
    signed_in: frozenset[int]

    def facts(self, agent_ids: Collection[int]) -> dict[int, AgentFacts]:
        """What is known of each of these agents."""
        states = defaultdict(list)
        for interface, agent_id in self.floor.holders.items():
            if interface in self.floor.telephones:
                states[agent_id].append(self.floor.telephones[interface])
        owes = owing(self.floor, self.debts)
        return {
            one: AgentFacts(
                telephones=states[one],
                talks=one in self.talking,
                owes=one in owes,
                pause=self.pauses[one].reason if one in self.pauses else None,
                is_signed_in=one in self.signed_in,
            )
            for one in agent_ids
        }


async def read(connection: AsyncConnection, policies: Mapping[str, Policy], now: datetime) -> Sight:
    """Look at everything. ``policies`` has what each line demands, by its name."""
    holders = await _holders(connection)
    own = await pauses.everyone(connection)
    lonely = await _paused_alone(connection, holders)
    talking = await _talking(connection)
    floor = Floor(
        policies=policies,
        ring_groups=await _ring_groups(connection),
        holders=holders,
        telephones=await telephones.states(connection),
        resting=frozenset({*own, *lonely}),
    )
    return Sight(
        floor=floor,
        debts=await debts(connection, policies),
        talking=talking,
        pauses=own,
        signed_in=await sessions.signed_in(connection, now),
    )


async def wanted(connection: AsyncConnection) -> Wanted:
    """Whom the PBXs are to leave out."""
    holders = await _holders(connection)
    own = await pauses.everyone(connection)
    return Wanted(
        blocks=frozenset((one.line, one.interface) for one in await blocks.everyone(connection)),
        pauses={
            interface: own[agent_id].reason
            for interface, agent_id in holders.items()
            if agent_id in own
        },
        held=frozenset(holders),
    )


async def debts(connection: AsyncConnection, policies: Mapping[str, Policy]) -> list[Debt]:
    """What is owed on lines that demand it, and was not released: see DEBTS_READ."""
    demanding = [line for line, policy in policies.items() if policy.is_on]
    rows = await connection.execute(_owed(demanding)) if demanding else ()
    return [_debt(row) for row in rows]


def _owed(lines: Collection[str]) -> Select[Any]:
    # The leg that answered first: its agent owes the ticket (core.call, answered_by).
    first = legs.alias()
    place = (
        select(first.c.position)
        .where(first.c.call_id == obligations.c.call_id, first.c.answered_at.is_not(None))
        .order_by(first.c.answered_at, first.c.position)
        .limit(1)
        .scalar_subquery()
    )
    alone = case((obligations.c.agent_id.is_(None), legs.c.interface))
    found = (
        select(
            obligations.c.call_id,
            obligations.c.agent_id,
            obligations.c.answered_at,
            obligations.c.escalated_at,
            obligations.c.stubbed_at,
            calls.c.line,
            legs.c.interface,
            func.coalesce(legs.c.ended_at, calls.c.ended_at).label("ended_at"),
            func.row_number()
            .over(
                partition_by=(obligations.c.agent_id, alone),
                order_by=(obligations.c.answered_at, obligations.c.call_id),
            )
            .label("rank"),
        )
        .join(calls, calls.c.id == obligations.c.call_id)
        .outerjoin(legs, (legs.c.call_id == obligations.c.call_id) & (legs.c.position == place))
        .where(IS_UNFINISHED, obligations.c.released_at.is_(None))
        # So written, SQLite does not begin with all the calls that these lines ever had.
        .where(func.coalesce(calls.c.line, "").in_(lines))
        .subquery()
    )
    return select(found).where(found.c.rank <= DEBTS_READ)


def _debt(row: Row[Any]) -> Debt:
    return Debt(
        call_id=row.call_id,
        line=row.line,
        agent_id=row.agent_id,
        interface=row.interface or "",
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        is_escalated=row.escalated_at is not None,
        is_stubbed=row.stubbed_at is not None,
    )


async def _holders(connection: AsyncConnection) -> dict[str, int]:
    found = await agents.by_interface(connection)
    return {interface: holder.agent_id for interface, holder in found.items()}


async def _ring_groups(connection: AsyncConnection) -> Mapping[str, Collection[str]]:
    found = defaultdict(set)
    for row in await connection.execute(select(ring_groups)):
        found[row.line].add(row.interface)
    return found


async def _paused_alone(
    connection: AsyncConnection, holders: Mapping[str, int]
) -> frozenset[Holder]:
    """The telephones of nobody that somebody paused at the PBX."""
    query = select(queue_members.c.interface, queue_members.c.reason).where(queue_members.c.paused)
    return frozenset(
        row.interface
        for row in await connection.execute(query)
        if row.reason != TICKET and row.interface not in holders
    )


async def _talking(connection: AsyncConnection) -> frozenset[int]:
    """The agents who talk on a call of a line."""
    query = select(legs.c.agent_id).where(LEG_IS_OPEN, legs.c.answered_at.is_not(None))
    found = (await connection.execute(query)).scalars()
    return frozenset(agent_id for agent_id in found if agent_id is not None)
