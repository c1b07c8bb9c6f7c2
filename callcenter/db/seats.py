"""Seats: telephones that agents take for the day, when they sign in or later.

A telephone is given by an administrator, and stays the agent's; or an agent sits down at it, and
leaves it again. What an agent owes is theirs, not the telephone's: it goes with them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.floor import TelephoneState
from callcenter.db import journal, telephones, trail
from callcenter.db.agents import Agent
from callcenter.db.schema import agent_interfaces, agents, ring_groups
from callcenter.db.schema import telephones as telephones_table
from callcenter.db.trail import Action
from callcenter.errors import CallcenterError
from webhooks import EventType
from webhooks import Seat as SeatShape


@dataclass(frozen=True, slots=True)
class Seat:
    """A telephone and who has it. ``seated_at`` None: an administrator gave it to them."""

    interface: str
    agent_id: int
    login: str
    name: str
    active: bool
    seated_at: datetime | None

    def is_free_for(self, login: str | None) -> bool:
        """Whether another may sit down who knows that this agent, ``login``, is there."""
        return not self.active or (self.seated_at is not None and self.login == login)


@dataclass(frozen=True, slots=True)
class Choice:
    """A telephone that may be taken. ``seat`` is that of a colleague who did not leave it.

    ``state`` None: its PBX said nothing of it yet.
    """

    interface: str
    state: TelephoneState | None
    seat: Seat | None


class TakenError(CallcenterError):
    """Somebody has the telephone; ``seat`` says who, and since when."""

    code = "seat_taken"

    def __init__(self, seat: Seat) -> None:
        super().__init__(f"{seat.interface} is {seat.login!r}'s: choose another telephone")
        self.seat = seat


class NoSeatError(CallcenterError):
    """There is no such telephone to sit down at."""

    code = "no_seat"


async def of_agent(connection: AsyncConnection, agent_id: int) -> Sequence[Seat]:
    """An agent's telephones, those that were given to them too, by interface."""
    return [seat for seat in await everyone(connection) if seat.agent_id == agent_id]


async def everyone(connection: AsyncConnection) -> Sequence[Seat]:
    """Who has which telephone, by interface; also agents who are switched off."""
    query = (
        select(agent_interfaces, agents.c.login, agents.c.name, agents.c.active)
        .join(agents)
        .order_by(agent_interfaces.c.interface)
    )
    return [_seat(row) for row in await connection.execute(query)]


async def choices(
    connection: AsyncConnection, agent_id: int, lines: Collection[str]
) -> Sequence[Choice]:
    """Where the agent could sit down: at what rings for these lines or was heard of, and is
    neither theirs nor given to a colleague.
    """
    had = {seat.interface: seat for seat in await everyone(connection) if seat.active}
    states = await telephones.states(connection)
    known = sorted(await _known(connection, lines))
    return [
        Choice(interface, states.get(interface), seat)
        for interface in known
        if (seat := had.get(interface)) is None
        or (seat.agent_id != agent_id and seat.is_free_for(seat.login))
    ]


async def last(connection: AsyncConnection, agent_id: int) -> str | None:
    """The telephone that the agent took last, whoever has it now."""
    query = select(agents.c.last_seat).where(agents.c.id == agent_id)
    return (await connection.execute(query)).scalar()


async def take(
    connection: AsyncConnection,
    agent: Agent,
    interface: str,
    *,
    lines: Collection[str],
    over: str | None = None,
    now: datetime,
) -> None:
    """Let the agent sit down at a telephone; who has it already, has it.

    ``over`` is the login of the colleague from whom it is knowingly taken. Raises TakenError, and
    NoSeatError for a telephone that was never heard of.
    """
    before = await _at(connection, interface)
    if before is not None and before.agent_id == agent.id:
        return
    if before is None and interface not in await _known(connection, lines):
        raise NoSeatError(f"no telephone {interface!r} is known: choose one from the list")
    if before is not None and not before.is_free_for(over):
        raise TakenError(before)
    if not await _write(connection, interface, agent.id, before, now):
        await _lose(connection, interface, agent)
        return
    await connection.execute(
        update(agents).where(agents.c.id == agent.id).values(last_seat=interface)
    )
    login = before.login if before else None
    action = Action.SEAT_TAKEN
    await trail.note(
        connection, action, now=now, actor=agent.login, interface=interface, before=login
    )
    await tell(connection, [SeatShape(interface=interface, agent=agent.login, before=login)], now)


async def leave(
    connection: AsyncConnection,
    agent_id: int,
    interface: str | None = None,
    *,
    by: Agent,
    now: datetime,
) -> Sequence[str]:
    """Let the agent leave a telephone they took, None: all of them; gives which it was.

    One that was given to them stays theirs.
    """
    there = [
        seat
        for seat in await of_agent(connection, agent_id)
        if seat.seated_at is not None and interface in (None, seat.interface)
    ]
    left = [seat for seat in there if await _remove(connection, seat)]
    action = Action.SEAT_LEFT if by.id == agent_id else Action.SEAT_FREED
    for seat in left:
        await trail.note(
            connection,
            action,
            now=now,
            actor=by.login,
            interface=seat.interface,
            before=seat.login,
        )
    shapes = [SeatShape(interface=seat.interface, agent=None, before=seat.login) for seat in left]
    await tell(connection, shapes, now)
    return [seat.interface for seat in left]


async def tell(connection: AsyncConnection, shapes: Sequence[SeatShape], now: datetime) -> None:
    """Journal whose telephones are whose now."""
    kind = EventType.SEAT_CHANGED
    entries = [journal.NewEntry(now, kind, None, None, shape.model_dump_json()) for shape in shapes]
    await journal.append(connection, entries)


async def _at(connection: AsyncConnection, interface: str) -> Seat | None:
    return next((one for one in await everyone(connection) if one.interface == interface), None)


async def _known(connection: AsyncConnection, lines: Collection[str]) -> set[str]:
    ringing = select(ring_groups.c.interface).where(ring_groups.c.line.in_(lines))
    heard_of = select(telephones_table.c.interface)
    return set((await connection.execute(ringing.union(heard_of))).scalars())


async def _write(
    connection: AsyncConnection, interface: str, agent_id: int, before: Seat | None, now: datetime
) -> bool:
    """Whether it was written. Of two who sit down at once one does: the row is as it was seen."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {"agent_id": agent_id, "seated_at": now}
    is_as_seen = agent_interfaces.c.agent_id == (before.agent_id if before else None)
    statement = (
        dialect.insert(agent_interfaces)
        .values(interface=interface, **values)
        .on_conflict_do_update(index_elements=["interface"], set_=values, where=is_as_seen)
    )
    return bool((await connection.execute(statement)).rowcount)


async def _lose(connection: AsyncConnection, interface: str, agent: Agent) -> None:
    """Say who was faster, unless it was the same agent in another window."""
    there = await _at(connection, interface)
    if there is None:
        raise NoSeatError(f"{interface} was given up this moment: choose again")
    if there.agent_id != agent.id:
        raise TakenError(there)


async def _remove(connection: AsyncConnection, seat: Seat) -> bool:
    table = agent_interfaces
    is_it = (table.c.interface == seat.interface) & (table.c.agent_id == seat.agent_id)
    statement = delete(table).where(is_it, table.c.seated_at.is_not(None))
    return bool((await connection.execute(statement)).rowcount)


def _seat(row: Row[tuple[object, ...]]) -> Seat:
    return Seat(row.interface, row.agent_id, row.login, row.name, row.active, row.seated_at)
