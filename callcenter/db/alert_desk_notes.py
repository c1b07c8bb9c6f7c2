"""What tickets of alerts in desks over a network have yet to say."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.desk_events import ERROR_MAX
from callcenter.db.schema import alert_desk_notes as table
from callcenter.db.schema import alert_desk_tickets


@dataclass(frozen=True, slots=True)
class Owed:
    """A note for the ticket of this number. ``asked_before``: it may be there."""

    id: int
    number: str
    text: str
    attempts: int
    asked_before: bool

    @property
    def marker(self) -> str:
        """What stands in it, so that it is found."""
        return f"[alert {self.id}]"


async def owe(connection: AsyncConnection, group_id: int, text: str, now: datetime) -> None:
    """The group's ticket is to say this, once it is there."""
    values = {"group_id": group_id, "text": text, "next_attempt_at": now}
    await connection.execute(insert(table).values(values))


async def due(connection: AsyncConnection, desk: str, *, now: datetime, limit: int) -> list[Owed]:
    """What it is time to write into tickets of this desk that are there, oldest first."""
    tickets = alert_desk_tickets
    query = (
        select(table, tickets.c.number)
        .join(tickets, tickets.c.group_id == table.c.group_id)
        .where(
            tickets.c.desk == desk, tickets.c.number.is_not(None), table.c.next_attempt_at <= now
        )
        .order_by(table.c.id)
        .limit(limit)
    )
    return [
        Owed(row.id, row.number, row.text, row.attempts, row.asked_at is not None)
        for row in await connection.execute(query)
    ]


async def asked(connection: AsyncConnection, id_: int, *, now: datetime, until: datetime) -> None:
    """The desk is about to be asked: from now on it may be there. Nobody asks again ``until``."""
    await _set(connection, id_, asked_at=now, next_attempt_at=until)


async def not_asked(connection: AsyncConnection, id_: int) -> None:
    """It is not there, for certain."""
    await _set(connection, id_, asked_at=None)


async def put_off(
    connection: AsyncConnection, id_: int, *, error: str, until: datetime | None
) -> None:
    """It is not written yet; ``until`` None: the desk refused it for good."""
    attempts = table.c.attempts + 1
    values = {"attempts": attempts, "next_attempt_at": until, "last_error": error[:ERROR_MAX]}
    await _set(connection, id_, **values)


async def unstick(connection: AsyncConnection, desk: str, *, now: datetime) -> None:
    """Try once more what this desk refused for good."""
    tickets = alert_desk_tickets
    of_desk = select(tickets.c.group_id).where(tickets.c.desk == desk)
    is_stuck = table.c.next_attempt_at.is_(None) & table.c.group_id.in_(of_desk)
    values = {"attempts": 0, "next_attempt_at": now}
    await connection.execute(update(table).where(is_stuck).values(values))


async def forget(connection: AsyncConnection, id_: int) -> None:
    """The ticket says it, or cannot."""
    await connection.execute(delete(table).where(table.c.id == id_))


async def _set(connection: AsyncConnection, id_: int, **values: object) -> None:
    await connection.execute(update(table).where(table.c.id == id_).values(values))
