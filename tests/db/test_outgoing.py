"""Calls that we make: claimed once, whoever dies when, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from callcenter.core.outgoing import ASKED_MAX, Outgoing, OutgoingState, Purpose, Result, Trouble
from callcenter.db import outgoing, tickets
from callcenter.db.engine import Database
from callcenter.db.outgoing import VERIFIED, OutgoingError, Wanted
from callcenter.db.schema import journal as journal_table
from callcenter.db.tickets import NewTicket
from tests.calls.database import add_agent
from webhooks import OutgoingCall

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
URL = "http://callcenter.test"
WANTED = Wanted(
    pbx="main",
    interface="PJSIP/101",
    number="+33639981122",
    line="support",
    purpose=Purpose.CALL,
)


async def ask(
    database: Database, id_: str, agent_id: int, now: datetime = START, **more: Any
) -> None:
    async with database.transaction() as connection:
        wanted = replace(WANTED, **more)
        await outgoing.ask(connection, id_, wanted, agent_id=agent_id, now=now)


async def claim(database: Database, now: datetime = START, pbx: str = "main") -> list[str]:
    async with database.transaction() as connection:
        return [one.id for one in await outgoing.claim(connection, pbx, now=now)]


async def write(database: Database, *changes: Outgoing) -> int:
    """Gives how much of it is told."""
    async with database.transaction() as connection:
        return len(await outgoing.write(connection, changes, base_url=URL))


async def last(database: Database, agent_id: int) -> OutgoingCall:
    async with database.reading() as connection:
        return (await outgoing.last_of(connection, agent_id, 1))[0]


async def test_a_call_is_claimed_once(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe)
    claimed = await asyncio.gather(*(claim(database) for _ in range(4)))
    assert sorted(claimed) == [[], [], [], ["one"]]


async def test_it_is_claimed_by_who_has_its_pbx(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe, pbx="other")
    assert await claim(database) == []
    assert await claim(database, pbx="other") == ["one"]


async def test_one_that_nobody_took_in_time_is_given_up(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe)
    late = START + ASKED_MAX
    assert await claim(database, late) == []
    async with database.transaction() as connection:
        await outgoing.expire(connection, "main", now=late)
    found = await last(database, zoe)
    assert (found.state, found.result, found.ended_at) == ("ended", "expired", late)


async def test_one_that_was_cancelled_before_that_is_not_begun(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe)
    async with database.transaction() as connection:
        await outgoing.cancel(connection, "one", agent_id=zoe + 1, now=START)  # somebody else's
        assert await outgoing.cancelled(connection, "main") == []
        await outgoing.cancel(connection, "one", agent_id=zoe, now=START)
        await outgoing.expire(connection, "main", now=START)
    assert await claim(database) == []
    assert (await last(database, zoe)).result == "cancelled"


async def test_an_agent_has_one_call_at_a_time(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    ali = await add_agent(database, "ali", "PJSIP/102")
    told = await asyncio.gather(
        ask(database, "one", zoe), ask(database, "two", zoe), return_exceptions=True
    )
    assert sorted(map(type, told), key=str) == [type(None), OutgoingError]
    await ask(database, "other", ali)
    (id_,) = set(await claim(database)) - {"other"}
    with pytest.raises(OutgoingError):
        await ask(database, "three", zoe, START + timedelta(hours=1))
    over = Outgoing(id_, OutgoingState.ENDED, Result.BUSY, ended_at=START)
    await write(database, over)
    await ask(database, "three", zoe)


async def test_what_nobody_took_keeps_nobody_from_asking_again(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe)
    await ask(database, "two", zoe, START + ASKED_MAX)


async def test_written_twice_it_is_told_once_and_what_is_over_stays(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    await ask(database, "one", zoe)
    await claim(database)
    talks = Outgoing("one", OutgoingState.TALKING, agent_answered_at=START, answered_at=START)
    over = replace(
        talks,
        state=OutgoingState.ENDED,
        result=Result.ANSWERED,
        ended_at=START + timedelta(seconds=90),
    )
    assert [await write(database, one) for one in (talks, talks, over, over, talks)] == [
        1,
        0,
        1,
        0,
        0,
    ]
    found = await last(database, zoe)
    assert (found.state, found.result, found.talk_s) == ("ended", "answered", 90)
    async with database.reading() as connection:
        query = select(journal_table.c.type, journal_table.c.line)
        told = [tuple(row) for row in await connection.execute(query)]
    assert set(told) == {("outgoing_call.changed", "support")}


async def test_what_went_on_when_the_service_stopped_is_taken_up(database: Database) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    ali = await add_agent(database, "ali", "PJSIP/102")
    await ask(database, "one", zoe)
    await claim(database)
    await ask(database, "asked", ali)
    async with database.reading() as connection:
        assert await outgoing.going_on(connection, "main") == [Outgoing("one", OutgoingState.SENT)]


@pytest.mark.parametrize("result", [*VERIFIED, Result.FAILED, Result.AGENT_NO_ANSWER])
async def test_the_ticket_says_that_the_customer_was_called_to_check(
    database: Database, result: Result
) -> None:
    zoe = await add_agent(database, "zoe", "PJSIP/101")
    new = NewTicket(
        call_key=None,
        title="Printer",
        company_id=None,
        contact_id=None,
        contract_id=None,
        queue="support",
        primary_resource_id=zoe,
        account_owner=None,
        source="agent",
    )
    async with database.transaction() as connection:
        await tickets.add(connection, "T20261123.0001", new, now=START, base_url=URL)
    about = {"ticket": "T20261123.0001", "purpose": Purpose.VERIFY}
    await ask(database, "one", zoe, **about)
    await claim(database)
    trouble = Trouble.TRUNK if result is Result.FAILED else None
    over = Outgoing("one", OutgoingState.ENDED, result, trouble, ended_at=START)
    for _ in range(2):
        await write(database, over)
    async with database.reading() as connection:
        ticket = await tickets.get(connection, "T20261123.0001", base_url=URL)
        assert ticket is not None
        notes = [(note.agent, note.text) for note in ticket.notes]
        assert notes == ([(None, VERIFIED[result])] if result in VERIFIED else [])
        (made,) = await outgoing.of_ticket(connection, "T20261123.0001", 9)
    assert (made.result, made.trouble, made.agent) == (result, trouble, "zoe")
