"""Who listens to whom: claimed once, told once, and in the trail, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from callcenter.core.outgoing import ASKED_MAX
from callcenter.core.supervision import Mode, Supervision, SupervisionResult, SupervisionState
from callcenter.db import agents, supervision_claims, supervisions, trail
from callcenter.db.agents import Agent
from callcenter.db.engine import Database
from callcenter.db.schema import calls, legs
from callcenter.db.supervisions import SupervisionError, Talk, Wanted
from tests.calls.database import add_agent

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALL = "1" * 36


@pytest.fixture
async def nour(database: Database) -> Agent:
    """A supervisor; Zoé talks in a call, and holds another telephone that rang for it too."""
    zoe = await add_agent(database, "zoe", "PJSIP/102")
    await add_agent(database, "nour", "PJSIP/109")
    row = {"id": CALL, "pbx": "main", "linkedid": "1.1", "channel": "1.1", "line": "support"}
    row |= {"caller_raw": "", "state": "talking", "started_at": START, "answered_at": START}
    leg = {"call_id": CALL, "agent_id": zoe, "offered_at": START}
    async with database.transaction() as connection:
        await connection.execute(insert(calls).values(row))
        for position, answered_at in enumerate((None, START)):
            more = {"position": position, "interface": f"PJSIP/10{position + 1}"}
            values = leg | more | {"answered_at": answered_at}
            await connection.execute(insert(legs).values(values))
        found = await agents.by_login(connection, "nour")
    assert found
    return found


async def ask(
    database: Database, id_: str, by: Agent, *, mode: Mode = Mode.LISTEN, now: datetime = START
) -> None:
    async with database.transaction() as connection:
        (talk,) = await supervisions.talks(connection)
        wanted = Wanted(talk=talk, interface="PJSIP/109", mode=mode, is_announced=False)
        await supervisions.ask(connection, id_, wanted, by=by, now=now)


async def claim(database: Database, now: datetime = START) -> list[str]:
    async with database.transaction() as connection:
        return [one.id for one in await supervision_claims.claim(connection, "main", now=now)]


async def write(database: Database, *changes: Supervision) -> int:
    """Gives how much of it is told."""
    async with database.transaction() as connection:
        return len(await supervision_claims.write(connection, changes))


def ended(id_: str, result: SupervisionResult = SupervisionResult.DONE) -> Supervision:
    return Supervision(id_, SupervisionState.ENDED, result, START, START + timedelta(seconds=9))


async def test_an_agent_talks_at_the_telephone_that_answered(
    database: Database, nour: Agent
) -> None:
    async with database.transaction() as connection:
        zoe = await agents.by_login(connection, "zoe")
        assert zoe
        talk = Talk(CALL, "main", "support", zoe.id, "PJSIP/102", START)
        assert await supervisions.talks(connection) == [talk]
        await connection.execute(update(legs).values(ended_at=START))
        assert await supervisions.talks(connection) == []
    assert nour.login == "nour"


async def test_it_is_claimed_once(database: Database, nour: Agent) -> None:
    await ask(database, "one", nour)
    claimed = await asyncio.gather(*(claim(database) for _ in range(4)))
    assert sorted(claimed) == [[], [], [], ["one"]]


async def test_of_two_clicks_at_once_one_rings(database: Database, nour: Agent) -> None:
    await asyncio.gather(*(ask(database, str(number), nour) for number in range(4)))
    assert len(await claim(database)) == 1
    await ask(database, "again", nour)
    assert await claim(database) == []


async def test_another_mode_waits_for_the_end_of_the_first(database: Database, nour: Agent) -> None:
    await ask(database, "one", nour)
    await claim(database)
    await ask(database, "two", nour, mode=Mode.BARGE)
    assert await claim(database) == []
    async with database.reading() as connection:
        assert await supervision_claims.cancelled(connection, "main") == ["one"]
        assert [one.id for one in await supervisions.current(connection)] == ["two"]
    assert await write(database, ended("one")) == 1
    assert await claim(database) == ["two"]


async def test_what_nobody_took_in_time_is_given_up_and_may_be_asked_again(
    database: Database, nour: Agent
) -> None:
    await ask(database, "one", nour)
    late = START + ASKED_MAX
    assert await claim(database, late) == []
    await ask(database, "two", nour, now=late)
    async with database.transaction() as connection:
        await supervision_claims.expire(connection, "main", now=late)
    assert await claim(database, late) == ["two"]


async def test_nobody_listens_to_themselves(database: Database, nour: Agent) -> None:
    async with database.transaction() as connection:
        zoe = await agents.by_login(connection, "zoe")
        assert zoe
    with pytest.raises(SupervisionError) as refused:
        await ask(database, "one", zoe)
    assert refused.value.reason == "own"
    assert nour.id != zoe.id


async def test_written_twice_it_is_told_once_and_its_end_is_in_the_trail(
    database: Database, nour: Agent
) -> None:
    await ask(database, "one", nour, mode=Mode.WHISPER)
    await claim(database)
    hears = Supervision("one", SupervisionState.LISTENING, began_at=START)
    over = ended("one")
    assert [await write(database, one) for one in (hears, hears, over, over, hears)] == [
        1,
        0,
        1,
        0,
        0,
    ]
    async with database.reading() as connection:
        begun, end = await trail.of_call(connection, CALL)
        last = await supervisions.last_of(connection, nour.id)
    assert (begun.action, begun.actor) == ("supervision.begun", "nour")
    assert begun.data | {"agent": "zoe", "mode": "whisper"} == begun.data
    assert (end.action, end.actor, end.at) == ("supervision.ended", None, over.ended_at)
    assert end.data | {"supervisor": "nour", "result": "done"} == end.data
    assert last
    assert (last.state, last.result, last.began_at) == ("ended", "done", START)


async def test_an_agent_knows_of_it_only_where_it_is_announced(
    database: Database, nour: Agent
) -> None:
    await ask(database, "one", nour)
    await claim(database)
    await write(database, Supervision("one", SupervisionState.LISTENING, began_at=START))
    async with database.reading() as connection:
        zoe = await agents.by_login(connection, "zoe")
        assert zoe
        assert await supervisions.heard(connection, zoe.id) == []
        going_on = await supervision_claims.going_on(connection, "main")
    assert [(one.id, linkedid) for one, linkedid in going_on] == [("one", "1.1")]
