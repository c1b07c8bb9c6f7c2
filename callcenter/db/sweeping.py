"""Taking somebody out of every text there is, whoever wrote it: a few rows at a time.

What is read is looked at outside of any transaction; what has somebody in it is read again, and
written, in one of its own: nobody's words are lost who writes meanwhile.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from re import Pattern
from typing import Any, Final, TypeAlias

from sqlalchemy import Table, select, update

from callcenter.core.redaction import without
from callcenter.db.engine import Database
from callcenter.db.schema import (
    alert_desk_notes,
    alert_desk_tickets,
    alert_episodes,
    desk_events,
    desk_writes,
    directory_imports,
    journal,
    obligations,
    ticket_notes,
    tickets,
    trail,
    webhook_deliveries,
    wrap_ups,
)

ROWS: Final = 500
"""Rows that are read at once."""

Clean: TypeAlias = Callable[[str, str | None], str]
"""The text without somebody; of a row that tells of a call, with the call's id."""

TEXTS: Final[Mapping[Table, Sequence[str]]] = {
    tickets: ("title", "resolution"),
    ticket_notes: ("text",),
    wrap_ups: ("title", "note", "summary"),
    obligations: ("last_error",),
    trail: ("data",),
    journal: ("data",),
    webhook_deliveries: ("body",),
    desk_events: ("last_error",),
    desk_writes: ("last_error",),
    directory_imports: ("content",),
    alert_episodes: ("text",),
    alert_desk_tickets: ("title", "text"),
    alert_desk_notes: ("text",),
}
"""Every column with words that somebody wrote, or that a program wrote about a call."""

SHAPED: Final = frozenset({journal, webhook_deliveries})
"""Whose text is JSON with a caller in it."""


def cleaner(found: Pattern[str] | None, contact_id: int | None, calls: Collection[str]) -> Clean:
    """For the shapes of SHAPED: callers of these calls go, and the contact from all of them."""

    def clean(text: str, call_id: str | None) -> str:
        is_theirs = call_id in calls
        if not is_theirs and without(text, found) == text:
            return text
        told = _cleaned(json.loads(text), found, contact_id, is_theirs=is_theirs)
        return json.dumps(told, ensure_ascii=False)

    return clean


def _cleaned(told: Any, found: Pattern[str] | None, contact: int | None, *, is_theirs: bool) -> Any:
    if isinstance(told, str):
        return without(told, found)
    if isinstance(told, list):
        return [_cleaned(one, found, contact, is_theirs=is_theirs) for one in told]
    if not isinstance(told, dict):
        return told
    if {"raw", "e164"} <= told.keys() and (is_theirs or without(told["raw"], found) != told["raw"]):
        empty = {"raw": "", "e164": None, "name": None, "attestation": None}
        return {**told, **empty, "removed": True}
    rest = {
        name: _cleaned(value, found, contact, is_theirs=is_theirs) for name, value in told.items()
    }
    if isinstance(people := told.get("contacts"), list):
        rest["contacts"] = [one for one in people if not is_theirs and one.get("id") != contact]
    return rest


async def sweep(
    database: Database, table: Table, clean: Clean, *, breath_s: float, keys: Any = None
) -> int:
    """Clean a table's texts, or those of these ``keys``; give how many rows that changed."""
    (key,) = table.primary_key
    columns = [table.c[name] for name in TEXTS[table]]
    call = [table.c.call_id] if table in SHAPED else []
    query = select(key, *columns, *call).order_by(key).limit(ROWS)
    if keys is not None:
        query = query.where(key.in_(keys))
    changed, last = 0, None
    while True:
        async with database.reading() as connection:
            page = query if last is None else query.where(key > last)
            rows = (await connection.execute(page)).mappings().all()
        hits = [row[key.name] for row in rows if _changes(table, row, clean)]
        if hits:
            async with database.transaction() as connection:
                again = query.where(key.in_(hits)).with_for_update()
                for row in (await connection.execute(again)).mappings().all():
                    values = _changes(table, row, clean)
                    statement = update(table).where(key == row[key.name])
                    if values:
                        await connection.execute(statement.values(values))
                        changed += 1
        if len(rows) < ROWS:
            return changed
        last = rows[-1][key.name]
        await asyncio.sleep(breath_s)


def _changes(table: Table, row: Any, clean: Clean) -> dict[str, str]:
    call_id = row["call_id"] if table in SHAPED else None
    found = {}
    for name in TEXTS[table]:
        text = row[name]
        if text and (left := clean(text, call_id)) != text:
            found[name] = left
    return found
