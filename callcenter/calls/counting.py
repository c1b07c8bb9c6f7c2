"""Counting calls into figures, as they end and as more is found out about them.

What the journal tells is marked, and what is marked is counted again from the calls themselves: a
quarter of an hour within a second or two, a whole day, with its agents, companies and callers, a
few minutes after it was first marked. Nothing is ever added to a figure twice, whatever dies.

A day is settled once what its callers do can change nothing of it any more. Until then it is
counted again every night, since a caller's next call may mean that the last one solved nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from callcenter.calls import availability
from callcenter.core.counts import REPEAT_DAYS, additions
from callcenter.core.slots import Slot, begins, slot_of, span
from callcenter.core.tally import EVERY_LINE, Tally, Told
from callcenter.db import facts, figure_marks, figures, marking
from callcenter.db.engine import Database
from callcenter.db.facts import PAGE, Place, place
from callcenter.db.faults import is_away
from callcenter.db.figure_marks import Mark
from callcenter.db.figures import Rules
from callcenter.db.leases import LeaseLostError

log = structlog.get_logger(__name__)

GAP_S: Final = 1.0
"""Between two looks at the journal: calls end in bursts, and are counted together."""

POLL_S: Final = 5.0
"""How late it is noticed that another instance marked something."""

FAULT_PAUSE_S: Final = 5.0

DAY_AFTER: Final = timedelta(minutes=5)
"""How long after it was first marked a whole day is counted, or today would be all the time."""

SLOTS_AT_ONCE: Final = 50
"""Between two looks at the journal, so that what was just marked comes first."""

CHORES_EVERY: Final = timedelta(hours=1)
SETTLED_AFTER: Final = timedelta(days=REPEAT_DAYS)


@dataclass(kw_only=True)
class Counting:
    """Of one instance; it works while it has the lease. ``rules`` are those of each line by name,
    ``otherwise`` those of lines that the configuration does not have any more."""

    rules: Mapping[str, Rules]
    otherwise: Rules
    now: Callable[[], datetime]
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _chores_at: datetime | None = field(default=None, init=False)

    def wake(self) -> None:
        """Something was committed that may change a figure."""
        self._wake.set()

    async def work(self, database: Database) -> None:
        """Count until cancelled."""
        self._chores_at = None
        while True:
            try:
                is_done = await self.turn(database)
            except LeaseLostError:
                raise
            except Exception as error:  # noqa: BLE001  (whatever it is, the marks stay)
                say = log.warning if is_away(error) else log.exception
                say("figures.put_off", error=type(error).__name__, pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)
            else:
                await self._rest(is_done=is_done)

    async def turn(self, database: Database) -> bool:
        """Mark what changed and count some of what is marked; tell whether that was all."""
        now = self.now()
        if self._chores_at is None or now >= self._chores_at:
            await self._chores(database, now)
            self._chores_at = now + CHORES_EVERY
        await self._follow(database)
        async with database.reading() as connection:
            slots = await figure_marks.marked_slots(connection, SLOTS_AT_ONCE)
            days = await figure_marks.marked_days(connection, before=now - DAY_AFTER, limit=1)
        for one in slots:
            await self._count_slot(database, one)
        for one in days:
            await self._count_day(database, one)
        return len(slots) < SLOTS_AT_ONCE and not days

    async def _rest(self, *, is_done: bool) -> None:
        if not is_done:
            return
        await asyncio.sleep(GAP_S)
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    # -- marking -------------------------------------------------------------------------------

    async def _follow(self, database: Database) -> None:
        has_more = True
        while has_more:
            async with database.transaction() as connection:
                has_more = await marking.follow(connection, self.slot_of, now=self.now())

    async def _chores(self, database: Database, now: datetime) -> None:
        """Whatever is to be counted anew for another reason than that a call changed."""
        async with database.reading() as connection:
            is_current = await marking.is_current(connection, now=now)
        if not is_current:
            await self._mark_all(database, now)
        async with database.reading() as connection:
            lines = await figures.counted_lines(connection)
        for line in lines:
            await self._mark_outdated(database, line, now)
        await availability.mark(database, self._zone(EVERY_LINE), now, now - DAY_AFTER)

    async def _mark_all(self, database: Database, now: datetime) -> None:
        async with database.transaction() as connection:
            await marking.begin(connection, now=now)
            for line, first_at in await figures.called_lines(connection):
                zone = self._zone(line)
                days = range(slot_of(first_at, zone).day, slot_of(now, zone).day + 1)
                await figure_marks.mark_days(connection, line, days, now=now - DAY_AFTER)
        log.info("figures.counting_all")

    async def _mark_outdated(self, database: Database, line: str, now: datetime) -> None:
        zone = self._zone(line)
        midnight = begins(slot_of(now, zone).day, zone)
        async with database.transaction() as connection:
            days = set(await figures.counted_by_other_rules(connection, line, self._rules(line)))
            if days:  # in another time zone the first and the last day begin or end elsewhere
                days |= {min(days) - 1, max(days) + 1}
            days |= set(await figures.unsettled(connection, line, counted_before=midnight))
            await figure_marks.mark_days(connection, line, days, now=now - DAY_AFTER)

    # -- counting ------------------------------------------------------------------------------

    async def _count_slot(self, database: Database, one: Mark) -> None:
        zone, threshold_s = self._zone(one.line), self._rules(one.line).threshold_s
        wanted = Slot(one.day, one.slot)
        sums: defaultdict[str, int] = defaultdict(int)
        async for told in _told(database, one.line, *span(wanted, zone)):
            if slot_of(told.fact.started_at, zone) == wanted:
                for name, value in additions(told.fact, threshold_s).items():
                    sums[name] += value
        async with database.transaction() as connection:
            await figures.write_slot(connection, one, sums)

    async def _count_day(self, database: Database, one: Mark) -> None:
        zone, rules = self._zone(one.line), self._rules(one.line)
        since, until = begins(one.day, zone), begins(one.day + 1, zone)
        now = self.now()
        if one.line == EVERY_LINE:
            tally = await availability.tally(database, one.day, zone, now)
            settled_after = availability.SETTLED_AFTER
        else:
            tally = Tally(rules.threshold_s)
            async for told in _told(database, one.line, since, until):
                tally.add(told, slot_of(told.fact.started_at, zone).slot)
            settled_after = SETTLED_AFTER
        await figures.write_day(
            database, one, tally, rules, is_settled=now - until >= settled_after, now=now
        )

    def _rules(self, line: str) -> Rules:
        return self.rules.get(line, self.otherwise)

    def _zone(self, line: str) -> ZoneInfo:
        return ZoneInfo(self._rules(line).timezone)

    def slot_of(self, line: str, at: datetime) -> Slot:
        """The slot of the line's day in which a moment is."""
        return slot_of(at, self._zone(line))


async def _told(
    database: Database, line: str, since: datetime, until: datetime
) -> AsyncIterator[Told]:
    """The calls of a span, a page at a time, with a breath for everybody else between two."""
    after: Place | None = None
    while True:
        async with database.reading() as connection:
            page = await facts.page(connection, line, since, until, after=after)
        for told in page:
            yield told
        if len(page) < PAGE:
            return
        after = place(page[-1])
        await asyncio.sleep(0)
