"""What becomes of a desk's tickets is followed, and what agents say is written into them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from callcenter.core.part import Part
from callcenter.db import (
    desk_events,
    desk_writes,
    wrap_ups,
)
from callcenter.db.schema import calls
from callcenter.db.wrap_ups import Draft
from callcenter.desks.desk import (
    Changed,
    DeskError,
    GoneError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TicketState,
)
from callcenter.desks.filing import Filing
from callcenter.desks.follower import OVERLAP, UNKNOWN_FOR_S
from callcenter.desks.scribe import STILL_ON_S
from tests.calls.facts import second, started
from tests.desks.conftest import Office
from tests.desks.followed import PRINTER, Followed, follow

UNFILED = {"priority": None, "category": None}


@pytest.fixture
async def followed(office: Office) -> Followed:
    return await follow(office)


async def test_a_ticket_that_is_closed_there_qualifies_what_it_paid(followed: Followed) -> None:
    followed.desk.has("F0001", TicketState.CLOSED)
    await followed.hear("F0001")
    await followed.turn()
    assert await followed.states() == [("qualified", "F0001"), ("ticketed", "F0002")]
    assert followed.commits == 1


async def test_one_that_only_changed_changes_nothing(followed: Followed) -> None:
    followed.desk.has("F0001", TicketState.PENDING)
    await followed.hear("F0001", "F0002")
    await followed.turn()
    assert await followed.states() == [("ticketed", "F0001"), ("ticketed", "F0002")]
    assert followed.commits == 0


async def test_one_that_is_gone_is_owed_again(followed: Followed) -> None:
    del followed.desk.tickets["F0001"]
    await followed.hear("F0001")
    await followed.turn()
    assert await followed.states() == [("open", None), ("ticketed", "F0002")]
    assert followed.owed == 1


async def test_one_that_was_merged_is_followed_and_closed_with_the_other(
    followed: Followed,
) -> None:
    followed.desk.has("F0001", under="F0002")
    await followed.hear("F0001")
    await followed.turn()
    assert await followed.states() == [("ticketed", "F0002"), ("ticketed", "F0002")]
    followed.desk.has("F0002", TicketState.CLOSED)
    await followed.hear("F0002", id_="2")
    await followed.turn()
    assert await followed.states() == [("qualified", "F0002"), ("qualified", "F0002")]


async def test_what_is_heard_twice_is_kept_and_looked_at_once(followed: Followed) -> None:
    assert await followed.hear("F0001", "F0002") == 2
    assert await followed.hear("F0002") == 0
    await followed.turn()
    assert await followed.hear("F0001") == 0
    await followed.turn()
    assert followed.desk.gets == 2


async def test_many_events_of_one_ticket_are_one_look(followed: Followed) -> None:
    for id_ in range(10):
        await followed.hear("F0001", id_=str(id_))
    await followed.turn()
    assert followed.desk.gets == 1


async def test_what_is_exempt_stays_so(followed: Followed) -> None:
    await followed.exempt(1)
    followed.desk.has("F0001", TicketState.CLOSED)
    await followed.hear("F0001")
    await followed.turn()
    assert (await followed.states())[0] == ("exempt", "F0001")


async def test_a_desk_that_is_away_is_asked_again(followed: Followed) -> None:
    followed.desk.has("F0001", TicketState.CLOSED)
    followed.desk.fails = [DeskError("away"), DeskError("away")]  # the poll, then the look
    await followed.hear("F0001")
    await followed.turn()
    await followed.turn()
    assert (await followed.states())[0] == ("ticketed", "F0001")
    followed.later(60)
    await followed.turn()
    assert (await followed.states())[0] == ("qualified", "F0001")


async def test_a_desk_that_wants_to_be_left_alone_is(followed: Followed) -> None:
    followed.desk.fails = [RateLimitedError("slow down", 50)]
    await followed.turn()
    followed.later(49)
    await followed.turn()
    assert followed.desk.polls == []
    followed.later(60)
    await followed.turn()
    assert len(followed.desk.polls) == 1


async def test_a_ticket_of_somebody_else_is_not_read(followed: Followed) -> None:
    await followed.hear("F0099")
    await followed.turn()
    followed.later(UNKNOWN_FOR_S)
    await followed.turn()
    assert followed.desk.gets == 0


async def test_a_ticket_that_changed_before_it_was_noted_is_looked_at_later(
    followed: Followed,
) -> None:
    await followed.hear("F0003")
    await followed.turn()
    await followed.office.answer(3, by="zoe")
    await followed.office.worker(followed.desk).pay_due("builtin")
    followed.desk.has("F0003", TicketState.CLOSED)
    followed.later(UNKNOWN_FOR_S)
    await followed.turn()
    assert (await followed.states())[2] == ("qualified", "F0003")


async def test_what_no_webhook_told_is_found_by_asking(followed: Followed) -> None:
    followed.desk.has("F0001", TicketState.CLOSED)
    followed.desk.changes = [Changed("F0001", followed.office.clock.now)]
    await followed.turn()
    assert (await followed.states())[0] == ("qualified", "F0001")


async def test_the_changes_are_asked_for_page_by_page_and_from_where_it_was(
    followed: Followed,
) -> None:
    began = followed.office.clock.now
    times = [began + timedelta(seconds=second) for second in range(8)]
    followed.desk.changes = [Changed(f"F{n:04}", at) for n, at in enumerate(times, 1)]
    await followed.turn()
    assert followed.desk.polls[1:] == [times[2], times[4], times[6], times[7]]
    followed.later(60)
    await followed.turn()
    assert followed.desk.polls[5] == times[7] - OVERLAP


async def test_a_poll_that_was_cut_off_goes_on_where_it_was(followed: Followed) -> None:
    began = followed.office.clock.now
    times = [began + timedelta(seconds=second) for second in range(8)]
    followed.desk.changes = [Changed(f"F{n:04}", at) for n, at in enumerate(times, 1)]
    followed.office.database.plan("well", "before commit")
    with pytest.raises(OperationalError, match="the server is gone"):
        await followed.turn()
    followed.later(60)
    await followed.turn()
    assert followed.desk.polls[2] == times[2] - OVERLAP
    assert followed.desk.polls[-1] == times[7]


async def test_what_the_agent_says_is_written_into_the_ticket(followed: Followed) -> None:
    await followed.say(1)
    await followed.turn()
    ((number, text, marker),) = followed.desk.notes
    assert (number, text) == ("F0001", "Third floor\n\nNew drum")
    assert started(1).id in marker
    said = {"title": "Printer prints blank pages", "state": None, "resolution": None, **UNFILED}
    assert followed.desk.updates == [("F0001", said)]
    assert await followed.left_to_say() == {}
    assert (await followed.states())[0] == ("qualified", "F0001")


async def test_what_the_agent_chose_is_written_in_the_desks_words(followed: Followed) -> None:
    followed.desk.filing = Filing({"high": "P1"}, {"Hardware > Printer": "Drucker"})
    chosen = await followed.categories("Hardware", "Printer")
    await followed.say(1, replace(PRINTER, **chosen, priority="high"))
    await followed.say(2, replace(PRINTER, category_id=chosen["category_id"], priority="low"))
    await followed.turn()
    filed = [{name: said[name] for name in UNFILED} for _, said in followed.desk.updates]
    assert filed == [{"priority": "P1", "category": "Drucker"}, UNFILED]
    told = [text.removeprefix("Third floor\n\nNew drum") for _, text, _ in followed.desk.notes]
    assert told == ["", "\n\nCategory: Hardware\nPriority: low"]


async def test_a_call_that_was_solved_closes_its_ticket(followed: Followed) -> None:
    await followed.say(1, Draft(title="Password reset", solved_on_call=True))
    await followed.turn()
    assert followed.desk.notes == []
    said = {
        "title": "Password reset",
        "state": TicketState.CLOSED,
        "resolution": "Password reset",
        **UNFILED,
    }
    assert followed.desk.updates == [("F0001", said)]


async def test_what_is_said_before_there_is_a_ticket_waits_for_it(followed: Followed) -> None:
    await followed.office.answer(3, by="zoe")
    await followed.say(3)
    await followed.turn()
    assert followed.desk.updates == []
    await followed.office.worker(followed.desk).pay_due("builtin")
    await followed.turn()
    assert [number for number, _ in followed.desk.updates] == ["F0003"]
    assert (await followed.states())[2] == ("qualified", "F0003")


async def test_a_note_whose_answer_was_lost_is_not_written_twice(followed: Followed) -> None:
    followed.desk.loses_answers = 1
    await followed.say(1)
    await followed.turn()
    assert await followed.left_to_say() == {started(1).id: "the connection broke while it answered"}
    followed.later(60)
    await followed.turn()
    assert len(followed.desk.notes) == 1
    assert len(followed.desk.updates) == 1
    assert await followed.left_to_say() == {}


async def test_a_process_that_dies_after_the_note_writes_no_second(followed: Followed) -> None:
    await followed.say(1)
    followed.office.database.plan("well", "before commit")
    with pytest.raises(OperationalError, match="the server is gone"):
        await followed.turn()
    await followed.turn()
    assert len(followed.desk.notes) == 1
    assert len(followed.desk.updates) == 2
    assert await followed.left_to_say() == {}


async def test_who_took_part_is_booked_with_the_wrap_up(followed: Followed) -> None:
    followed.desk.keeps_time = True
    followed.later(80)
    await followed.say(1)
    await followed.turn()
    part = Part("zoe", second(4), second(85))
    assert followed.desk.booked == [("F0001", [part], f"[call {started(1).id}]")]
    assert await followed.left_to_say() == {}


async def test_nobodys_time_is_booked_where_that_is_not_wanted(followed: Followed) -> None:
    await followed.say(1)
    await followed.turn()
    assert followed.desk.booked == []


async def test_who_takes_part_in_a_call_that_is_on_is_booked_once_it_is_over(
    followed: Followed,
) -> None:
    followed.desk.keeps_time = True
    await set_ended_at(followed, None)
    await followed.say(1)
    await followed.turn()
    assert followed.desk.booked == []
    assert await followed.left_to_say() == {started(1).id: None}
    await set_ended_at(followed, second(64))
    followed.later(STILL_ON_S)
    await followed.turn()
    assert len(followed.desk.booked) == len(followed.desk.notes) == 1
    assert await followed.left_to_say() == {}


async def set_ended_at(followed: Followed, at: datetime | None) -> None:
    async with followed.office.database.transaction() as connection:
        await connection.execute(
            update(calls).where(calls.c.id == started(1).id).values(ended_at=at)
        )


@pytest.mark.parametrize("error", [NotSentError("not reached"), DeskError("500")])
async def test_what_could_not_be_written_is_written_later(
    followed: Followed, error: DeskError
) -> None:
    await followed.turn()
    await followed.say(1)
    followed.desk.fails = [error]
    await followed.turn()
    assert list((await followed.left_to_say()).values()) == [str(error)]
    followed.later(59)
    await followed.turn()
    assert await followed.left_to_say() == {}


@pytest.mark.parametrize("error", [RejectedError("no such state"), GoneError("no such ticket")])
async def test_what_is_refused_is_tried_again_at_the_next_start(
    followed: Followed, error: DeskError
) -> None:
    await followed.turn()
    await followed.say(1, Draft(title="Password reset"))
    followed.desk.fails = [error]
    await followed.turn()
    followed.later(50)
    await followed.turn()
    assert list((await followed.left_to_say()).values()) == [str(error)]
    async with followed.office.database.transaction() as connection:
        await desk_writes.unstick(connection, "builtin", now=followed.office.clock.now)
    await followed.turn()
    assert await followed.left_to_say() == {}


async def test_what_was_typed_here_before_it_was_closed_there_becomes_a_note(
    followed: Followed,
) -> None:
    async with followed.office.database.transaction() as connection:
        await wrap_ups.save(
            connection,
            started(1).id,
            PRINTER,
            version=0,
            agent_id=followed.zoe.id,
            now=followed.office.clock.now,
        )
    followed.desk.has("F0001", TicketState.CLOSED)
    await followed.hear("F0001")
    await followed.turn()
    ((number, text, _),) = followed.desk.notes
    assert (number, text) == ("F0001", PRINTER.text)
    assert followed.desk.updates == []


async def test_what_was_looked_at_is_forgotten_after_a_while(followed: Followed) -> None:
    await followed.hear("F0001")
    await followed.turn()
    await followed.hear("F0099")
    async with followed.office.database.transaction() as connection:
        later = followed.office.clock.now + timedelta(days=1)
        assert await desk_events.prune(connection, later) == 1


async def test_a_clock_that_is_set_back_puts_off_neither_a_look_nor_a_note(
    followed: Followed,
) -> None:
    await followed.turn()
    await followed.say(1)
    followed.desk.fails = [NotSentError("not reached")] * 2
    await followed.hear("F0002")
    await followed.turn()
    assert list((await followed.left_to_say()).values()) == ["not reached"]
    followed.office.clock.set_back(3600)
    assert followed.desk.fails == []
    followed.desk.has("F0002", TicketState.CLOSED)
    await followed.turn()
    assert await followed.left_to_say() == {}
    assert ("qualified", "F0002") in await followed.states()
