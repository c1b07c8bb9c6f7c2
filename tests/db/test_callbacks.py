"""Who calls back: one agent at a time, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from callcenter.core.callback import TAKEN_FOR, Closing
from callcenter.db import agents, callbacks, trail
from callcenter.db.agents import Agent, Role
from callcenter.db.callbacks import CallbackError
from callcenter.db.engine import Database
from callcenter.db.schema import callbacks as table
from callcenter.db.schema import journal
from callcenter.db.schema import trail as trail_table

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def agent(database: Database, login: str, role: Role = "agent") -> Agent:
    async with database.transaction() as connection:
        return await agents.add(
            connection,
            login=login,
            name=login.title(),
            role=role,
            interfaces=(),
            password_hash="none",
            now=START,
        )


async def missed(database: Database, line: str = "support", *, times: int = 1, at: int = 0) -> int:
    moment = START - timedelta(minutes=at)
    row = {
        "line": line,
        "caller_e164": None,
        "caller_raw": "anonymous",
        "first_missed_at": moment,
        "last_missed_at": moment,
        "times": times,
    }
    async with database.transaction() as connection:
        return (
            await connection.execute(insert(table).values(row).returning(table.c.id))
        ).scalar_one()


async def take(database: Database, id_: int, by: Agent, now: datetime = START) -> str | None:
    """Why it could not be taken; None where it was."""
    try:
        async with database.transaction() as connection:
            await callbacks.take(connection, id_, by=by, now=now)
    except CallbackError as error:
        return error.reason
    return None


async def holder(database: Database, id_: int) -> str | None:
    async with database.reading() as connection:
        found = await callbacks.get(connection, id_)
    assert found is not None
    return found.taken_by


async def test_of_two_at_the_same_time_one_has_it(database: Database) -> None:
    zoe, ali = await agent(database, "zoe"), await agent(database, "ali")
    id_ = await missed(database)
    told = await asyncio.gather(take(database, id_, zoe), take(database, id_, ali))
    assert sorted(told, key=str) == [None, CallbackError.TAKEN]
    assert await holder(database, id_) == ("zoe" if told[0] is None else "ali")


async def test_who_forgets_it_keeps_it_from_nobody(database: Database) -> None:
    zoe, ali = await agent(database, "zoe"), await agent(database, "ali")
    id_ = await missed(database)
    assert await take(database, id_, zoe) is None
    assert await take(database, id_, ali, START + TAKEN_FOR / 2) == CallbackError.TAKEN
    assert await take(database, id_, zoe, START + TAKEN_FOR / 2) is None  # it begins anew
    assert await take(database, id_, ali, START + TAKEN_FOR) == CallbackError.TAKEN
    assert await take(database, id_, ali, START + TAKEN_FOR * 2) is None
    assert await holder(database, id_) == "ali"


async def test_it_can_be_given_back(database: Database) -> None:
    zoe, ali = await agent(database, "zoe"), await agent(database, "ali")
    id_ = await missed(database)
    await take(database, id_, zoe)
    async with database.transaction() as connection:
        with pytest.raises(CallbackError):
            await callbacks.give_back(connection, id_, by=ali, now=START)
    async with database.transaction() as connection:
        await callbacks.give_back(connection, id_, by=zoe, now=START)
    assert await holder(database, id_) is None
    assert await actions(database) == []


async def test_a_supervisor_frees_it_and_the_trail_says_so(database: Database) -> None:
    zoe, ines = await agent(database, "zoe"), await agent(database, "ines", "supervisor")
    id_ = await missed(database)
    await take(database, id_, zoe)
    async with database.transaction() as connection:
        await callbacks.give_back(connection, id_, by=ines, now=START)
    assert await holder(database, id_) is None
    assert await actions(database) == [("ines", "callback.freed")]


async def test_a_supervisor_takes_it_over_from_who_has_it(database: Database) -> None:
    zoe, ines = await agent(database, "zoe"), await agent(database, "ines", "supervisor")
    id_ = await missed(database)
    await take(database, id_, zoe)
    assert await take(database, id_, ines) == CallbackError.TAKEN  # not by the common button
    for by, holds in ((ines, "ines"), (ines, "ines")):
        async with database.transaction() as connection:
            await callbacks.take_over(connection, id_, by=by, now=START)
        assert await holder(database, id_) == holds
    async with database.transaction() as connection:
        with pytest.raises(CallbackError):
            await callbacks.take_over(connection, id_, by=zoe, now=START)
    assert await actions(database) == [("ines", "callback.freed")]


async def actions(database: Database) -> Sequence[tuple[str, str]]:
    query = select(trail_table.c.actor, trail_table.c.action).order_by(trail_table.c.id)
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_what_is_dismissed_is_closed_with_who_and_why(database: Database) -> None:
    zoe, ali = await agent(database, "zoe"), await agent(database, "ali")
    id_, other = await missed(database), await missed(database)
    await take(database, other, ali)
    async with database.transaction() as connection:
        await callbacks.dismiss(connection, id_, Closing.NO_NEED, by=zoe, now=START)
        with pytest.raises(CallbackError) as told:
            await callbacks.dismiss(connection, other, Closing.NO_NEED, by=zoe, now=START)
        assert told.value.reason == CallbackError.TAKEN
        closed = await callbacks.get(connection, id_)
        assert closed is not None
        assert (closed.closed_by, closed.closed_because) == ("zoe", "no_need")
        (one,) = await callbacks.closed_ones(connection, None, since=START, limit=9)
        assert (one.callback, one.closed_by_name) == (closed, "Zoe")
    assert await take(database, id_, ali) == CallbackError.CLOSED
    assert await take(database, 9_999, ali) == CallbackError.GONE
    assert await actions(database) == [("zoe", trail.Action.CALLBACK_DISMISSED)]


async def test_who_called_most_often_comes_first_then_who_waits_longest(
    database: Database,
) -> None:
    late, early = await missed(database, at=1), await missed(database, at=9)
    often, elsewhere = await missed(database, times=3), await missed(database, "sales")
    async with database.reading() as connection:
        every = await callbacks.open_ones(connection, None, limit=9)
        some = await callbacks.open_ones(connection, ["support"], limit=9)
        assert [one.callback.id for one in every] == [often, early, late, elsewhere]
        assert [one.callback.id for one in some] == [often, early, late]
        assert await callbacks.open_ids(connection, ["sales"]) == [elsewhere]
        assert len(await callbacks.open_ids(connection, None)) == 4


async def test_every_change_is_told(database: Database) -> None:
    zoe = await agent(database, "zoe")
    id_ = await missed(database)
    await take(database, id_, zoe)
    async with database.transaction() as connection:
        await callbacks.dismiss(connection, id_, Closing.REACHED, by=zoe, now=START)
        kinds = (await connection.execute(select(journal.c.type, journal.c.line))).all()
    assert [tuple(kind) for kind in kinds] == [("callback.changed", "support")] * 2
