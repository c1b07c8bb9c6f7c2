"""Missed calls become one to-do a caller, which is closed when that caller is reached."""

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import insert, select

from callcenter.calls.recorder import Recorder
from callcenter.core.facts import CallChanged
from callcenter.db import missed
from callcenter.db.engine import Database
from callcenter.db.schema import callbacks, outgoing_calls
from callcenter.directory.importer import import_csv
from tests.calls.database import FlakyDatabase, entries
from tests.calls.facts import abandoned, second, started, story
from webhooks import Callback, EventType

NUMBER = "+33639981122"


async def listed(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return list(await connection.execute(select(callbacks).order_by(callbacks.c.id)))


def nobody_took(number: int, at: float, **call: str) -> list[CallChanged]:
    """A call that is missed 60 seconds after it came in."""
    return abandoned(started(number, at=at, **call), None)


async def test_the_calls_of_one_caller_are_one_to_do(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await import_csv(flaky, "company,contact,phone\nArdoise,,0639981122\n", country="FR")
    for number, at in ((1, 0.0), (2, 300.0)):
        await recorder.record(nobody_took(number, at), {})
    (one,) = await listed(flaky)
    assert (one.line, one.caller_e164, one.times) == ("support", NUMBER, 2)
    assert (one.first_missed_at, one.last_missed_at) == (second(60), second(360))
    assert one.longest_wait_s == 59
    assert one.company_id is not None
    assert one.closed_at is None


async def test_another_line_and_another_caller_are_to_dos_of_their_own(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await recorder.record(nobody_took(1, 0), {})
    await recorder.record(nobody_took(2, 0, line="sales"), {})
    await recorder.record(nobody_took(3, 0, caller="0199001234"), {})
    for number in (4, 5):  # nobody can tell whether it is the same person
        await recorder.record(nobody_took(number, 0, caller="anonymous"), {})
    assert [one.times for one in await listed(flaky)] == [1] * 5


async def test_written_twice_it_counts_once(flaky: FlakyDatabase, recorder: Recorder) -> None:
    for _ in range(2):
        await recorder.record(nobody_took(1, 0), {})
    (one,) = await listed(flaky)
    assert one.times == 1


async def test_it_is_there_with_the_call_or_not_at_all(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    flaky.plan("before commit")
    with pytest.raises(Exception, match="the server is gone"):
        await recorder.record(nobody_took(1, 0), {})
    assert await listed(flaky) == []
    flaky.plan("after commit")
    with pytest.raises(Exception, match="the server is gone"):
        await recorder.record(nobody_took(1, 0), {})
    await recorder.record(nobody_took(1, 0), {})
    (one,) = await listed(flaky)
    assert one.times == 1
    assert len(await told(flaky)) == 1


async def told(database: Database) -> list[Callback]:
    found = await entries(database)
    return [
        Callback.model_validate_json(one.data)
        for one in found
        if one.type is EventType.CALLBACK_CHANGED
    ]


@pytest.mark.parametrize("line", ["support", "sales"])
async def test_a_later_call_that_is_answered_closes_it(
    flaky: FlakyDatabase, recorder: Recorder, line: str
) -> None:
    later = started(2, at=600, line=line)
    await recorder.record(nobody_took(1, 0), {})
    await recorder.record(story(later, None), {})
    (one,) = await listed(flaky)
    assert (one.closed_because, one.closing_call_id) == ("called_again", later.id)
    assert (one.closed_at, one.closed_by) == (second(604), None)
    assert [each.closed_because for each in await told(flaky)] == [None, "called_again"]
    # The next time that nobody answers is another to-do.
    await recorder.record(nobody_took(3, 900), {})
    assert [each.closed_at is None for each in await listed(flaky)] == [False, True]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_order_in_which_calls_are_told_does_not_matter(
    flaky: FlakyDatabase, recorder: Recorder, order: tuple[int, ...]
) -> None:
    calls = [nobody_took(1, 0), story(started(2, at=300), None), nobody_took(3, 600)]
    for number in order:
        await recorder.record(calls[number], {})
    found = await listed(flaky)
    assert sum(one.closed_at is None for one in found) == 1
    assert max(one.last_missed_at for one in found) == second(660)


async def test_a_call_that_was_answered_before_closes_nothing(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    await recorder.record(story(started(1, at=0), None), {})
    await recorder.record(nobody_took(2, 300), {})
    (one,) = await listed(flaky)
    assert one.closed_at is None


async def test_a_call_that_was_answered_after_all_was_not_missed(
    flaky: FlakyDatabase, recorder: Recorder
) -> None:
    first, second_one = started(1, at=0), started(2, at=300)
    await recorder.record(nobody_took(1, 0), {})
    await recorder.record(nobody_took(2, 300), {})
    await recorder.record(story(first, None), {})  # as the PBX noted
    (one,) = await listed(flaky)
    assert (one.times, one.closed_at) == (1, None)
    await recorder.record(story(second_one, None), {})
    (one,) = await listed(flaky)
    assert (one.times, one.closed_because) == (0, "called_again")


@pytest.mark.parametrize(
    ("number", "answered_at", "is_closed"),
    [
        pytest.param(NUMBER, second(700), True, id="reached"),
        pytest.param(NUMBER, None, False, id="no answer"),
        pytest.param("+33199001234", second(700), False, id="somebody else"),
        pytest.param(NUMBER, second(30), False, id="before it was missed"),
    ],
)
async def test_a_conversation_when_we_call_closes_it(
    flaky: FlakyDatabase,
    recorder: Recorder,
    number: str,
    answered_at: datetime | None,
    is_closed: bool,
) -> None:
    await recorder.record(nobody_took(1, 0), {})
    row = {
        "id": "outgoing",
        "pbx": "main",
        "interface": "PJSIP/101",
        "number": number,
        "purpose": "callback",
        "state": "talking",
        "asked_at": second(650),
        "answered_at": answered_at,
    }
    async with flaky.transaction() as connection:
        await connection.execute(insert(outgoing_calls).values(row))
        news = await missed.reached(connection, number)
    (one,) = await listed(flaky)
    assert (one.closed_because == "called_back") is is_closed
    assert len(news) == is_closed
