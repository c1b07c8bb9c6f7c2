"""The tickets that alerts have, each with the device or the site that it is about."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.folding import Known
from callcenter.db import alert_desk_notes, ticket_notes
from callcenter.db.schema import alert_groups as table
from callcenter.db.schema import tickets
from callcenter.db.tickets import survivor_of

RECOVERED = "Every alert of this ticket is over."
AGAIN = "There is another alert, after all of them were over."

NOTES_MAX = 20
"""Of these in one ticket: what comes and goes all day is in the ticket's list of alerts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where alerts come from that may share a ticket."""

    source: str
    line: str
    site: str
    company_id: int | None


async def known(connection: AsyncConnection, place: Place, since: datetime) -> list[Known]:
    """Those whose ticket is open and whose last alert came at ``since`` or later, oldest first.

    One in a desk over a network counts as open.
    """
    query = (
        select(table.c.device, table.c.id, table.c.ticket_number)
        .outerjoin(tickets, tickets.c.number == table.c.ticket_number)
        .where(
            table.c.source == place.source,
            table.c.last_at >= since,
            table.c.line == place.line,
            table.c.site == place.site,
            table.c.company_id.is_not_distinct_from(place.company_id),
            or_(
                table.c.ticket_number.is_(None),
                and_(tickets.c.status != "complete", tickets.c.merged_into.is_(None)),
            ),
        )
        .order_by(table.c.id)
    )
    return [Known(*row) for row in await connection.execute(query)]


async def add(
    connection: AsyncConnection,
    place: Place,
    *,
    device: str | None,
    ticket_number: str | None,
    at: datetime,
) -> int:
    """Write down that there is a ticket about it; give the group's id."""
    values = {
        "source": place.source,
        "line": place.line,
        "site": place.site,
        "company_id": place.company_id,
        "device": device,
        "ticket_number": ticket_number,
        "last_at": at,
    }
    statement = insert(table).values(values).returning(table.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def join(connection: AsyncConnection, id_: int, at: datetime) -> None:
    """Another alert is in its ticket."""
    is_later = (table.c.id == id_) & (table.c.last_at < at)
    await connection.execute(update(table).where(is_later).values(last_at=at))


async def raise_priority(
    connection: AsyncConnection, id_: int, priority: str, above: Collection[str]
) -> str | None:
    """Its ticket is as urgent as the most urgent of its alerts; the number of one that was less."""
    number = select(table.c.ticket_number).where(table.c.id == id_).scalar_subquery()
    is_less = (tickets.c.number == number) & tickets.c.priority.in_(above)
    statement = update(tickets).where(is_less).values(priority=priority)
    found = (await connection.execute(statement.returning(tickets.c.number))).scalar()
    return None if found is None else str(found)


async def note(connection: AsyncConnection, id_: int, text: str, now: datetime) -> str | None:
    """Write into its ticket, or the one that it was merged into, and give the number.

    None where the ticket is in a desk over a network, which is yet to be told, and where alerts
    have written NOTES_MAX into it already.
    """
    statement = (
        update(table)
        .where(table.c.id == id_, table.c.notes < NOTES_MAX)
        .values(notes=table.c.notes + 1)
        .returning(table.c.ticket_number)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    if row.ticket_number is None:
        await alert_desk_notes.owe(connection, id_, text, now)
        return None
    number = await survivor_of(connection, row.ticket_number)
    await ticket_notes.write(connection, number, text=text, now=now)
    return number
