"""A desk that cannot be asked for a call's ticket is not asked for a second one by itself."""

import pytest

from callcenter.db import claims
from callcenter.desks import worker as module
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TicketRef,
)
from callcenter.desks.worker import TicketWorker
from tests.calls.database import debts
from tests.calls.facts import second, started
from tests.desks.conftest import FakeDesk, KilledError, Office
from tests.desks.test_worker import one_engine, states


class Unsearchable(FakeDesk):
    def __init__(self) -> None:
        super().__init__(searchable=False)

    async def find(self, key: str) -> TicketRef | None:
        self.finds += 1
        raise RejectedError("look there")


async def try_again(office: Office, worker: TicketWorker) -> None:
    for _ in range(5):
        office.clock.advance(86_400)
        await worker.pay_due("builtin")


async def retry(office: Office, *call_ids: str) -> None:
    async with office.database.transaction() as connection:
        await claims.retry(connection, call_ids or None, actor="sam", now=second(60))


async def test_what_it_left_in_doubt_waits_for_somebody_to_look(office: Office) -> None:
    await office.answer(1, 2)
    desk = Unsearchable()
    desk.creates_and_fails = 1
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    assert await states(office) == {"open": 1, "ticketed": 1}
    await try_again(office, worker)
    await retry(office)  # all that is stuck: nobody has looked
    await try_again(office, office.worker(desk))
    assert len(desk.made) == 2
    (debt,) = (debt for debt in await debts(office.database) if debt.state == "open")
    assert (debt.last_error, debt.next_attempt_at) == ("look there", None)
    assert debt.stuck_at is not None


class Recognising(Unsearchable):
    """Which knows the call again."""

    recognises = True

    async def create(self, draft: Draft) -> TicketRef:
        places = [place for place, one in enumerate(self.made, 1) if one.key == draft.key]
        return self._ref(places[0]) if places else await super().create(draft)


async def test_one_that_knows_the_call_again_is_asked_again(office: Office) -> None:
    await office.answer(1, 2)
    desk = Recognising()
    desk.creates_and_fails = 1
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    assert await states(office) == {"open": 1, "ticketed": 1}
    await try_again(office, office.worker(desk))
    assert await states(office) == {"ticketed": 2}
    assert (len(desk.made), desk.finds) == (2, 0)


async def test_who_names_the_call_has_looked(office: Office) -> None:
    await office.answer(1)
    desk = Unsearchable()
    worker = office.worker(desk)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "create", lost)
        await worker.pay_due("builtin")
    await try_again(office, worker)
    assert desk.made == []
    await retry(office, started(1).id)
    await worker.pay_due("builtin")
    assert [draft.key for draft in desk.made] == [started(1).id]
    assert await states(office) == {"ticketed": 1}


async def test_who_names_a_call_before_anybody_was_told_to_look_has_not(office: Office) -> None:
    await office.answer(1)
    desk = Unsearchable()
    desk.creates_and_fails = 1
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    await retry(office, started(1).id)  # all that it said is that the connection broke
    await try_again(office, worker)
    assert len(desk.made) == 1
    (debt,) = await debts(office.database)
    assert debt.last_error == "look there"


async def lost(_draft: object) -> TicketRef:
    raise DeskError("the request was lost on the way")


@pytest.mark.parametrize("error", [NotSentError, RateLimitedError])
async def test_what_it_certainly_did_not_take_is_tried_again(
    office: Office, error: type[DeskError]
) -> None:
    await office.answer(1, 2)
    desk = Unsearchable()
    desk.refuses = error("not now")
    worker = office.worker(desk)
    await try_again(office, worker)
    assert await states(office) == {"open": 2}
    desk.refuses = None
    await try_again(office, worker)
    assert (len(desk.made), desk.finds) == (2, 0)
    assert await states(office) == {"ticketed": 2}


async def test_its_late_answer_is_believed_for_nobody_else_can_find_the_ticket(
    office: Office,
) -> None:
    """As after an outage of the database between the desk's answer and its being noted."""
    await office.answer(1)
    desk = Unsearchable()

    class Late(Unsearchable):
        async def create(self, draft: Draft) -> TicketRef:
            made = await desk.create(draft)
            office.clock.advance(module.CLAIM_S)
            await office.worker(desk).pay_due("builtin")
            return made

    await office.worker(Late()).pay_due("builtin")
    assert (len(desk.made), desk.finds) == (1, 1)
    (debt,) = await debts(office.database)
    assert (debt.state, debt.stuck_at) == ("ticketed", None)


@one_engine
async def test_what_it_refused_is_tried_again_without_a_look(office: Office) -> None:
    await office.answer(1)
    desk = Unsearchable()
    desk.refuses = DeniedError("no such account")
    worker = office.worker(desk)
    await worker.pay_due("builtin")
    desk.refuses = None
    await retry(office)
    await worker.pay_due("builtin")
    assert (len(desk.made), desk.finds) == (1, 0)


@one_engine
async def test_a_process_that_dies_leaves_only_what_it_was_asking_in_doubt(office: Office) -> None:
    await office.answer(1, 2, 3)
    desk = Unsearchable()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "create", killed)
        with pytest.raises(KilledError):
            await office.worker(desk).pay_due("builtin")
    office.clock.advance(module.CLAIM_S)
    await office.worker(desk).pay_due("builtin")
    assert (len(desk.made), desk.finds) == (2, 1)
    assert await states(office) == {"open": 1, "ticketed": 2}


async def killed(_draft: object) -> TicketRef:
    raise KilledError
