"""Audits by the service itself: when they are made, what they mend, and what they leave alone."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from callcenter.calls.auditor import GONE_MAX, MISSED_NIGHTS
from callcenter.core.differences import Kind
from callcenter.db import audited, audits, trail
from callcenter.db.audits import Audit, Occasion
from callcenter.db.schema import tickets
from callcenter.desks.desk import TicketRef
from tests.audit.house import DAY, House
from tests.calls.database import debts
from tests.calls.facts import second, started
from tests.desks.conftest import FakeDesk, Office

FIRST, SECOND = "T20261123.0001", "T20261123.0002"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is to be done here while an audit rests."""
    monkeypatch.setattr("callcenter.calls.comparison.REST_MAX_S", 0.0)


async def made(house: House) -> list[Audit]:
    """Make whatever is due, and give all that were made, the oldest first."""
    auditor = house.auditor
    while await auditor.make_next(house.office.database):
        pass
    async with house.office.database.reading() as connection:
        return list(reversed(await audits.latest(connection, 100)))


async def kinds(house: House, audit: Audit) -> list[Kind]:
    async with house.office.database.reading() as connection:
        found = await audits.differences(connection, audit.id, 100)
    assert len(found) == audit.differences
    return [one.kind for one in found]


async def ask(house: House) -> None:
    """Somebody has the day compared."""
    async with house.office.database.transaction() as connection:
        await audits.ask(
            connection, *DAY, occasion=Occasion.ASKED, now=house.office.clock(), asked_by="nadia"
        )


async def test_the_last_day_is_compared_every_few_minutes_and_the_last_result_kept(
    office: Office,
) -> None:
    house = House(office)
    await house.answer(1)
    (first,) = await made(house)
    assert (first.occasion, first.until - first.since) == (Occasion.ROLLING, timedelta(days=1))
    assert first.counts["calls"] == 1
    office.clock.advance(200)
    assert await made(house) == [first]
    office.clock.advance(200)
    (second_one,) = await made(house)
    assert second_one.started_at > first.started_at
    office.clock.advance(-7200)  # the clock is set back
    (third,) = await made(house)
    assert third.started_at < first.started_at


async def test_every_night_the_week_before_is_compared_once(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    office.clock.advance(15 * 3600)  # past midnight, not yet three
    assert {one.occasion for one in await made(house)} == {Occasion.ROLLING}
    office.clock.advance(3 * 3600)
    nightly = [one for one in await made(house) if one.occasion is Occasion.NIGHT]
    midnight = second(15 * 3600)
    assert [(one.since, one.until) for one in nightly] == [(midnight - timedelta(days=7), midnight)]
    office.clock.advance(3600)
    assert sum(one.occasion is Occasion.NIGHT for one in await made(house)) == 1
    office.clock.advance(24 * 3600)
    assert sum(one.occasion is Occasion.NIGHT for one in await made(house)) == 2


async def test_the_days_that_nothing_ran_on_are_compared_with_the_last(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    office.clock.advance(18 * 3600)
    await made(house)
    office.clock.advance(10 * 24 * 3600)
    *_, last = (one for one in await made(house) if one.occasion is Occasion.NIGHT)
    assert (last.since, last.until) == (second(15 * 3600), second((15 + 240) * 3600))
    office.clock.advance(100 * 24 * 3600)
    *_, last = (one for one in await made(house) if one.occasion is Occasion.NIGHT)
    assert last.until - last.since == MISSED_NIGHTS


async def test_one_that_was_asked_for_and_cut_short_is_made(office: Office) -> None:
    house = House(office)
    await house.answer(1)
    await ask(house)
    by_occasion = {one.occasion: one for one in await made(house)}
    asked = by_occasion[Occasion.ASKED]
    assert (asked.asked_by, asked.differences) == ("nadia", 0)
    assert asked.finished_at is not None


async def test_a_ticket_that_is_gone_is_owed_again_and_made_anew(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    await house.remove_ticket(FIRST)
    (audit,) = await made(house)
    assert await kinds(house, audit) == [Kind.TICKET_REOPENED]
    assert (house.committed, house.owed) == (1, 1)
    assert [debt.state for debt in await debts(office.database)].count("open") == 1
    async with office.database.reading() as connection:
        (entry,) = await trail.of_call(connection, started(1).id)
    assert (entry.action, entry.actor) == (trail.Action.OBLIGATION_REOPENED, None)
    assert entry.data["ticket"] == FIRST
    await house.pay()
    assert sorted(debt.ticket_number for debt in await debts(office.database)) == [
        SECOND,
        "T20261123.0003",
    ]
    office.clock.advance(600)
    (after,) = await made(house)
    assert after.differences == 0


async def test_of_a_merged_ticket_the_survivor_is_noted(office: Office) -> None:
    house = House(office)
    await house.answer(1, 2)
    async with office.database.transaction() as connection:
        query = update(tickets).where(tickets.c.number == FIRST)
        await connection.execute(query.values(merged_into=SECOND))
    (audit,) = await made(house)
    assert await kinds(house, audit) == [Kind.TICKET_FOLLOWED]
    assert [debt.ticket_number for debt in await debts(office.database)] == [SECOND, SECOND]
    assert house.owed == 0


async def test_that_most_of_its_tickets_are_gone_is_not_believed(office: Office) -> None:
    house = House(office)
    count = GONE_MAX + 2
    await house.answer(*range(1, count + 1))
    for number in range(1, count + 1):
        await house.remove_ticket(f"T20261123.{number:04}")
    (audit,) = await made(house)
    assert await kinds(house, audit) == [Kind.TICKET_GONE] * count
    assert {debt.state for debt in await debts(office.database)} == {"ticketed"}


@dataclass
class Hesitant(FakeDesk):
    """Does not find what it holds when it is asked for the first time."""

    hesitates: bool = True

    async def held(self, keys: Collection[str]) -> dict[str, list[TicketRef]]:
        found = await super().held(keys)
        hesitates, self.hesitates = self.hesitates, False
        return {} if hesitates else found


async def test_a_ticket_that_is_there_after_all_is_left_alone(office: Office) -> None:
    desk = Hesitant("other")
    house = House(office, others=[desk])
    await office.answer(1, line="other")
    await office.worker(desk).pay_due("other")
    office.clock.advance(600)
    (audit,) = await made(house)
    assert await kinds(house, audit) == [Kind.TICKET_GONE]
    assert [debt.state for debt in await debts(office.database)] == ["ticketed"]


async def test_an_error_of_ours_puts_audits_off_and_ends_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(office)
    await house.answer(1)
    with capture_logs() as said, monkeypatch.context() as broken:
        broken.setattr(audited, "answered", None)
        working = asyncio.create_task(house.auditor.work(office.database))
        with suppress(TimeoutError):
            await asyncio.wait_for(working, timeout=0.2)
    assert [entry["event"] for entry in said] == ["audit.put_off"]
    (audit,) = await made(house)
    assert audit.differences == 0
