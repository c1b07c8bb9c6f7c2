"""Destinations and journal entries, as tests of outgoing webhooks want them."""

import itertools
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import destinations, journal
from callcenter.db.destinations import Wanted
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
    key, _ = await destinations.add(connection, what or wanted(), BY)
    return key


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
