"""Calls are counted into figures once, whatever happens meanwhile, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from callcenter.calls import counting as module
from callcenter.calls.counting import Counting
from callcenter.core.call import Outcome
from callcenter.core.counts import NAMES, Counts, Fact
from callcenter.core.slots import Slot, month_of, slot_of
from callcenter.core.tally import Kind
from callcenter.db import figure_marks, figures, journal
from callcenter.db.engine import Database
from callcenter.db.figures import Rules
from callcenter.db.schema import (
    figure_days,
    figure_months,
    figure_slots,
    figure_states,
    figure_waits,
    obligations,
)
from callcenter.db.schema import (
    figure_marks as marks,
)
from tests.calls import history
from tests.core.calls_by_hand import COUNTS, FACTS, NINE, THRESHOLD_S
from webhooks import EventType

RULES = Rules("Europe/Paris", THRESHOLD_S)
ZONE = module.ZoneInfo(RULES.timezone)
DAY = slot_of(NINE, ZONE).day


@dataclass
class Clock:
    """The time of the test."""

    at: datetime = NINE + timedelta(hours=8)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Site:
    """A database with figures."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def counting(self, rules: Rules = RULES) -> Counting:
        """The job of an instance that has just started."""
        return Counting(rules={"support": rules}, otherwise=rules, now=self.clock)

    async def count(self, job: Counting | None = None) -> None:
        """Let it do everything that is due."""
        job = job or self.counting()
        while not await job.turn(self.database):
            pass

    async def counts(self, line: str = "support") -> Counts:
        """All that the line's quarters of an hour come to."""
        return await self._sum(figure_slots, figure_slots.c.line == line)

    async def of(self, kind: Kind, table: Any = figure_days) -> Counts:
        """All that the line's rows of a kind come to."""
        return await self._sum(table, table.c.kind == kind.value, table.c.line == "support")

    async def _sum(self, table: Any, *where: Any) -> Counts:
        query = select(*(func.coalesce(func.sum(table.c[name]), 0) for name in NAMES)).where(*where)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one()
        return Counts(**dict(zip(NAMES, map(int, row), strict=True)))

    async def tell(self, call: str, kind: EventType = EventType.CALL_UPDATED) -> None:
        """Journal something of a call."""
        entry = journal.NewEntry(self.clock(), kind, "support", call, "{}")
        async with self.database.transaction() as connection:
            await journal.append(connection, [entry])


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """With the calls that were counted by hand, not counted yet."""
    async with database.transaction() as connection:
        await history.write(connection, FACTS)
    yield Site(database)


async def test_a_first_start_counts_every_call_there_is(site: Site) -> None:
    await site.count()
    assert await site.counts() == COUNTS
    assert (await site.counts(history.ELSEWHERE)).offered == 5  # one is in the future


@pytest.mark.parametrize("kind", [Kind.COMPANY, Kind.CALLER, Kind.CONTACT])
async def test_a_day_comes_to_the_same_however_it_is_cut(site: Site, kind: Kind) -> None:
    await site.count()
    assert await site.of(kind) == COUNTS
    assert await site.of(kind, figure_months) == COUNTS


@pytest.mark.parametrize(
    "kind", [Kind.AGENT, Kind.CATEGORY, Kind.PRIORITY, Kind.STATUS, Kind.TECHNICIAN]
)
async def test_answered_calls_come_to_the_same_by_who_and_what(site: Site, kind: Kind) -> None:
    await site.count()
    found, answered = await site.of(kind), (Outcome.ANSWERED,)
    facts = [fact for fact in FACTS if fact.outcome in answered]
    assert found == Counts.of(facts, THRESHOLD_S)
    assert await site.of(kind, figure_months) == found


async def test_waits_are_by_the_second_begun(site: Site) -> None:
    await site.count()
    query = select(figure_waits.c.outcome, figure_waits.c.second, figure_waits.c.calls)
    query = query.where(figure_waits.c.line == "support", figure_waits.c.day == DAY)
    async with site.database.reading() as connection:
        found = {(row.outcome, row.second): row.calls for row in await connection.execute(query)}
    assert found == {
        **{("answered", second): 1 for second in (0, 5, 12, 20, 21, 60)},
        ("abandoned", 15): 1,
        ("abandoned", 45): 1,
        ("short_abandon", 3): 1,
        ("overflow", 60): 1,
    }


async def test_a_call_that_ends_is_counted_at_once_and_its_day_soon(site: Site) -> None:
    job = site.counting()
    await site.count(job)
    later = Fact(
        id="",
        line="support",
        outcome=Outcome.ABANDONED,
        started_at=NINE + timedelta(hours=7),
        wait_s=30,
    )
    async with site.database.transaction() as connection:
        book = history.History(numbers=500)
        call = book.tell(later)
        await book.write(connection)
    await site.tell(call, EventType.CALL_ENDED)
    await site.count(job)
    assert (await site.counts()).offered == COUNTS.offered + 1
    assert (await site.of(Kind.CALLER)).offered == COUNTS.offered
    site.clock.at += module.DAY_AFTER
    await site.count(job)
    assert (await site.of(Kind.CALLER)).offered == COUNTS.offered + 1
    assert (await site.of(Kind.CALLER, figure_months)).offered == COUNTS.offered + 1


async def test_what_is_found_out_later_changes_the_figures_once(site: Site) -> None:
    job = site.counting()
    await site.count(job)
    async with site.database.transaction() as connection:
        owed = select(obligations.c.call_id).where(obligations.c.state == "open")
        (call,) = (await connection.execute(owed)).scalars()
        paid = update(obligations).where(obligations.c.call_id == call)
        await connection.execute(paid.values(state="ticketed", ticket_number="7"))
    await site.tell(call)
    site.clock.at += module.DAY_AFTER
    for _ in range(2):
        await site.count(job)
        site.clock.at += module.DAY_AFTER
    assert (await site.counts()).ticketed == COUNTS.ticketed + 1
    assert (await site.of(Kind.COMPANY, figure_months)).ticketed == COUNTS.ticketed + 1


@pytest.mark.parametrize("rows", [1, 3])
async def test_who_dies_between_two_transactions_leaves_nothing_counted_twice(
    site: Site, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "ROWS", rows)
    writes = DyingDatabase(site.database.engine, dies_after=1)
    deaths = 0
    for _ in range(200):
        writes.left = deaths % 7
        try:
            while not await site.counting().turn(writes):
                pass
            break
        except KilledError:
            deaths += 1
            writes.dies = deaths < 40
    assert deaths >= 20
    assert await site.counts() == COUNTS
    for kind in (Kind.COMPANY, Kind.CALLER):
        assert await site.of(kind) == COUNTS
        assert await site.of(kind, figure_months) == COUNTS


async def test_a_call_that_is_taken_away_is_taken_from_its_month(site: Site) -> None:
    await site.count()
    async with site.database.transaction() as connection:
        for table in (history.wrap_ups, history.legs, history.obligations):
            await connection.execute(delete(table))
        await connection.execute(delete(history.calls).where(history.calls.c.line == "support"))
        await figure_marks.mark_days(connection, "support", [DAY], now=NINE)
    await site.count()
    assert await site.counts() == Counts()
    assert await site.of(Kind.CALLER, figure_months) == Counts()


async def test_other_rules_count_what_was_counted_anew(site: Site) -> None:
    await site.count()
    stricter = Rules(RULES.timezone, 10.0)
    await site.count(site.counting(stricter))
    assert (await site.counts()).in_time == 2
    elsewhere = Rules("Pacific/Auckland", THRESHOLD_S)
    await site.count(site.counting(elsewhere))
    assert await site.counts() == COUNTS
    assert await site.of(Kind.CALLER, figure_months) == COUNTS
    async with site.database.reading() as connection:
        days = set((await connection.execute(select(figure_slots.c.day))).scalars())
    assert slot_of(NINE, module.ZoneInfo("Pacific/Auckland")).day in days


async def test_a_day_is_counted_again_until_callers_can_change_it_no_more(site: Site) -> None:
    await site.count()
    first = Fact(id="", line="support", outcome=Outcome.CLOSED, started_at=NINE + timedelta(days=3))
    async with site.database.transaction() as connection:
        caller = select(history.calls.c.caller_e164).where(
            history.calls.c.line == "support", history.calls.c.started_at == FACTS[0].started_at
        )
        book = history.History(numbers=500)
        book.call(first, (await connection.execute(caller)).scalar_one())
        await book.write(connection)
    site.clock.at += timedelta(days=3)
    await site.count()
    assert (await site.counts()).solved_first == COUNTS.solved_first - 1
    site.clock.at += timedelta(days=10)
    await site.count()
    query = select(figure_states.c.is_settled).where(figure_states.c.day == DAY)
    async with site.database.reading() as connection:
        assert set((await connection.execute(query)).scalars()) == {True}


async def test_after_a_pause_in_which_the_journal_was_cut_everything_is_counted(
    site: Site,
) -> None:
    await site.count()
    async with site.database.transaction() as connection:
        await connection.execute(delete(figure_slots))
    site.clock.at += timedelta(days=30)
    await site.count()
    assert await site.counts() == COUNTS


async def test_what_changes_while_it_is_counted_stays_marked(site: Site) -> None:
    async with site.database.transaction() as connection:
        slot = Slot(DAY, 36)
        await figure_marks.mark(connection, "support", [slot], now=NINE)
        (seen,) = await figure_marks.marked_slots(connection, 5)
        await figure_marks.mark(connection, "support", [slot], now=NINE)
        await figures.write_slot(connection, seen, {"offered": 1})
        assert len(await figure_marks.marked_slots(connection, 5)) == 1
        (again,) = await figure_marks.marked_slots(connection, 5)
        await figures.write_slot(connection, again, {"offered": 2})
        assert (await connection.execute(select(marks))).all() == []
        assert (await connection.execute(select(figure_slots.c.offered))).scalars().all() == [2]


def test_a_month_is_that_of_its_days() -> None:
    assert month_of(DAY) == 2026 * 12 + 10


class KilledError(Exception):
    """The process died here."""


class DyingDatabase(Database):
    """Lets some transactions through, and dies instead of beginning the next."""

    def __init__(self, engine: Any, *, dies_after: int) -> None:
        super().__init__(engine)
        self.left = dies_after
        self.dies = True

    def transaction(self, *, urgent: bool = False) -> Any:
        """One that may write, or death."""
        if self.dies and self.left == 0:
            raise KilledError
        self.left -= 1
        return super().transaction(urgent=urgent)
