"""What a desk's refusal means for the debt: wait, wait as long as it says, or ask somebody."""

from datetime import timedelta

import pytest

from callcenter.db import claims, trail
from callcenter.desks import worker as module
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    GoneError,
    NotSentError,
    RateLimitedError,
    RejectedError,
)
from tests.calls.database import debts
from tests.calls.facts import second, started
from tests.desks.conftest import FakeDesk, Office
from tests.desks.test_worker import one_engine, paid, running, states

WORDS = "companyID: this company has no open contract"


async def waits_s(office: Office) -> list[float]:
    found = [debt.next_attempt_at for debt in await debts(office.database)]
    return [(at - office.clock.now).total_seconds() for at in found]


@pytest.mark.parametrize("error", [RejectedError, DeniedError, GoneError])
async def test_what_is_refused_for_good_is_stuck_with_the_desks_own_words(
    office: Office, error: type[DeskError]
) -> None:
    await office.answer(1)
    desk = FakeDesk(refuses=error(WORDS))
    worker = office.worker(desk)
    assert await worker.pay_due("builtin") == 1
    desk.refuses = None
    office.clock.advance(86_400)
    assert await worker.pay_due("builtin") == 0
    (debt,) = await debts(office.database)
    assert (debt.state, debt.attempts, debt.last_error) == ("open", 1, WORDS)
    assert (debt.stuck_at, debt.next_attempt_at, debt.claimed_by) == (second(5), None, None)
    assert office.counts.failures == ["builtin"]
    async with office.database.reading() as connection:
        assert await claims.next_due_at(connection, "builtin") is None


async def test_what_is_stuck_is_tried_again_when_somebody_says_so(office: Office) -> None:
    await office.answer(1, 2)
    desk = FakeDesk(refuses=RejectedError(WORDS))
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    desk.refuses = None
    async with office.database.transaction() as connection:
        one = [started(1).id, "no such call"]
        retried = await claims.retry(connection, one, actor="sam", now=second(60))
        assert retried == [started(1).id]
        (entry,) = await trail.of_call(connection, started(1).id)
    assert (entry.actor, entry.action, entry.at) == ("sam", "obligation.retried", second(60))
    assert await worker.pay_due("builtin") == 1
    async with office.database.transaction() as connection:
        retried = await claims.retry(connection, None, actor="sam", now=second(61))
        assert retried == [started(2).id]
    assert await worker.pay_due("builtin") == 1
    assert await states(office) == {"ticketed": 2}
    assert desk.finds == 2


@one_engine
async def test_what_waits_is_tried_at_once_too_but_not_what_is_being_tried(office: Office) -> None:
    await office.answer(1, 2)
    desk = FakeDesk(down=True)
    await office.worker(desk).pay_due("builtin")
    async with office.database.transaction() as connection:
        now = office.clock.now + timedelta(seconds=300)
        await claims.claim(connection, "builtin", holder="one", now=now, until=now, limit=1)
        both = [started(1).id, started(2).id]
        assert len(await claims.retry(connection, both, actor="sam", now=now)) == 1
        assert await claims.retry(connection, None, actor="sam", now=now) == []


@one_engine
async def test_what_is_stuck_is_tried_once_more_when_the_service_starts(office: Office) -> None:
    await office.answer(1)
    desk = FakeDesk(refuses=RejectedError(WORDS))
    await office.worker(desk).pay_due("builtin")
    async with running(office.worker(desk)):
        await office.counts.failed_times(2)
    (debt,) = await debts(office.database)
    assert (debt.attempts, debt.last_error) == (2, WORDS)
    assert debt.stuck_at is not None
    desk.refuses = None
    async with running(office.worker(desk)):
        await paid(office, 1)


@pytest.mark.parametrize(("after_s", "at_least_s"), [(90.0, 90.0), (None, 0.5), (1e9, 3600.0)])
async def test_a_desk_that_wants_to_be_asked_later_is(
    sqlite_office: Office, after_s: float | None, at_least_s: float
) -> None:
    await sqlite_office.answer(1, 2, 3)
    desk = FakeDesk(refuses=RateLimitedError("too many requests", after_s))
    await sqlite_office.worker(desk).pay_due("builtin")
    assert desk.asked == 1  # for none of the others either
    assert all(at_least_s <= wait <= at_least_s + 1 for wait in await waits_s(sqlite_office))
    assert [debt.attempts for debt in await debts(sqlite_office.database)] == [1, 0, 0]


async def test_a_desk_that_wants_to_be_asked_later_is_asked_once_for_all_that_wait(
    office: Office,
) -> None:
    await office.answer(*range(1, 2 * module.BATCH + 6))
    desk = FakeDesk(refuses=RateLimitedError("too many requests", 90.0))
    worker = office.worker(desk)
    while await worker.pay_due("builtin") == module.BATCH:
        pass
    assert desk.asked == 1
    assert all(90 <= wait <= 91 for wait in await waits_s(office))
    async with office.database.transaction() as connection:
        await claims.retry(connection, [started(9).id], actor="sam", now=office.clock.now)
    assert await worker.pay_due("builtin") == 1  # somebody knows better
    office.clock.set_back(3600)
    assert await worker.pay_due("builtin") == module.BATCH


@pytest.mark.parametrize(
    ("error", "at_least_s"),
    [(DeskError("500"), 30.0), (NotSentError("no route"), 0.0), (KeyError("ours"), 30.0)],
)
async def test_a_desk_is_given_the_time_to_finish_what_was_cut_off(
    sqlite_office: Office, error: Exception, at_least_s: float
) -> None:
    await sqlite_office.answer(1)
    desk = FakeDesk(refuses=error, settles_s=30.0)
    await sqlite_office.worker(desk).pay_due("builtin")
    (wait,) = await waits_s(sqlite_office)
    assert at_least_s <= wait <= at_least_s + 1


@one_engine
async def test_a_desk_that_never_answers_is_given_that_time_too(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DESK_TIMEOUT_S", 0.05)
    await office.answer(1)
    desk = FakeDesk(hangs_on={started(1).id}, settles_s=30.0)
    await office.worker(desk).pay_due("builtin")
    (wait,) = await waits_s(office)
    assert 30 <= wait <= 31
