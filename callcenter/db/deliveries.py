"""What destinations are to be told, as jobs: whose turn it is, and what came of each attempt.

Times are of the clock that all instances share. A delivery is waiting until its destination
accepted it (done) or its attempts are used up (failed); one that is being sent is claimed, and
``next_attempt_at`` is when its sender is given up for dead. Of one call, a destination is told in
the order of the journal: a later delivery waits for the earlier ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.delivery import LIVE_SCHEDULE_S, SCHEDULE_S, Answer, Failure, Verdict, judge
from callcenter.db import destinations, waits
from callcenter.db.destinations import Kind
from callcenter.db.recording import AT_ONCE
from callcenter.db.schema import DELIVERY_HAS_FAILED, DELIVERY_IS_WAITING, webhook_attempts
from callcenter.db.schema import webhook_deliveries as table
from callcenter.db.schema import webhook_destinations as whom
from callcenter.db.trail import By
from webhooks import WebhookType


class State(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that its claimer is to send now."""

    id: int
    destination_id: int
    message_id: str
    type: WebhookType
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, and what came of it."""

    at: datetime
    status: int | None
    failure: Failure | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with its attempts, oldest first."""

    id: int
    message_id: str
    type: WebhookType
    call_id: str | None
    created_at: datetime
    state: State
    next_attempt_at: datetime | None
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a destination's messages are not done."""

    waiting: int = 0
    failed: int = 0


async def claim(
    connection: AsyncConnection,
    destination_id: int,
    *,
    holder: str,
    now: datetime,
    until: datetime,
    limit: int,
) -> list[Claimed]:
    """Take what is due to a destination: nobody else is given it ``until``.

    Nothing where the destination is switched off, or asked to be left alone.
    """
    destination = await _told(connection, destination_id)
    if destination is None:
        return []
    if waits.are_void(destination, now):
        await waits.begin_anew(connection, destination, now=now, until=until)
    elif destination.held_until and destination.held_until > now:
        return []
    query = (
        select(table)
        .where(*_in_turn(destination_id), table.c.next_attempt_at <= now)
        .order_by(table.c.next_attempt_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    if rows:
        await connection.execute(
            update(table)
            .where(table.c.id.in_([row.id for row in rows]))
            .values(claimed_by=holder, next_attempt_at=until)
        )
        is_it = whom.c.id == destination_id
        await connection.execute(update(whom).where(is_it).values(tried_at=now))
    return [_claimed(row) for row in rows]


async def add_test(
    connection: AsyncConnection,
    destination_id: int,
    *,
    message_id: str,
    body: str,
    holder: str,
    now: datetime,
    until: datetime,
) -> Claimed:
    """A message that says nothing, claimed by who is about to send it."""
    values = {
        "destination_id": destination_id,
        "message_id": message_id,
        "type": WebhookType.TEST.value,
        "body": body,
        "created_at": now,
        "state": State.WAITING.value,
        "claimed_by": holder,
        "next_attempt_at": until,
    }
    statement = insert(table).values(values).returning(table)
    return _claimed((await connection.execute(statement)).one())


async def settle(
    connection: AsyncConnection,
    delivery: Claimed,
    answer: Answer,
    *,
    holder: str,
    at: datetime,
    duration_ms: int,
    random: Random,
) -> Verdict | None:
    """Write what came of an attempt, for the message and for its destination.

    None where the message is no more the holder's: whoever has it sends it again, with the same
    id. A test is not tried again.
    """
    query = select(whom).where(whom.c.id == delivery.destination_id).with_for_update()
    destination = (await connection.execute(query)).one_or_none()
    if destination is None:
        return None
    attempts, since = delivery.attempts + 1, destination.failing_since
    is_live = destination.kind == Kind.ZAMMAD_CTI
    schedule_s = LIVE_SCHEDULE_S if is_live else SCHEDULE_S
    verdict = judge(
        answer,
        attempts=attempts,
        failing_since=since,
        now=at,
        random=random,
        schedule_s=schedule_s,
    )
    values = {**_after(delivery, verdict, at), "attempts": attempts, "claimed_by": None}
    is_ours = and_(
        table.c.id == delivery.id,
        table.c.message_id == delivery.message_id,  # SQLite gives an id anew that was removed
        table.c.claimed_by == holder,
    )
    if not (await connection.execute(update(table).where(is_ours).values(values))).rowcount:
        return None
    await _log(connection, delivery.id, answer, at, duration_ms)
    await connection.execute(
        update(whom).where(whom.c.id == destination.id).values(_health(destination, verdict, at))
    )
    if verdict.disable:
        await destinations.switch_off(connection, destination.id, verdict.disable, By(None, at))
    return verdict


async def give_back(connection: AsyncConnection, *, holder: str | None) -> None:
    """Let go of what the holder claimed; it is due at once. ``holder`` None is everybody: for
    whoever knows that all of them are dead."""
    whose = table.c.claimed_by == holder if holder else table.c.claimed_by.is_not(None)
    await connection.execute(
        update(table)
        .where(DELIVERY_IS_WAITING, whose)
        .values(claimed_by=None, next_attempt_at=AT_ONCE)
    )


async def next_due_at(
    connection: AsyncConnection, destination_id: int, *, now: datetime
) -> datetime | None:
    """When the destination's next message is to be sent; None if there is none, or it is switched
    off. After the clock was set back that is ``now``: a claim finds out."""
    query = select(whom).where(whom.c.id == destination_id, whom.c.disabled_at.is_(None))
    destination = (await connection.execute(query)).one_or_none()
    if destination is None:
        return None
    if waits.are_void(destination, now):
        return now
    first = select(func.min(table.c.next_attempt_at)).where(*_in_turn(destination_id))
    due_at: datetime | None = (await connection.execute(first)).scalar()
    held_until: datetime | None = destination.held_until
    return max(due_at, held_until) if due_at and held_until else due_at


async def replay(
    connection: AsyncConnection,
    destination_id: int,
    *,
    keys: Sequence[int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Begin anew with some messages, or with those that were made from ``since`` on and before
    ``until``; with neither, with all that failed. Give how many. They keep their ids.

    What is being sent is left alone, and so are tests.
    """
    wanted: list[ColumnElement[bool]] = []
    if keys is not None:
        wanted.append(table.c.id.in_(keys))
    if since is not None:
        wanted.append(table.c.created_at >= since)
    if until is not None:
        wanted.append(table.c.created_at < until)
    statement = (
        update(table)
        .where(
            table.c.destination_id == destination_id,
            table.c.claimed_by.is_(None),
            table.c.journal_seq.is_not(None),
            *(wanted or [DELIVERY_HAS_FAILED]),
        )
        .values(state=State.WAITING.value, attempts=0, next_attempt_at=AT_ONCE)
    )
    return (await connection.execute(statement)).rowcount


async def counts(connection: AsyncConnection) -> dict[int, Counts]:
    """By the destination's id, what is not done."""
    found: dict[int, Counts] = {}
    for condition, name in ((DELIVERY_IS_WAITING, "waiting"), (DELIVERY_HAS_FAILED, "failed")):
        query = (
            select(table.c.destination_id, func.count())
            .where(condition)
            .group_by(table.c.destination_id)
        )
        for key, count in await connection.execute(query):
            before = found.get(key, Counts())
            found[key] = Counts(**{"waiting": before.waiting, "failed": before.failed, name: count})
    return found


async def last(connection: AsyncConnection, destination_id: int, limit: int) -> list[Delivery]:
    """The newest messages, with all their attempts."""
    query = select(table).where(table.c.destination_id == destination_id)
    rows = (await connection.execute(query.order_by(table.c.id.desc()).limit(limit))).all()
    found = {row.id: _delivery(row) for row in rows}
    tried = webhook_attempts
    query = select(tried).where(tried.c.delivery_id.in_(found)).order_by(tried.c.id)
    for row in await connection.execute(query):
        failure = Failure(row.failure) if row.failure else None
        attempt = Attempt(row.at, row.status, failure, row.duration_ms)
        found[row.delivery_id].attempts.append(attempt)
    return list(found.values())


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Remove messages older than ``before`` with their attempts, and say how many."""
    return (await connection.execute(table.delete().where(table.c.created_at < before))).rowcount


async def _told(connection: AsyncConnection, destination_id: int) -> Row[Any] | None:
    """The destination, unless it is switched off; nobody else claims for it meanwhile."""
    query = select(whom).where(whom.c.id == destination_id, whom.c.disabled_at.is_(None))
    return (await connection.execute(query.with_for_update())).one_or_none()


def _in_turn(destination_id: int) -> tuple[ColumnElement[bool], ...]:
    earlier = table.alias("earlier")
    is_behind = (
        select(earlier.c.id)
        .where(
            earlier.c.destination_id == destination_id,
            earlier.c.call_id == table.c.call_id,
            earlier.c.state == State.WAITING.value,
            earlier.c.id < table.c.id,
        )
        .exists()
    )
    return table.c.destination_id == destination_id, DELIVERY_IS_WAITING, ~is_behind


def _after(delivery: Claimed, verdict: Verdict, at: datetime) -> dict[str, Any]:
    if verdict.is_done:
        return {"state": State.DONE.value, "next_attempt_at": None}
    if verdict.retry_s is None or delivery.type is WebhookType.TEST:
        return {"state": State.FAILED.value, "next_attempt_at": None}
    return {"next_attempt_at": at + timedelta(seconds=verdict.retry_s)}


def _health(destination: Row[Any], verdict: Verdict, at: datetime) -> dict[str, Any]:
    if verdict.is_done:
        return {"failing_since": None, "accepted_at": at}
    values: dict[str, Any] = {"failing_since": destination.failing_since or at}
    if verdict.leave_alone_s is not None:
        values["held_until"] = at + timedelta(seconds=verdict.leave_alone_s)
    return values


async def _log(
    connection: AsyncConnection, key: int, answer: Answer, at: datetime, duration_ms: int
) -> None:
    values = {
        "delivery_id": key,
        "at": at,
        "status": answer.status,
        "failure": answer.failure.value if answer.failure else None,
        "duration_ms": duration_ms,
    }
    await connection.execute(insert(webhook_attempts).values(values))


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        destination_id=row.destination_id,
        message_id=row.message_id,
        type=WebhookType(row.type),
        body=row.body,
        attempts=row.attempts,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        message_id=row.message_id,
        type=WebhookType(row.type),
        call_id=row.call_id,
        created_at=row.created_at,
        state=State(row.state),
        next_attempt_at=row.next_attempt_at,
    )
