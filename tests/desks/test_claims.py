"""A debt is one worker's at a time, through sleep, death and a clock that is set."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest

from callcenter.core.obligation import ExemptReason
from callcenter.db import claims, clock, exemptions, obligations
from callcenter.desks import worker as module
from callcenter.desks.desk import Draft, TicketRef
from tests.calls.database import debts
from tests.calls.facts import second, started
from tests.desks.conftest import DeadlyDesk, FakeDesk, KilledError, Office
from tests.desks.test_worker import one_engine, paid, running, states

HOUR_S = 3600.0


class Sleeper(FakeDesk):
    """A desk whose worker is stopped on its way there, and woken by the test."""

    def __init__(self, desk: FakeDesk) -> None:
        super().__init__()
        self.desk = desk
        self.asleep = asyncio.Event()
        self.awake = asyncio.Event()
        self.made = desk.made

    async def find(self, key: str) -> TicketRef | None:
        found = await self.desk.find(key)
        await self.sleep()
        return found

    async def sleep(self) -> None:
        self.asleep.set()
        await self.awake.wait()


async def put_off_once(office: Office) -> None:
    """So that the desk is asked for the key before it is asked again."""
    await office.worker(FakeDesk(down=True)).pay_due("builtin")
    office.clock.advance(300)


async def test_who_wakes_after_the_claim_ran_out_makes_no_ticket(office: Office) -> None:
    await office.answer(1)
    await put_off_once(office)
    desk = FakeDesk()
    sleeper = Sleeper(desk)
    sleeping = asyncio.create_task(office.worker(sleeper).pay_due("builtin"))
    await sleeper.asleep.wait()
    office.clock.advance(module.CLAIM_S)
    assert await office.worker(desk).pay_due("builtin") == 1
    sleeper.awake.set()
    assert await sleeping == 1
    assert len(desk.made) == 1
    assert await states(office) == {"ticketed": 1}
    assert len(office.counts.tickets) == 1


async def test_who_wakes_while_another_is_at_it_makes_no_ticket(office: Office) -> None:
    await office.answer(1)
    await put_off_once(office)
    desk = FakeDesk()
    first, second_ = Sleeper(desk), Sleeper(desk)
    sleeping = asyncio.create_task(office.worker(first).pay_due("builtin"))
    await first.asleep.wait()
    office.clock.advance(module.CLAIM_S)
    taking_over = asyncio.create_task(office.worker(second_).pay_due("builtin"))
    await second_.asleep.wait()
    first.awake.set()
    await sleeping
    assert desk.made == []
    second_.awake.set()
    await taking_over
    assert len(desk.made) == 1
    assert await states(office) == {"ticketed": 1}


@one_engine
async def test_what_is_exempted_on_the_way_gets_no_ticket(office: Office) -> None:
    await office.answer(1)
    await put_off_once(office)
    sleeper = Sleeper(FakeDesk())
    paying = asyncio.create_task(office.worker(sleeper).pay_due("builtin"))
    await sleeper.asleep.wait()
    async with office.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE obligations SET state = 'exempt'")
    sleeper.awake.set()
    await paying
    assert sleeper.made == []
    assert await states(office) == {"exempt": 1}


@one_engine
async def test_the_answer_to_a_sleeper_is_left_to_whoever_has_the_debt_now(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk()

    class Late(Sleeper):
        async def create(self, draft: Draft) -> TicketRef:
            made = await self.desk.create(draft)
            await self.sleep()
            return made

    sleeper = Late(desk)
    sleeping = asyncio.create_task(office.worker(sleeper).pay_due("builtin"))
    await sleeper.asleep.wait()
    office.clock.advance(module.CLAIM_S)
    async with office.database.transaction() as connection:
        until = office.clock.now + timedelta(seconds=60)
        await claims.claim(
            connection, "builtin", holder="two", now=office.clock.now, until=until, limit=1
        )
    sleeper.awake.set()
    await sleeping
    assert await states(office) == {"open": 1}
    office.clock.advance(module.CLAIM_S)
    await office.worker(desk).pay_due("builtin")
    assert len(desk.made) == 1
    assert await states(office) == {"ticketed": 1}


async def test_a_clock_set_back_an_hour_puts_no_debt_off(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk(down=True)
    worker = office.worker(desk)
    for _ in range(10):
        await worker.pay_due("builtin")
        office.clock.advance(300)
    await worker.pay_due("builtin")
    desk.down = False
    assert await worker.pay_due("builtin") == 0
    office.clock.set_back(HOUR_S)
    assert await worker.pay_due("builtin") == 1
    assert await states(office) == {"ticketed": 1}


async def test_a_claim_from_before_the_clock_was_set_back_lasts_no_longer_than_another(
    office: Office,
) -> None:
    await office.answer(1)
    desk = FakeDesk()

    with contextlib.suppress(KilledError):
        await office.worker(DeadlyDesk(alive=desk)).pay_due("builtin")
    office.clock.set_back(HOUR_S)
    worker = office.worker(desk)
    assert await worker.pay_due("builtin") == 0  # it may be alive yet
    office.clock.advance(module.CLAIM_S)
    assert await worker.pay_due("builtin") == 1
    assert (len(desk.made), desk.finds) == (1, 1)


@one_engine
async def test_a_little_step_of_the_clock_takes_nothing_from_anybody(office: Office) -> None:
    await office.answer(1)
    async with office.database.transaction() as connection:
        until = office.clock.now + timedelta(seconds=60)
        await claims.claim(
            connection, "builtin", holder="one", now=office.clock.now, until=until, limit=1
        )
    office.clock.set_back(clock.STEP_S)
    assert await office.worker(FakeDesk()).pay_due("builtin") == 0
    (debt,) = await debts(office.database)
    assert (debt.claimed_by, debt.next_attempt_at) == ("one", until)


@one_engine
@pytest.mark.parametrize("settles_s", [0.0, 30.0])
async def test_who_starts_after_a_death_on_sqlite_has_no_claim_to_wait_for(
    office: Office, settles_s: float
) -> None:
    await office.answer(1)
    async with office.database.transaction() as connection:
        now = office.clock.now
        until = now + timedelta(seconds=60)
        await claims.claim(connection, "builtin", holder="dead", now=now, until=until, limit=1)
    async with running(office.worker(FakeDesk(settles_s=settles_s))):
        if not settles_s:
            await paid(office, 1)
            return
        while (await debts(office.database))[0].claimed_by:  # noqa: ASYNC110  (in the database)
            await asyncio.sleep(0.01)
    (debt,) = await debts(office.database)
    assert debt.next_attempt_at == second(5) + timedelta(seconds=settles_s)


@one_engine
async def test_who_is_asked_to_end_gives_the_desk_the_time_to_finish(office: Office) -> None:
    await office.answer(1, 2)
    desk = FakeDesk(hangs_on={started(1).id}, settles_s=30.0)
    paying = asyncio.create_task(office.worker(desk).pay_due("builtin"))
    while not desk.hung:  # noqa: ASYNC110  (a desk has no event for it)
        await asyncio.sleep(0.01)
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    desk.hangs_on.clear()
    worker = office.worker(desk)
    assert await worker.pay_due("builtin") == 1
    assert [draft.key for draft in desk.made] == [started(2).id]
    office.clock.advance(30)
    assert await worker.pay_due("builtin") == 1


@one_engine
async def test_what_is_confirmed_by_nobody_else_is_kept(office: Office) -> None:
    """The agent may be faster than the job: their ticket stays."""
    await office.answer(1)
    desk = FakeDesk()
    worker = office.worker(desk)
    async with office.database.transaction() as connection:
        key = started(1).id
        await obligations.ticketed(connection, key, number="T1", url="", now=second(5))
    assert await worker.pay_due("builtin") == 0
    assert desk.made == []


@pytest.mark.parametrize("how", ["tried again by hand", "exempted and not", "clock set back"])
async def test_a_desk_has_the_time_to_finish_whoever_is_in_a_hurry(
    sqlite_office: Office, how: str
) -> None:
    office, call = sqlite_office, started(1).id
    await office.answer(1)
    desk = FakeDesk(settles_s=30.0, down=True)
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    desk.down = False
    office.clock.advance(5)
    by: Any = {"actor": "sam", "now": office.clock.now}
    async with office.database.transaction() as connection:
        if how == "tried again by hand":
            assert await claims.retry(connection, [call], **by) == [call]
        if how == "exempted and not":
            await exemptions.ask(connection, call, ExemptReason.TEST, **by)
            await exemptions.grant(connection, call, **by, base_url="")
            await exemptions.reverse(connection, call, **by, base_url="")
    if how == "clock set back":
        office.clock.set_back(HOUR_S)
    assert await worker.pay_due("builtin") == 0
    office.clock.advance(30)
    assert await worker.pay_due("builtin") == 1
    assert await states(office) == {"ticketed": 1}
