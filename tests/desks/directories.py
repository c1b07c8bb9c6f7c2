"""What tests of desks' directories have in common: all of one kind, and what came into ours."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from sqlalchemy import Table, select

from callcenter.core.entry import Entry, Kind
from callcenter.db import desk_passes
from callcenter.db.engine import Database
from callcenter.db.schema import contacts, telephone_numbers
from callcenter.desks.desk import HasDirectory
from callcenter.desks.synchroniser import Synchroniser
from tests.desks.clock import Clock


async def whole(desk: HasDirectory, kind: Kind, since: datetime | None = None) -> Sequence[Entry]:
    """Every page of a kind."""
    found, after = list[Entry](), None
    while True:
        page = await desk.entries(kind, since, after)
        found += page.entries
        if page.after is None:
            return found
        after = page.after


def synchroniser(desk: HasDirectory, clock: Clock) -> Synchroniser:
    return Synchroniser(
        desk=desk,
        country="FR",
        random=Random(1),
        shared_now=clock.shared,
        monotonic=clock.monotonic,
    )


async def names(database: Database, entries: Table) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(entries.c.name))).scalars())


async def numbers(database: Database) -> set[tuple[str, str | None]]:
    """Each, with the contact whose it is."""
    async with database.reading() as connection:
        query = select(telephone_numbers.c.e164, contacts.c.name).outerjoin(contacts)
        return {(row.e164, row.name) for row in await connection.execute(query)}


async def errors(database: Database) -> list[str]:
    async with database.reading() as connection:
        passes = await desk_passes.listed(connection)
        return [one.last_error for one in passes if one.last_error]
