"""What leads an obligation back: a ticket that is gone, and one that went into another."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.db import claims, obligations, trail
from callcenter.db.engine import Database
from callcenter.db.recording import AT_ONCE
from tests.calls.database import debts, entries
from tests.calls.facts import second, started, story

CALL = started(1).id
URL = "https://desk.test/"


async def answer(database: Database) -> None:
    """A call is answered, and its ticket confirmed a second later."""
    lines = {"support": LineRecord("builtin", "FR")}
    recorder = Recorder(database=database, lines=lines, committed=lambda _entries: None)
    await recorder.record(story(started(1), None), {})
    async with database.transaction() as connection:
        await claims.claim(
            connection, "builtin", holder="one", now=second(5), until=second(65), limit=1
        )
    async with database.transaction() as connection:
        await ticketed(connection)


async def ticketed(connection: AsyncConnection, number: str = "T1") -> None:
    await obligations.ticketed(connection, CALL, number=number, url=URL + number, now=second(5))


async def the_debt(database: Database) -> Any:
    (debt,) = await debts(database)
    return debt


@pytest.mark.parametrize("is_qualified", [False, True])
async def test_a_ticket_that_is_gone_is_owed_again_at_once(
    database: Database, is_qualified: bool
) -> None:
    await answer(database)
    async with database.transaction() as connection:
        if is_qualified:
            await obligations.qualified(connection, CALL, number="T1", now=second(9))
    async with database.transaction() as connection:
        gone = {"number": "T1", "why": "not found in the desk", "now": second(90)}
        assert await obligations.reopened(connection, CALL, **gone)
        assert not await obligations.reopened(connection, CALL, **gone)
    debt = await the_debt(database)
    assert (debt.state, debt.ticket_number, debt.ticket_url) == ("open", None, None)
    assert (debt.ticketed_at, debt.qualified_at) == (None, None)
    assert (debt.attempts, debt.next_attempt_at) == (0, AT_ONCE)
    async with database.transaction() as connection:
        (due,) = await claims.claim(
            connection, "builtin", holder="one", now=second(90), until=second(150), limit=1
        )
        assert due.asked_before
        (entry,) = await trail.of_call(connection, CALL)
    assert (entry.at, entry.actor, entry.action) == (second(90), None, "obligation.reopened")
    assert entry.data == {"ticket": "T1", "why": "not found in the desk"}
    last = (await entries(database))[-1]
    assert (last.type.value, last.call_id) == ("call.updated", CALL)
    assert '"state":"open"' in last.data


async def test_who_saw_an_older_ticket_go_reopens_nothing(sqlite_database: Database) -> None:
    await answer(sqlite_database)
    async with sqlite_database.transaction() as connection:
        found = await obligations.reopened(connection, CALL, number="T0", why="", now=second(9))
        assert not found
        assert await trail.of_call(connection, CALL) == []
    assert (await the_debt(sqlite_database)).state == "ticketed"


async def test_a_merged_ticket_leaves_its_place_to_the_survivor(database: Database) -> None:
    await answer(database)
    async with database.transaction() as connection:
        survivor = {"merged": "T1", "number": "T0", "url": f"{URL}T0", "now": second(9)}
        assert await obligations.renumbered(connection, CALL, **survivor)
        assert not await obligations.renumbered(connection, CALL, **survivor)
        await obligations.qualified(connection, CALL, number="T0", now=second(10))
    debt = await the_debt(database)
    assert (debt.state, debt.ticket_number, debt.ticket_url) == ("qualified", "T0", f"{URL}T0")
    assert debt.ticketed_at == second(5)
    async with database.reading() as connection:
        (entry,) = await trail.of_call(connection, CALL)
    assert (entry.action, entry.data) == (
        "obligation.renumbered",
        {"merged": "T1", "ticket": "T0"},
    )
    assert '"number":"T0"' in (await entries(database))[-1].data
