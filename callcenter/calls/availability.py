"""Counting how long agents were available, as a line of its own among the figures.

A day is counted every hour while it goes on, and for good a day after its end: by then whoever
follows the PBX has written down when nobody looked.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.core.availability import Spell, by_slot, without
from callcenter.core.slots import begins, slot_of
from callcenter.core.tally import EVERY_LINE, Tally
from callcenter.db import availability, figure_marks
from callcenter.db.engine import Database

SETTLED_AFTER: Final = timedelta(days=1)


async def mark(database: Database, zone: ZoneInfo, now: datetime, marked_at: datetime) -> None:
    """The days that are not counted for good are to be counted."""
    async with database.transaction() as connection:
        first_at = await availability.first_change(connection)
        if first_at is None:
            return
        settled = await availability.last_settled(connection)
        first = slot_of(first_at, zone).day if settled is None else settled + 1
        days = range(first, slot_of(now, zone).day + 1)
        await figure_marks.mark_days(connection, EVERY_LINE, days, now=marked_at)


async def tally(database: Database, day: int, zone: ZoneInfo, now: datetime) -> Tally:
    """What every agent's time of that day comes to, an agent at a time."""
    found = Tally(threshold_s=0.0)
    begin, end = begins(day, zone), begins(day + 1, zone)
    if begin >= now:
        return found
    span = Spell(begin, min(end, now))
    async with database.reading() as connection:
        unseen = await availability.unseen(connection, span)
        agents = await availability.agent_ids(connection)
    for agent_id in agents:
        async with database.reading() as connection:
            spells = await availability.of_agent(connection, agent_id, span)
        found.add_available(str(agent_id), by_slot(without(spells, unseen), zone))
    return found
