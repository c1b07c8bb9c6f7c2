"""The audit trail: who decided what, and when. It is written with the change, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import trail


class Action(StrEnum):
    """What is kept in the trail: ``noun.past``, at most 32 letters; none changes its meaning."""

    OBLIGATION_REOPENED = "obligation.reopened"
    OBLIGATION_RENUMBERED = "obligation.renumbered"
    OBLIGATION_RETRIED = "obligation.retried"
    OBLIGATION_QUALIFIED = "obligation.qualified"  # by somebody for another
    CALLER_CHOSEN = "caller.chosen"
    CALLER_CREATED = "caller.created"
    OBLIGATION_RELEASED = "obligation.released"  # its agent gets calls though it says nothing yet
    PAUSE_BEGUN = "pause.begun"  # by somebody for another
    PAUSE_ENDED = "pause.ended"
    EXEMPTION_ASKED = "exemption.asked"
    EXEMPTION_GRANTED = "exemption.granted"
    EXEMPTION_DECLINED = "exemption.declined"
    EXEMPTION_REVERSED = "exemption.reversed"
    CALLBACK_DISMISSED = "callback.dismissed"
    CALLBACK_FREED = "callback.freed"  # by somebody for another
    SEAT_TAKEN = "seat.taken"
    SEAT_LEFT = "seat.left"
    SEAT_FREED = "seat.freed"  # by somebody for another
    CUSTOMER_ADDED = "customer.added"
    CUSTOMER_PASSWORD_SET = "customer.password_set"  # noqa: S105  # no password
    CUSTOMER_PASSWORD_CHANGED = "customer.password_changed"  # noqa: S105  # by themselves
    CUSTOMER_SWITCHED_ON = "customer.switched_on"
    CUSTOMER_SWITCHED_OFF = "customer.switched_off"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. ``actor`` is a login; None is the service itself."""

    at: datetime
    actor: str | None
    action: Action
    call_id: str | None
    data: Mapping[str, str | None]


async def note(
    connection: AsyncConnection,
    action: Action,
    *,
    now: datetime,
    actor: str | None = None,
    call_id: str | None = None,
    **data: str | None,
) -> None:
    """Write a line, in the transaction of what it tells. ``data`` is what is worth knowing of it.

    Neither names nor numbers of callers go into it: they are in the call.
    """
    values = {
        "at": now,
        "actor": actor,
        "action": action.value,
        "call_id": call_id,
        "data": json.dumps(data, ensure_ascii=False),
    }
    await connection.execute(insert(trail).values(values))


async def of_call(connection: AsyncConnection, call_id: str) -> list[Entry]:
    """What was decided about a call, oldest first."""
    query = select(trail).where(trail.c.call_id == call_id).order_by(trail.c.id)
    return [_entry(row) for row in await connection.execute(query)]


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(row.at, row.actor, Action(row.action), row.call_id, json.loads(row.data))
