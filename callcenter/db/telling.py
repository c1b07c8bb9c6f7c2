"""From the journal to deliveries: what each destination is to be told of what happened.

A destination has its own place in the journal. It is moved in the transaction that writes its
deliveries: whatever dies, an entry is told once.
"""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import clock, destinations, journal
from callcenter.db.deliveries import State
from callcenter.db.destinations import Destination, Kind
from callcenter.db.entries import held
from callcenter.db.journal import Entry
from callcenter.db.recording import AT_ONCE
from callcenter.db.schema import webhook_deliveries, webhook_destinations
from webhooks import SUBSCRIBABLE, Call, EventType, WebhookType, cti
from webhooks.subscription import body

READ_LIMIT = 500
"""Entries of the journal that are looked at in one transaction."""

RINGS_FOR = timedelta(minutes=5)
"""A caller log is not told of a call that came in longer ago: it would ring there now. The clock of
a PBX may be some minutes behind."""

_SAME_NAME = {kind.value: kind for kind in SUBSCRIBABLE}


def type_of(entry: Entry) -> WebhookType | None:
    """What an entry tells, if anything that can be subscribed.

    That a call's ticket is qualified is in no entry of its own: the call, as it is journalled when
    that is written, says so.
    """
    if entry.type is not EventType.CALL_UPDATED:
        return _SAME_NAME.get(entry.type.value)
    is_qualified = '"qualified"' in entry.data and _obligation(entry) == "qualified"
    return WebhookType.TICKET_QUALIFIED if is_qualified else None


def wants(destination: Destination, entry: Entry) -> WebhookType | None:
    """What the entry tells, if the destination subscribed it, of that line."""
    is_of_line = destination.lines is None or entry.line is None or entry.line in destination.lines
    kind = type_of(entry) if is_of_line else None
    return kind if kind in destination.types else None


async def tell(
    connection: AsyncConnection,
    key: int,
    *,
    new_id: Callable[[], str],
    shared_now: clock.SharedClock = clock.now,
) -> int:
    """Write deliveries for the entries that follow the destination's place, and move it.

    Give how many entries there were: READ_LIMIT means that there may be more. ``new_id`` makes ids
    of messages. Raises GoneError.
    """
    await held(connection, webhook_destinations, key)
    destination = await destinations.get(connection, key)
    if destination is None or destination.disabled_at is not None:
        return 0
    entries = await journal.after(connection, destination.journal_seq, READ_LIMIT)
    if not entries:
        return 0
    wanted = [(entry, kind) for entry in entries if (kind := wants(destination, entry))]
    if destination.kind is Kind.ZAMMAD_CTI:
        told = await _told_live(connection, key, wanted, await shared_now(connection))
    else:
        told = await _told_once(connection, key, wanted)
    if told:
        rows = [_row(destination, entry, kind, new_id()) for entry, kind in told]
        await connection.execute(insert(webhook_deliveries), rows)
    await connection.execute(
        update(webhook_destinations)
        .where(webhook_destinations.c.id == key)
        .values(journal_seq=entries[-1].seq)
    )
    return len(entries)


async def _told_once(
    connection: AsyncConnection, key: int, wanted: Sequence[tuple[Entry, WebhookType]]
) -> list[tuple[Entry, WebhookType]]:
    """Without the entries by which a call is qualified once more: each says what it has been."""
    qualified = {one.call_id for one, kind in wanted if kind is WebhookType.TICKET_QUALIFIED}
    told = await _calls_told(connection, key, WebhookType.TICKET_QUALIFIED, qualified)
    kept = []
    for entry, kind in wanted:
        if kind is WebhookType.TICKET_QUALIFIED:
            if entry.call_id in told:
                continue
            told.add(entry.call_id)
        kept.append((entry, kind))
    return kept


async def _told_live(
    connection: AsyncConnection,
    key: int,
    wanted: Sequence[tuple[Entry, WebhookType]],
    now: datetime,
) -> list[tuple[Entry, WebhookType]]:
    """What a caller log takes: that a call rings, once and in time, and what follows of it."""
    calls = {entry.call_id for entry, _ in wanted}
    told = await _calls_told(connection, key, WebhookType.CALL_RINGING, calls)
    kept = []
    for entry, kind in wanted:
        if kind is WebhookType.CALL_RINGING:
            if entry.call_id in told or now - entry.at > RINGS_FOR:
                continue
            told.add(entry.call_id)
        elif entry.call_id not in told:
            continue
        kept.append((entry, kind))
    return kept


async def _calls_told(
    connection: AsyncConnection, key: int, kind: WebhookType, calls: Collection[str | None]
) -> set[str | None]:
    """Of these calls, those of which the destination was told this already."""
    query = select(webhook_deliveries.c.call_id).where(
        webhook_deliveries.c.destination_id == key,
        webhook_deliveries.c.type == kind.value,
        webhook_deliveries.c.call_id.in_(calls),
    )
    return set((await connection.execute(query)).scalars()) if calls else set()


def _row(
    destination: Destination, entry: Entry, kind: WebhookType, message_id: str
) -> dict[str, Any]:
    return {
        "destination_id": destination.id,
        "journal_seq": entry.seq,
        "message_id": message_id,
        "type": kind.value,
        "call_id": entry.call_id,
        "body": _body(destination, entry, kind),
        "created_at": entry.at,
        "state": State.WAITING.value,
        "next_attempt_at": AT_ONCE,
    }


def _body(destination: Destination, entry: Entry, kind: WebhookType) -> str:
    if destination.kind is Kind.ZAMMAD_CTI:
        return cti.body(kind, Call.model_validate_json(entry.data))
    return body(kind, entry.at, entry.data)


def _obligation(entry: Entry) -> str | None:
    ticket = json.loads(entry.data).get("ticket")
    return ticket["state"] if ticket else None
