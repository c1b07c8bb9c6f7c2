"""Debts are paid: once each, through every failure of a desk, and none in another's way."""

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, make_url

from callcenter.core.entry import Entry, Kind
from callcenter.db import claims, standing
from callcenter.db.schema import obligations
from callcenter.db.standing import Show
from callcenter.db.taking_in import Taking
from callcenter.desks import worker as module
from callcenter.desks.desk import Draft, TicketRef
from callcenter.desks.worker import TicketWorker
from callcenter.directory.importer import import_csv
from tests.calls.database import add_agent, debts, entries
from tests.calls.facts import second, started
from tests.desks.conftest import DeadlyDesk, FakeDesk, KilledError, Office

PATIENCE_S = 30

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what happens above the database."""

DIRECTORY = """company,contact,phone,mobile,contract,account_owner,backup
Ardoise & Fils,Élise Vannier,,0639981122,Gold,nadia,karim
"""


async def states(office: Office) -> Counter[str]:
    return Counter(debt.state for debt in await debts(office.database))


async def pay_all(office: Office, worker: TicketWorker, desk: str = "builtin") -> None:
    """Pay until nothing is open, letting time pass."""
    for _ in range(100):
        await worker.pay_due(desk)
        office.clock.advance(300)
        if not (await states(office))["open"]:
            return
    raise AssertionError(await states(office))


@asynccontextmanager
async def running(worker: TicketWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def paid(office: Office, count: int) -> None:
    """Wait until so many debts are paid."""
    async with asyncio.timeout(PATIENCE_S):
        while (await states(office))["ticketed"] < count:  # noqa: ASYNC110  (it is in the database)
            await asyncio.sleep(0.01)


async def test_a_debt_is_paid_with_all_that_is_known(office: Office) -> None:
    await import_csv(office.database, DIRECTORY, country="FR")
    zoe = await add_agent(office.database, "zoe", "PJSIP/101")
    await office.answer(1, by="zoe")
    desk = FakeDesk()
    assert await office.worker(desk).pay_due("builtin") == 1
    (draft,) = desk.made
    assert draft.key == started(1).id
    assert (draft.line, draft.answered_at) == ("builtin", second(4))
    assert draft.title == "builtin: Élise Vannier - Ardoise & Fils"
    assert None not in (draft.company_id, draft.contact_id, draft.contract_id)
    assert (draft.company, draft.contact) == ("Ardoise & Fils", "Élise Vannier")
    assert (draft.contract, draft.caller) == ("Gold", "+33639981122")
    assert (draft.agent_id, draft.agent, draft.account_owner) == (zoe, "zoe", "nadia")
    (debt,) = await debts(office.database)
    assert (debt.state, debt.ticket_number) == ("ticketed", "F0001")
    assert (debt.ticket_url, debt.ticketed_at) == ("https://desk.test/1", second(5))
    assert (debt.next_attempt_at, debt.last_error) == (None, None)
    last = (await entries(office.database))[-1]
    assert (last.type.value, last.call_id) == ("call.updated", started(1).id)
    assert '"number":"F0001"' in last.data
    assert office.counts.tickets == [("builtin", 1.0)]
    assert (office.counts.commits, office.counts.failures) == (1, [])


async def test_a_ticket_has_the_ids_that_its_desk_has_of_the_caller(office: Office) -> None:
    await import_csv(office.database, DIRECTORY, country="FR")
    company = Entry(kind=Kind.COMPANY, id="174", name="Ardoise & Fils")
    contact = Entry(kind=Kind.CONTACT, id="21", name="Élise Vannier", company="174")
    contract = Entry(kind=Kind.CONTRACT, id="31", name="Gold", company="174")
    async with office.database.transaction() as connection:
        for desk, others in (("builtin", (contact, contract)), ("other", ())):
            taking = Taking(connection=connection, desk=desk, number=1, country="FR", now=second(1))
            for one in (company, *others):
                await taking.take([one])
    await office.answer(1)
    await office.answer(2, line="other")
    ours, other = FakeDesk(), FakeDesk("other")
    worker = office.worker(ours, other)
    for name in ("builtin", "other"):
        await worker.pay_due(name)
    (draft,) = ours.made
    assert (draft.desk_company, draft.desk_contact, draft.desk_contract) == ("174", "21", "31")
    (draft,) = other.made
    assert (draft.desk_company, draft.desk_contact, draft.desk_contract) == ("174", None, None)


@one_engine
async def test_a_debt_of_nobody_known_is_paid_too(office: Office) -> None:
    await office.answer(1, caller="anonymous")
    desk = FakeDesk()
    await office.worker(desk).pay_due("builtin")
    (draft,) = desk.made
    assert (draft.title, draft.caller) == ("builtin: anonymous", "anonymous")
    assert {draft.company, draft.contact, draft.contract, draft.agent} == {None}


@one_engine
async def test_a_first_try_does_not_ask_for_the_key(office: Office) -> None:
    await office.answer(1, 2, 3)
    desk = FakeDesk()
    await office.worker(desk).pay_due("builtin")
    assert (desk.finds, len(desk.made)) == (0, 3)


async def test_a_desk_that_comes_back_gets_each_ticket_once(office: Office) -> None:
    await office.answer(1, 2)
    desk = FakeDesk(down=True)
    worker = office.worker(desk)
    waits = []
    for _ in range(10):
        await worker.pay_due("builtin")
        found = await debts(office.database)
        waits.append(max(debt.next_attempt_at for debt in found) - office.clock.now)
        assert {debt.last_error for debt in found} == {"the desk does not answer"}
        office.clock.advance(300)
    assert [debt.attempts for debt in found] == [10, 10]
    assert waits[0] <= timedelta(seconds=1)
    assert waits[0] < waits[3] < waits[-1] <= timedelta(seconds=300)
    assert office.counts.failures == ["builtin"] * 20
    desk.down = False
    await pay_all(office, worker)
    assert sorted(draft.key for draft in desk.made) == sorted({started(1).id, started(2).id})


async def test_who_is_asked_to_end_leaves_nothing_claimed(office: Office) -> None:
    await office.answer(1, 2)
    desk = FakeDesk(hangs_on={started(1).id})
    paying = asyncio.create_task(office.worker(desk).pay_due("builtin"))
    async with asyncio.timeout(PATIENCE_S):
        while not desk.hung:  # noqa: ASYNC110  (a desk has no event for it)
            await asyncio.sleep(0.01)
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    desk.hangs_on.clear()
    assert await office.worker(desk).pay_due("builtin") == 2
    assert (await states(office))["ticketed"] == 2
    assert desk.finds == 2


async def test_what_is_put_off_is_left_alone_until_it_is_due(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk(down=True)
    worker = office.worker(desk)
    assert await worker.pay_due("builtin") == 1
    assert await worker.pay_due("builtin") == 0
    async with office.database.reading() as connection:
        due_at = await claims.next_due_at(connection, "builtin")
    assert due_at is not None
    office.clock.now = due_at
    assert await worker.pay_due("builtin") == 1


@one_engine
async def test_who_is_asked_to_end_while_the_database_is_away_ends(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk(hangs_on={started(1).id})
    paying = asyncio.create_task(office.worker(desk).pay_due("builtin"))
    async with asyncio.timeout(PATIENCE_S):
        while not desk.hung:  # noqa: ASYNC110  (a desk has no event for it)
            await asyncio.sleep(0.01)
    office.database.plan("at begin")
    paying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await paying
    assert await states(office) == {"open": 1}


async def test_a_ticket_whose_confirmation_was_lost_is_found_again(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk(creates_and_fails=1)
    await pay_all(office, office.worker(desk))
    assert len(desk.made) == 1
    assert desk.finds == 1
    (debt,) = await debts(office.database)
    assert (debt.state, debt.ticket_number, debt.attempts) == ("ticketed", "F0001", 1)


async def test_a_process_that_dies_before_it_notes_the_ticket_makes_no_second(
    office: Office,
) -> None:
    await office.answer(1)
    desk = FakeDesk()

    with pytest.raises(KilledError):
        await office.worker(DeadlyDesk(alive=desk)).pay_due("builtin")
    assert len(desk.made) == 1
    (debt,) = await debts(office.database)
    assert (debt.state, debt.attempts) == ("open", 0)
    after = office.worker(desk)
    assert await after.pay_due("builtin") == 0  # it may be alive yet
    office.clock.advance(module.CLAIM_S)
    assert await after.pay_due("builtin") == 1
    assert (len(desk.made), desk.finds) == (1, 1)
    assert await states(office) == {"ticketed": 1}


async def test_a_database_away_after_the_ticket_was_made_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAULT_PAUSE_S", 0.001)
    await office.answer(1, 2)
    desk = FakeDesk()
    # The claim, then the first ticket, then the second.
    office.database.plan("well", "at begin", "before commit", "after commit", "well", "at begin")
    await office.worker(desk).pay_due("builtin")
    assert len(desk.made) == 2
    assert await states(office) == {"ticketed": 2}


async def test_two_instances_pay_each_debt_once(office: Office) -> None:
    await office.answer(*range(1, 61))
    desk = FakeDesk()
    workers = [office.worker(desk) for _ in range(3)]
    found = await asyncio.gather(*(worker.pay_due("builtin") for worker in workers))
    assert sum(found) == 60
    assert len({draft.key for draft in desk.made}) == len(desk.made) == 60
    assert desk.finds == 0
    assert await states(office) == {"ticketed": 60}


async def test_debts_are_paid_the_untried_first_and_the_oldest_of_them_before(
    office: Office,
) -> None:
    desk = FakeDesk(down=True)
    worker = office.worker(desk)
    await office.answer(9)
    await worker.pay_due("builtin")
    desk.down = False
    office.clock.advance(300)
    await office.answer(3, 1, 2)
    await worker.pay_due("builtin")
    keys = [draft.key for draft in desk.made]
    assert set(keys[:3]) == {started(number).id for number in (1, 2, 3)}
    assert keys[3] == started(9).id


@one_engine
async def test_a_debt_that_always_fails_holds_up_no_other(office: Office) -> None:
    await office.answer(*range(1, 8))

    class Choosy(FakeDesk):
        async def create(self, draft: Draft) -> TicketRef:
            if draft.key == started(3).id:
                raise KeyError(draft.title)
            return await super().create(draft)

    desk = Choosy()
    await office.worker(desk).pay_due("builtin")
    assert await states(office) == {"ticketed": 6, "open": 1}
    (stuck,) = (debt for debt in await debts(office.database) if debt.state == "open")
    assert (stuck.attempts, stuck.last_error) == (1, "KeyError; the log says more")


@one_engine
async def test_a_desk_that_hangs_is_given_up_and_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DESK_TIMEOUT_S", 0.05)
    await office.answer(1, 2)
    desk = FakeDesk(hangs_on={started(1).id})
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    assert await states(office) == {"open": 1, "ticketed": 1}
    errors = {debt.last_error for debt in await debts(office.database)}
    assert errors == {None, "no answer from the desk within 0 s"}
    desk.hangs_on.clear()
    await pay_all(office, worker)
    assert len(desk.made) == 2


@one_engine
async def test_a_desk_so_slow_that_its_claim_runs_out_leaves_the_rest(office: Office) -> None:
    await office.answer(*range(1, 6))

    class Slow(FakeDesk):
        async def create(self, draft: Draft) -> TicketRef:
            office.clock.advance(module.DESK_TIMEOUT_S)
            return await super().create(draft)

    desk = Slow()
    worker = office.worker(desk)
    assert [await worker.pay_due("builtin") for _ in range(4)] == [5, 3, 1, 0]
    assert len({draft.key for draft in desk.made}) == len(desk.made) == 5


@one_engine
async def test_a_call_that_was_removed_by_hand_holds_up_no_other(
    office: Office, database_url: str
) -> None:
    """SQLite's own command line heeds no foreign keys: the debt stays, without its call."""
    await office.answer(1, 2)
    with contextlib.closing(sqlite3.connect(str(make_url(database_url).database))) as raw, raw:
        raw.execute("DELETE FROM calls WHERE id = ?", (started(1).id,))
    desk = FakeDesk()
    async with running(office.worker(desk)):
        await paid(office, 1)
    assert [draft.key for draft in desk.made] == [started(2).id]
    async with office.database.reading() as connection:
        assert await claims.next_due_at(connection, "builtin") is None
        assert await standing.get(connection, started(1).id) is None
        found = await standing.page(connection, Show.OPEN, agent_id=None, after=None, limit=9)
        assert found.standings == []
        assert (await standing.counts(connection, agent_id=None))[Show.OPEN] == 0


async def test_a_debt_that_was_removed_on_the_way_holds_up_no_other(office: Office) -> None:
    await office.answer(1, 2)

    class Removing(FakeDesk):
        async def create(self, draft: Draft) -> TicketRef:
            if not self.made:
                debt = delete(obligations).where(obligations.c.call_id == draft.key)
                async with office.database.transaction() as connection:
                    await connection.execute(debt)
            return await super().create(draft)

    desk = Removing()
    async with asyncio.timeout(PATIENCE_S):
        await office.worker(desk).pay_due("builtin")
    assert len(desk.made) == 2
    assert await states(office) == {"ticketed": 1}


@one_engine
async def test_one_desk_is_not_held_up_by_another(office: Office) -> None:
    await office.answer(*range(1, 6), line="other")
    await office.answer(*range(6, 11))
    stuck = FakeDesk("other", hangs_on={started(number).id for number in range(1, 6)})
    desk = FakeDesk()
    async with running(office.worker(stuck, desk)):
        await paid(office, 5)
    assert len(desk.made) == 5
    assert stuck.made == []


@one_engine
async def test_a_debt_to_a_desk_that_is_gone_says_so_and_is_paid_once_it_is_back(
    office: Office,
) -> None:
    await office.answer(1, line="nowhere")
    await office.answer(2)
    async with running(office.worker(FakeDesk())):
        await paid(office, 1)
        await office.counts.failed.wait()
    owed = next(debt for debt in await debts(office.database) if debt.state == "open")
    assert owed.last_error == "no desk is called 'nowhere': add it to the configuration again"
    assert office.counts.failures == ["nowhere"]
    again = FakeDesk("nowhere")
    async with running(office.worker(again)):
        await paid(office, 2)
    assert len(again.made) == 1


async def test_200_at_once_are_paid_while_more_come(office: Office) -> None:
    await office.answer(*range(1, 151))
    desk = FakeDesk()
    worker = office.worker(desk)
    async with running(worker):
        await office.answer(*range(151, 201))
        worker.wake()
        await paid(office, 200)
    assert len({draft.key for draft in desk.made}) == len(desk.made) == 200


@one_engine
async def test_a_wake_up_is_heard_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_S", 3600)
    worker = office.worker(FakeDesk())
    async with running(worker):
        for number in range(1, 6):
            await asyncio.sleep(0.02)
            await office.answer(number)
            worker.wake()
            await paid(office, number)


@one_engine
async def test_a_debt_of_another_process_is_found_by_looking(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_S", 0.05)
    async with running(office.worker(FakeDesk())):
        await asyncio.sleep(0.05)
        await office.answer(1)
        await paid(office, 1)


async def test_a_database_that_goes_away_is_waited_for(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAULT_PAUSE_S", 0.001)
    monkeypatch.setattr(module, "POLL_S", 0.02)
    await office.answer(*range(1, 31))
    desk = FakeDesk()
    kinds: list[Any] = ["at begin", "before commit", "after commit", "well", "well"]
    office.database.plan(*kinds * 10)
    async with running(office.worker(desk)):
        async with asyncio.timeout(PATIENCE_S):
            while (await states(office))["ticketed"] < 30:
                office.clock.advance(10)
                await asyncio.sleep(0.01)
    assert len({draft.key for draft in desk.made}) == len(desk.made) == 30


@one_engine
async def test_an_answer_the_clock_of_which_is_ahead_has_no_negative_delay(office: Office) -> None:
    office.clock.now = second(-100)
    await office.answer(1)
    await office.worker(FakeDesk()).pay_due("builtin")
    assert office.counts.tickets == [("builtin", 0.0)]
