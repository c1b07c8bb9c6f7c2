"""A call that needs no ticket, whose ticket another desk has: it is completed there, and opened
again when somebody takes that back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from callcenter.core.obligation import ExemptReason
from callcenter.db import desk_writes
from callcenter.db.exemptions import SUMMARIES
from callcenter.desks.desk import (
    Changed,
    DeskError,
    DeskTicket,
    Draft,
    GoneError,
    TicketRef,
    TicketState,
)
from tests.calls.facts import started
from tests.desks.conftest import FakeDesk, Office
from tests.desks.followed import PRINTER, Followed, follow

REASON = SUMMARIES[ExemptReason.TEST]
COMPLETED = {"state": TicketState.CLOSED, "resolution": REASON}
OPENED = {"state": TicketState.OPEN}


@dataclass
class Unwritten(FakeDesk):
    """A desk that can be read and no more."""

    tickets: dict[str, DeskTicket] = field(default_factory=dict)

    async def get(self, number: str) -> DeskTicket | None:
        return self.tickets.get(number)

    async def changed(self, since: datetime) -> Sequence[Changed]:
        return []


@pytest.fixture
async def followed(office: Office) -> Followed:
    return await follow(office)


async def test_its_ticket_is_completed_with_the_reason(followed: Followed) -> None:
    await followed.exempt(1)
    await followed.turn()
    assert followed.desk.updates == [("F0001", COMPLETED)]
    assert followed.desk.notes == [("F0001", REASON, f"[exempt {started(1).id}]")]
    assert await followed.left_to_say() == {}


async def test_it_is_opened_again_when_that_was_an_error(followed: Followed) -> None:
    await followed.exempt(1)
    await followed.turn()
    await followed.reverse(1)
    await followed.hear("F0001")  # that we closed it is news, and older than that we open it
    await followed.turn()
    assert followed.desk.updates == [("F0001", COMPLETED), ("F0001", OPENED)]
    assert await followed.states() == [("ticketed", "F0001"), ("ticketed", "F0002")]
    assert await followed.left_to_say() == {}


async def test_what_is_reversed_before_it_was_said_is_not_said(followed: Followed) -> None:
    await followed.exempt(1)
    await followed.reverse(1)
    await followed.turn()
    assert followed.desk.updates == followed.desk.notes == []
    assert await followed.left_to_say() == {}


async def test_one_that_somebody_closed_there_stays_as_it_is(followed: Followed) -> None:
    followed.desk.has("F0001", TicketState.CLOSED)
    await followed.exempt(1)
    await followed.turn()
    await followed.reverse(1)
    await followed.turn()
    assert followed.desk.updates == followed.desk.notes == []


async def test_one_that_another_call_is_about_stays_open(followed: Followed) -> None:
    followed.desk.has("F0002", under="F0001")
    await followed.hear("F0002")
    await followed.turn()
    await followed.exempt(1)
    await followed.turn()
    assert followed.desk.updates == []
    assert await followed.states() == [("exempt", "F0001"), ("ticketed", "F0001")]


async def test_one_that_is_gone_is_left_alone(followed: Followed) -> None:
    del followed.desk.tickets["F0001"]
    await followed.exempt(1)
    await followed.turn()
    assert followed.desk.updates == []
    assert await followed.left_to_say() == {}


async def test_what_is_to_wait_waits_there_too(followed: Followed) -> None:
    await followed.say(1, replace(PRINTER, status="waiting"))
    await followed.say(2, replace(PRINTER, status="in_progress"))
    await followed.turn()
    states = [said["state"] for _, said in followed.desk.updates]
    assert states == [TicketState.PENDING, None]


async def test_a_desk_that_cannot_be_written_to_closes_its_tickets_all_the_same(
    followed: Followed,
) -> None:
    desk = Unwritten()
    desk.made, desk.tickets = followed.desk.made, followed.desk.tickets
    follower = followed.office.follower(desk)
    await followed.exempt(1)
    await followed.reverse(1)
    followed.desk.has("F0001", TicketState.CLOSED)
    await followed.hear("F0001")
    while await follower.turn(followed.office.database):
        pass
    assert (await followed.states())[0] == ("qualified", "F0001")


async def test_what_was_said_of_the_call_comes_back_with_it_and_once(followed: Followed) -> None:
    await followed.say(1)
    await followed.turn()
    await followed.exempt(1)
    await followed.turn()
    await followed.reverse(1)
    await followed.turn()
    states = [said["state"] for _, said in followed.desk.updates]
    assert states == [None, TicketState.CLOSED, TicketState.OPEN, None]
    assert [marker for _, _, marker in followed.desk.notes] == [
        f"[call {started(1).id}]",
        f"[exempt {started(1).id}]",
    ]
    assert (await followed.states())[0] == ("qualified", "F0001")


async def test_what_was_solved_on_the_call_stays_closed(followed: Followed) -> None:
    await followed.say(1, replace(PRINTER, solved_on_call=True))
    await followed.turn()
    await followed.exempt(1)
    await followed.reverse(1)
    await followed.turn()
    assert followed.desk.tickets["F0001"].state is TicketState.CLOSED
    assert len(followed.desk.notes) == 1


@pytest.mark.parametrize("error", [DeskError("500"), GoneError("404")])
async def test_a_desk_that_fails_is_told_again(followed: Followed, error: DeskError) -> None:
    await followed.turn()
    await followed.exempt(1)
    followed.desk.fails = [error]
    await followed.turn()
    assert await followed.left_to_say() == {started(1).id: str(error)}
    async with followed.office.database.transaction() as connection:
        now = followed.office.clock.now
        await desk_writes.retry(connection, started(1).id, now=now)
    await followed.turn()
    assert followed.desk.updates == [("F0001", COMPLETED)]


async def test_a_ticket_that_was_made_for_an_exempt_call_is_completed(followed: Followed) -> None:
    await followed.office.answer(3, by="zoe")
    worker = followed.office.worker(followed.desk)
    made = followed.desk.create

    async def create(wanted: Draft) -> TicketRef:
        await followed.exempt(3)  # while the desk makes it
        return await made(wanted)

    followed.desk.create = create  # type: ignore[method-assign]
    await worker.pay_due("builtin")
    followed.desk.has("F0003")
    await followed.turn()
    assert followed.desk.updates == [("F0003", COMPLETED)]
