"""What supervisors want sent to them, and the mails that come of it.

A mail is written down before it is sent, one for each order and span of days. Who dies while it is
sent leaves it to be sent again with the same message id, by which mail programs know it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.cadence import Cadence, Days
from callcenter.db import trail
from callcenter.db.schema import REPORT_IS_DUE, agents, report_mails, report_orders
from callcenter.db.trail import Action, By
from callcenter.db.upsert import upsert
from callcenter.errors import CallcenterError

ADDRESS_MAX: Final = 254
"""Characters of an e-mail address (RFC 5321, section 4.5.3.1, with errata)."""

ORDERS_MAX: Final = 20
"""Of one supervisor: more would be a mistake, or a nuisance."""


class State(StrEnum):
    """How a mail stands."""

    DUE = "due"
    SENT = "sent"
    REFUSED = "refused"  # by the server for good, or for too long


class OrderError(CallcenterError):
    """The order cannot be taken; ``reason`` is which of these it is."""

    code = "report_order"

    NO_ADDRESS = "no_address"
    TOO_MANY = "too_many"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A report that somebody wants. ``cut`` is what its table is cut by; ``line`` None: all."""

    id: int
    agent_id: int
    address: str
    cadence: Cadence
    cut: str
    line: str | None
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A report of some days, to be sent. ``attempts`` are those that failed."""

    order: Order
    days: Days
    due_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An order with how its last mail stands."""

    order: Order
    state: State | None
    sent_at: datetime | None
    last_error: str | None


async def add(
    connection: AsyncConnection,
    *,
    by: By,
    agent_id: int,
    address: str,
    cadence: Cadence,
    cut: str,
    line: str | None,
    language: str,
) -> int:
    """Take an order; the same one twice is one. Raises OrderError."""
    address = checked_address(address)
    said = {
        "agent_id": agent_id,
        "address": address,
        "cadence": cadence.value,
        "cut": cut,
        "line": line,
        "language": language,
    }
    same = select(report_orders.c.id).where(
        *(report_orders.c[name].is_not_distinct_from(value) for name, value in said.items())
    )
    if (found := (await connection.execute(same)).scalar()) is not None:
        return int(found)
    count = select(func.count()).where(report_orders.c.agent_id == agent_id)
    if (await connection.execute(count)).scalar_one() >= ORDERS_MAX:
        raise OrderError(
            OrderError.TOO_MANY, f"at most {ORDERS_MAX} reports are sent: stop another first"
        )
    query = (
        insert(report_orders).values({**said, "created_at": by.now}).returning(report_orders.c.id)
    )
    key: int = (await connection.execute(query)).scalar_one()
    action, about = Action.REPORT_ORDERED, f"report:{key}"
    await trail.note(connection, action, now=by.now, actor=by.actor, about=about)
    return key


async def cancel(connection: AsyncConnection, key: int, *, agent_id: int, by: By) -> bool:
    """Send it no more, if it is theirs; tell whether there was one."""
    its = (report_orders.c.id == key, report_orders.c.agent_id == agent_id)
    await connection.execute(
        delete(report_mails).where(
            report_mails.c.order_id.in_(select(report_orders.c.id).where(*its))
        )
    )
    gone = (await connection.execute(delete(report_orders).where(*its))).rowcount
    if gone:
        action, about = Action.REPORT_CANCELLED, f"report:{key}"
        await trail.note(connection, action, now=by.now, actor=by.actor, about=about)
    return bool(gone)


async def of_agent(connection: AsyncConnection, agent_id: int) -> list[Listed]:
    """What somebody wants, the oldest order first."""
    last = (
        select(report_mails.c.order_id, func.max(report_mails.c.last_day).label("last_day"))
        .group_by(report_mails.c.order_id)
        .subquery()
    )
    query = (
        select(
            report_orders,
            report_mails.c.state,
            report_mails.c.sent_at,
            report_mails.c.last_error,
        )
        .outerjoin(last, last.c.order_id == report_orders.c.id)
        .outerjoin(
            report_mails,
            (report_mails.c.order_id == report_orders.c.id)
            & (report_mails.c.last_day == last.c.last_day),
        )
        .where(report_orders.c.agent_id == agent_id)
        .order_by(report_orders.c.id)
    )
    return [
        Listed(_order(row), State(row.state) if row.state else None, row.sent_at, row.last_error)
        for row in await connection.execute(query)
    ]


async def wanted(connection: AsyncConnection) -> list[Order]:
    """The orders of everybody who may see the figures still."""
    query = (
        select(report_orders)
        .join(agents, agents.c.id == report_orders.c.agent_id)
        .where(agents.c.active, agents.c.role != "agent")
        .order_by(report_orders.c.id)
    )
    return [_order(row) for row in await connection.execute(query)]


async def owe(connection: AsyncConnection, order: Order, days: Days, *, now: datetime) -> None:
    """A mail about these days is to be sent; owed twice it is one."""
    row = {
        "order_id": order.id,
        "last_day": days.last.toordinal(),
        "first_day": days.first.toordinal(),
        "state": State.DUE.value,
        "due_at": now,
        "next_attempt_at": now,
    }
    await upsert(connection, report_mails, [row], update=())


async def due(connection: AsyncConnection, *, now: datetime, limit: int) -> Sequence[Mail]:
    """Mails whose time has come, of those who may see the figures still; the oldest first."""
    query = (
        select(report_mails, report_orders)
        .join(report_orders, report_orders.c.id == report_mails.c.order_id)
        .join(agents, agents.c.id == report_orders.c.agent_id)
        .where(REPORT_IS_DUE, report_mails.c.next_attempt_at <= now)
        .where(agents.c.active, agents.c.role != "agent")
        .order_by(report_mails.c.next_attempt_at, report_mails.c.order_id)
        .limit(limit)
    )
    return [
        Mail(
            order=_order(row),
            days=Days(date.fromordinal(row.first_day), date.fromordinal(row.last_day)),
            due_at=row.due_at,
            attempts=row.attempts,
        )
        for row in await connection.execute(query)
    ]


async def sent(connection: AsyncConnection, mail: Mail, *, now: datetime) -> None:
    """The server took it."""
    await _end(connection, mail, state=State.SENT, sent_at=now, last_error=None)


async def refused(connection: AsyncConnection, mail: Mail, why: str) -> None:
    """It is not tried again."""
    await _end(connection, mail, state=State.REFUSED, last_error=why)


async def put_off(
    connection: AsyncConnection, mail: Mail, *, until: datetime, why: str | None
) -> None:
    """It is tried again then; ``why`` None: nothing failed, it is too early."""
    failed = {"attempts": report_mails.c.attempts + 1, "last_error": why} if why else {}
    statement = update(report_mails).where(*_it(mail)).values(next_attempt_at=until, **failed)
    await connection.execute(statement)


async def _end(connection: AsyncConnection, mail: Mail, *, state: State, **values: Any) -> None:
    statement = update(report_mails).where(*_it(mail))
    await connection.execute(statement.values(state=state.value, next_attempt_at=None, **values))


def _it(mail: Mail) -> tuple[Any, ...]:
    last = mail.days.last.toordinal()
    return (report_mails.c.order_id == mail.order.id, report_mails.c.last_day == last)


def checked_address(text: str) -> str:
    """The address, without blanks around it. Raises OrderError."""
    address = text.strip()
    local, at, domain = address.rpartition("@")
    is_one = local and at and domain and address.isprintable() and " " not in address
    if not is_one or any(letter in address for letter in ',;<>"') or len(address) > ADDRESS_MAX:
        raise OrderError(
            OrderError.NO_ADDRESS, "this is no e-mail address: write it like ines@example.com"
        )
    return address


def _order(row: Row[Any]) -> Order:
    return Order(
        id=row.id,
        agent_id=row.agent_id,
        address=row.address,
        cadence=Cadence(row.cadence),
        cut=row.cut,
        line=row.line,
        language=row.language,
        created_at=row.created_at,
    )
