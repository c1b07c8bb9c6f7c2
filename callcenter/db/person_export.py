"""All that is kept of somebody, as JSON: in the shapes of the API, where it has one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from callcenter.db import callbacks, calls, outgoing, persons, tickets, trail
from callcenter.db.engine import Database
from callcenter.db.parts import parts
from callcenter.db.persons import Person, PersonError
from callcenter.db.schema import alert_episodes, devices, obligations, telephone_numbers, wrap_ups
from callcenter.db.trail import Action, By
from webhooks import Call

ELSEWHERE: Final = (
    "the tickets named under tickets_elsewhere, in their desks",
    "what webhooks told other programs",
    "the PBX's own records: queue_log, CDR, voicemail, recordings in other folders than ours",
    "copies of this database, and logs at the level debug",
)
"""Where more may be, that the service cannot read."""


async def export(database: Database, person: Person, *, by: By, base_url: str) -> dict[str, Any]:
    """Everything, and a line in the audit trail. Raises PersonError where nothing is kept.

    Read in parts: what is changed meanwhile is there as it was or as it is.
    """
    async with database.reading() as connection:
        ids = await persons.call_ids(connection, person)
        missed = await persons.callback_ids(connection, person)
        made = await persons.outgoing_ids(connection, person)
        directory = await _directory(connection, person)
    found = [one for some in parts(ids) for one in await _calls(database, some)]
    told = {
        "exported_at": by.now.isoformat(),
        "numbers": [*person.numbers, *person.shared],
        **directory,
        "calls": [one.model_dump(mode="json") for one in found],
        "missed_calls": await _missed(database, missed),
        "calls_made": await _made(database, made),
        **await _tickets(database, person, ids, base_url),
        "elsewhere": list(ELSEWHERE),
    }
    kept = ("contact", "directory_numbers", "calls", "missed_calls", "calls_made", "tickets")
    if not any(told[name] for name in kept):
        raise PersonError("nothing is kept of that number: look at its digits, and its country")
    async with database.transaction() as connection:
        count = str(len(found))
        action = Action.PERSON_EXPORTED
        await trail.note(
            connection, action, now=by.now, actor=by.actor, about=person.about, count=count
        )
    return told


async def _calls(database: Database, ids: Any) -> list[Call]:
    async with database.reading() as connection:
        by_id = await calls.by_ids(connection, ids)
    return [by_id[one] for one in ids if one in by_id]


async def _missed(database: Database, ids: list[int]) -> list[Any]:
    found = []
    for one in ids:
        async with database.reading() as connection:
            callback = await callbacks.get(connection, one)
        found += [callback.model_dump(mode="json")] if callback else []
    return found


async def _made(database: Database, ids: list[str]) -> list[Any]:
    found = []
    for some in parts(ids):
        async with database.reading() as connection:
            found += await outgoing.by_ids(connection, some)
    return [one.model_dump(mode="json") for one in found]


async def _directory(connection: Any, person: Person) -> dict[str, Any]:
    row = person.contact
    numbers = select(telephone_numbers).where(telephone_numbers.c.e164.in_(person.numbers))
    rows = (await connection.execute(numbers)).all()
    used: Sequence[Any] = ()
    alerts: Sequence[Any] = ()
    if row is not None:
        query = select(devices.c.id, devices.c.name, devices.c.kind)
        used = (await connection.execute(query.where(devices.c.contact_id == row.id))).all()
        theirs = alert_episodes.c.device_id.in_([one.id for one in used])
        columns = [alert_episodes.c[name] for name in ("first_at", "over_at", "device", "text")]
        alerts = (await connection.execute(select(*columns).where(theirs))).all()
    return {
        "contact": _plain(row) if row is not None else None,
        "directory_numbers": [
            {"number": one.e164, "contact": one.contact_id, "company": one.company_id}
            for one in rows
        ],
        "devices": [_plain(one) for one in used],
        "alerts_of_devices": [_plain(one) for one in alerts],
        "portal": [
            {"login": one.login, "name": one.name, "created_at": one.created_at.isoformat()}
            for one in await persons.logins(connection, person)
        ],
    }


async def _tickets(
    database: Database, person: Person, ids: list[str], base_url: str
) -> dict[str, Any]:
    numbers: dict[str, None] = {}
    typed: list[dict[str, Any]] = []
    elsewhere: list[dict[str, Any]] = []
    for some in [*parts(ids)] or [[]]:
        async with database.reading() as connection:
            numbers |= dict.fromkeys(await persons.ticket_numbers(connection, person, some))
            columns = [wrap_ups.c[name] for name in ("call_id", "title", "note", "summary")]
            drafts = select(*columns).where(wrap_ups.c.call_id.in_(some))
            typed += [_plain(one) for one in await connection.execute(drafts)]
            debts = select(
                obligations.c.desk, obligations.c.ticket_number, obligations.c.ticket_url
            ).where(obligations.c.call_id.in_(some), obligations.c.ticket_number.is_not(None))
            elsewhere += [_plain(one) for one in await connection.execute(debts)]
    found = []
    for number in numbers:
        async with database.reading() as connection:
            ticket = await tickets.get(connection, number, base_url=base_url)
        found += [ticket.model_dump(mode="json")] if ticket else []
    own = set(numbers)
    return {
        "tickets": found,
        "tickets_elsewhere": [one for one in elsewhere if one["ticket_number"] not in own],
        "wrap_ups": typed,
    }


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._asdict().items()
    }
