"""Pauses, states and blocks, as the pages and the keeper of the floor have them."""

from datetime import datetime

from sqlalchemy import select

from callcenter.core.agent_state import AgentState
from callcenter.core.enforcement import Block
from callcenter.core.obligation import ExemptReason
from callcenter.db import blocks, exemptions, pauses, states, trail
from callcenter.db.engine import Database
from callcenter.db.pauses import Pause
from callcenter.db.schema import trail as table
from callcenter.db.states import Standing
from callcenter.db.trail import Action
from tests.calls.database import add_agent, debts, told
from tests.calls.facts import second, started
from tests.db.test_wrap_ups import answer


async def begin(
    database: Database, agent_id: int, reason: str, now: datetime, by: str | None = None
) -> bool:
    async with database.transaction() as connection:
        return await pauses.begin(connection, agent_id, reason, source="page", now=now, by=by)


async def test_a_pause_is_there_while_it_lasts(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    assert await begin(database, nadia, "lunch", second(1))
    assert not await begin(database, nadia, "lunch", second(2))
    async with database.transaction() as connection:
        lunch = Pause(nadia, "lunch", second(1), "page")
        assert await pauses.get(connection, nadia) == lunch
        assert await pauses.everyone(connection) == {nadia: lunch}
        assert await pauses.end(connection, nadia, now=second(9))
        assert not await pauses.end(connection, nadia, now=second(9))
        assert await pauses.everyone(connection) == {}


async def test_another_reason_is_another_pause(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    await begin(database, nadia, "lunch", second(1))
    assert await begin(database, nadia, "meeting", second(5))
    async with database.reading() as connection:
        assert await pauses.get(connection, nadia) == Pause(nadia, "meeting", second(5), "page")


async def test_what_a_supervisor_decides_is_in_the_trail(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    await begin(database, nadia, "meeting", second(1), by="zoe")
    async with database.transaction() as connection:
        await pauses.end(connection, nadia, now=second(2), by="zoe")
    async with database.reading() as connection:
        query = select(table.c.action, table.c.actor, table.c.data).order_by(table.c.id)
        found = [tuple(row) for row in await connection.execute(query)]
    assert found == [
        (Action.PAUSE_BEGUN, "zoe", '{"agent": "nadia"}'),
        (Action.PAUSE_ENDED, "zoe", '{"agent": "nadia"}'),
    ]


async def test_a_state_is_kept_with_what_was_before(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    unknown = Standing(nadia, "nadia", "Nadia", AgentState.OFFLINE, None, None)
    lunch = Standing(nadia, "nadia", "Nadia", AgentState.PAUSED, "lunch", second(2))
    async with database.transaction() as connection:
        assert await states.everyone(connection) == [unknown]
        await states.write(connection, [lunch], now=second(2))
    back = Standing(nadia, "nadia", "Nadia", AgentState.AVAILABLE, None, second(7))
    async with database.transaction() as connection:
        await states.write(connection, [back], now=second(7))
        await states.write(connection, [], now=second(8))
        assert await states.everyone(connection) == [back]
        assert await states.get(connection, nadia) == back
        assert await states.get(connection, nadia + 1) is None
        assert await states.changes(connection, nadia, second(0), second(9)) == [
            (second(2), AgentState.PAUSED, "lunch"),
            (second(7), AgentState.AVAILABLE, None),
        ]


async def test_blocks_are_replaced_by_those_that_are_wanted(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    hers = Block("support", "PJSIP/101", nadia, second(1))
    nobodys = Block("network", "PJSIP/104", None, second(2))
    longer = Block("support", "PJSIP/101", nadia, second(0))
    async with database.transaction() as connection:
        for wanted in ([hers, nobodys], [nobodys, hers], [longer], []):
            await blocks.write(connection, wanted, await blocks.everyone(connection))
            assert set(await blocks.everyone(connection)) == set(wanted)
            is_hers = [block for block in wanted if block.agent_id == nadia]
            assert await blocks.of_agent(connection, nadia) == is_hers


async def test_a_release_lets_go_what_is_owed_now_and_no_later_debt(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    await add_agent(database, "omar", "PJSIP/102")
    mine = [await answer(database, started(number, at=number)) for number in (1, 2)]
    await answer(database, started(3, at=3), "omar")
    async with database.transaction() as connection:
        await exemptions.ask(connection, mine[0], ExemptReason.TEST, actor="nadia", now=second(80))
        released = await blocks.release(connection, nadia, by="zoe", now=second(90))
    assert sorted(released) == sorted(mine)
    later = await answer(database, started(4, at=4))
    by_call = {row.call_id: (row.released_at, row.released_by) for row in await debts(database)}
    assert {by_call[call_id] for call_id in mine} == {(second(90), "zoe")}
    assert by_call[later] == (None, None)
    async with database.transaction() as connection:
        assert await blocks.release(connection, nadia, by="zoe", now=second(91)) == [later]
        assert await blocks.release(connection, nadia, by="zoe", now=second(92)) == []
        (entry,) = await trail.of_call(connection, later)
    assert (entry.action, entry.actor) == (Action.OBLIGATION_RELEASED, "zoe")
    assert (await told(database, started(4, at=4)))[-1] == "call.updated"


async def test_a_call_of_nobodys_is_released_by_itself(database: Database) -> None:
    call_id = await answer(database, started(1), "nobody")
    async with database.transaction() as connection:
        assert await blocks.release_call(connection, call_id, by="zoe", now=second(90))
        assert not await blocks.release_call(connection, call_id, by="zoe", now=second(91))
