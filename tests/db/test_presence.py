"""Where agents stand: what they do, where they sit, and what they have yet to write."""

from sqlalchemy import update

from callcenter.core.agent_state import AgentState
from callcenter.core.enforcement import Block
from callcenter.db import agents, blocks, pauses, presence, states
from callcenter.db.engine import Database
from callcenter.db.schema import obligations
from callcenter.db.states import Standing
from tests.calls.database import add_agent
from tests.calls.facts import second, started
from tests.db.test_wrap_ups import answer


async def test_one_and_everybody_say_the_same(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    omar = await add_agent(database, "omar", "PJSIP/102", "PJSIP/202")
    mine = [await answer(database, started(number, at=number)) for number in (1, 2)]
    async with database.transaction() as connection:
        writes = Standing(nadia, "nadia", "Nadia", AgentState.WRAP_UP, None, second(50))
        await states.write(connection, [writes], now=second(50))
        await blocks.write(connection, [Block("support", "PJSIP/101", nadia, second(3))], [])
        await pauses.begin(connection, omar, "lunch", source="page", now=second(51))
    async with database.reading() as connection:
        everyone = await presence.everyone(connection)
        for one in everyone:
            agent = await agents.by_id(connection, one.standing.agent_id)
            assert agent is not None
            assert await presence.get(connection, agent) == one
    hers, his = everyone
    assert [owed.call_id for owed in hers.owed] == mine
    assert (hers.state, hers.since, hers.blocked_on) == ("wrap_up", second(50), ("support",))
    assert (his.state, his.interfaces) == ("offline", ("PJSIP/102", "PJSIP/202"))


async def test_what_is_overdue_is_counted_until_it_is_let_go(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    await answer(database, started())
    async with database.transaction() as connection:
        assert await presence.count_overdue(connection) == 0
        await connection.execute(update(obligations).values(escalated_at=second(90)))
        assert await presence.count_overdue(connection) == 1
        (hers,) = await presence.everyone(connection)
        assert hers.is_overdue
        await blocks.release(connection, nadia, by="zoe", now=second(95))
        assert await presence.count_overdue(connection) == 0
        (hers,) = await presence.everyone(connection)
        assert not hers.is_overdue


async def test_what_nobody_answered_for_is_nobodys(database: Database) -> None:
    call = await answer(database, started(), "who left")
    async with database.reading() as connection:
        (owed,) = await presence.nobodys(connection)
        assert (owed.call_id, owed.ended_at is None) == (call, False)
        assert await presence.everyone(connection) == []
