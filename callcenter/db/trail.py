"""The audit trail: who decided what, and when. It is written with the change, and never changed."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select
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
    SUPERVISION_BEGUN = "supervision.begun"  # somebody listens to a call, or is about to
    SUPERVISION_ENDED = "supervision.ended"
    SEAT_TAKEN = "seat.taken"
    SEAT_LEFT = "seat.left"
    SEAT_FREED = "seat.freed"  # by somebody for another
    CUSTOMER_ADDED = "customer.added"
    CUSTOMER_PASSWORD_SET = "customer.password_set"  # noqa: S105  # no password
    CUSTOMER_PASSWORD_CHANGED = "customer.password_changed"  # noqa: S105  # by themselves
    CUSTOMER_SWITCHED_ON = "customer.switched_on"
    CUSTOMER_SWITCHED_OFF = "customer.switched_off"
    AGENT_ADDED = "agent.added"
    AGENT_CHANGED = "agent.changed"
    AGENT_PASSWORD_SET = "agent.password_set"  # noqa: S105  # no password
    AGENT_SWITCHED_ON = "agent.switched_on"
    AGENT_SWITCHED_OFF = "agent.switched_off"
    COMPANY_ADDED = "company.added"
    COMPANY_CHANGED = "company.changed"
    COMPANY_REMOVED = "company.removed"
    COMPANY_MERGED = "company.merged"
    CONTACT_ADDED = "contact.added"
    CONTACT_CHANGED = "contact.changed"
    CONTACT_REMOVED = "contact.removed"
    CONTACT_MERGED = "contact.merged"
    CONTRACT_ADDED = "contract.added"
    CONTRACT_CHANGED = "contract.changed"
    CONTRACT_REMOVED = "contract.removed"
    DEVICE_ADDED = "device.added"
    DEVICE_CHANGED = "device.changed"
    DEVICE_REMOVED = "device.removed"
    CATEGORY_ADDED = "category.added"
    CATEGORY_CHANGED = "category.changed"
    DIRECTORY_IMPORTED = "directory.imported"
    HISTORY_IMPORTED = "history.imported"
    DIRECTORY_REREAD = "directory.reread"
    DIRECTORY_LOSS_ALLOWED = "directory.loss_allowed"  # what is gone from a desk may go
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_SECRET_ADDED = "webhook.secret_added"  # noqa: S105  # no secret
    WEBHOOK_SECRET_REMOVED = "webhook.secret_removed"  # noqa: S105  # nor this
    WEBHOOK_SWITCHED_ON = "webhook.switched_on"
    WEBHOOK_SWITCHED_OFF = "webhook.switched_off"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_REMOVED = "webhook.removed"
    REPORT_ORDERED = "report.ordered"
    REPORT_CANCELLED = "report.cancelled"
    PERSON_EXPORTED = "person.exported"
    PERSON_ERASED = "person.erased"
    RECORDING_HEARD = "recording.heard"


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when. ``actor`` is a login; None is the command, or the service."""

    actor: str | None
    now: datetime


Changes = Mapping[str, tuple[str | None, str | None]]
"""What a field was, and what it is now: ``{"name": ("Zoe", "Zoé")}``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. ``actor`` is a login; None is the service itself.

    ``about`` is what it was done to, if not to a call: ``company:12``. What ``data`` and
    ``changes`` say was so at that time.
    """

    id: int
    at: datetime
    actor: str | None
    action: Action
    call_id: str | None
    about: str | None
    data: Mapping[str, str | None]
    changes: Changes = field(default_factory=dict)


SERVICE = ""
"""No login: what the service, or a command, did."""


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Every condition that is not None must hold; ``until`` is the first moment after.

    ``actor`` SERVICE is what nobody did: the service itself, or a command.
    """

    actor: str | None = None
    actions: Collection[Action] | None = None
    since: datetime | None = None
    until: datetime | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Entries, newest first; ``next`` is the last one's time and id where more follow."""

    entries: list[Entry]
    next: tuple[datetime, int] | None


async def note(
    connection: AsyncConnection,
    action: Action,
    *,
    now: datetime,
    actor: str | None = None,
    call_id: str | None = None,
    about: str | None = None,
    **data: str | None,
) -> None:
    """Write a line, in the transaction of what it tells. ``data`` is what is worth knowing of it.

    Neither names nor numbers of callers go into it: they are in the call.
    """
    values = {"at": now, "actor": actor, "action": action.value, "call_id": call_id, "about": about}
    await _write(connection, values, data)


async def note_change(
    connection: AsyncConnection,
    action: Action,
    by: By,
    *,
    about: str,
    changes: Changes,
    **data: str | None,
) -> None:
    """The same for what has an id of its own, with what its fields were."""
    values = {"at": by.now, "actor": by.actor, "action": action.value, "about": about}
    await _write(connection, values, {**data, "changes": changes} if changes else data)


def changed(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> Changes:
    """The fields that differ, in the order of ``after``."""
    return {name: (before.get(name), new) for name, new in after.items() if before.get(name) != new}


async def of_call(connection: AsyncConnection, call_id: str) -> list[Entry]:
    """What was decided about a call, oldest first."""
    query = select(trail).where(trail.c.call_id == call_id).order_by(trail.c.id)
    return [_entry(row) for row in await connection.execute(query)]


async def page(
    connection: AsyncConnection,
    wanted: TrailFilter,
    *,
    after: tuple[datetime, int] | None,
    limit: int,
) -> TrailPage:
    """A page of the trail, newest first; ``after`` is the ``next`` of the page before."""
    query = select(trail).where(*_conditions(wanted)).order_by(trail.c.at.desc(), trail.c.id.desc())
    if after:
        at, key = after
        query = query.where(or_(trail.c.at < at, and_(trail.c.at == at, trail.c.id < key)))
    rows = (await connection.execute(query.limit(limit + 1))).all()
    entries = [_entry(row) for row in rows[:limit]]
    last = entries[-1] if len(rows) > limit else None
    return TrailPage(entries, (last.at, last.id) if last else None)


async def _write(
    connection: AsyncConnection, values: Mapping[str, object], data: Mapping[str, object]
) -> None:
    told = {**values, "data": json.dumps(data, ensure_ascii=False)}
    await connection.execute(insert(trail).values(told))


def _conditions(wanted: TrailFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        found.append(trail.c.actor == (wanted.actor or None))
    if wanted.actions is not None:
        found.append(trail.c.action.in_([action.value for action in wanted.actions]))
    if wanted.since is not None:
        found.append(trail.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(trail.c.at < wanted.until)
    if wanted.about is not None:
        found.append(trail.c.about == wanted.about)
    return found


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    data = json.loads(row.data)
    changes = {name: (old, new) for name, (old, new) in data.pop("changes", {}).items()}
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=Action(row.action),
        call_id=row.call_id,
        about=row.about,
        data=data,
        changes=changes,
    )
