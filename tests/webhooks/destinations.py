"""Destinations and journal entries, as tests of outgoing webhooks want them."""

import itertools
from collections.abc import Callable
from random import Random

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.delivery import Answer
from callcenter.db import deliveries, destinations, journal, telling
from callcenter.db.destinations import Wanted
from callcenter.db.engine import Database
from callcenter.db.journal import NewEntry
from callcenter.db.trail import By
from tests.calls.facts import second
from webhooks import SUBSCRIBABLE, EventType, WebhookType

BY = By("admin", second(0))
URL = "https://hooks.example/calls"


def wanted(
    name: str = "Monitoring",
    url: str = URL,
    types: tuple[WebhookType, ...] = SUBSCRIBABLE,
    lines: tuple[str, ...] | None = None,
    *,
    is_ours: bool = False,
) -> Wanted:
    return Wanted(name, url, types, lines, is_ours)


async def added(connection: AsyncConnection, what: Wanted | None = None) -> int:
    """The id of a new destination."""
    return await destinations.add(connection, what or wanted(), destinations.new_secret(), BY)


def entry(
    kind: EventType = EventType.CALL_RINGING,
    *,
    call: str | None = "a call",
    line: str | None = "support",
    data: str = "{}",
    at: float = 0,
) -> NewEntry:
    return NewEntry(second(at), kind, line, call, data)


async def journalled(connection: AsyncConnection, *entries: NewEntry) -> list[int]:
    return await journal.append(connection, list(entries))


def ids() -> Callable[[], str]:
    """Ids of messages that tests can foretell: msg_1, msg_2, ..."""
    numbers = itertools.count(1)
    return lambda: f"msg_{next(numbers)}"


async def failing(database: Database) -> int:
    """The id of a destination with a message that it did not accept, and one that waits."""
    async with database.transaction() as connection:
        key = await added(connection)
        await journalled(connection, entry(call="one"), entry(call="two", at=60))
        await telling.tell(connection, key, new_id=ids())
        (first,) = await deliveries.claim(
            connection, key, holder="one", now=second(0), until=second(60), limit=1
        )
        used_up = deliveries.Claimed(first.id, key, "msg_1", first.type, first.body, attempts=99)
        await deliveries.settle(
            connection,
            used_up,
            Answer(500),
            holder="one",
            at=second(1),
            duration_ms=41,
            random=Random(1),
        )
    return key
