"""Pauses, states and blocks, as the pages and the keeper of the floor have them."""

from datetime import datetime

import pytest
from sqlalchemy import select

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.agent_state import AgentFacts, AgentState
from callcenter.core.enforcement import OFF, Block, Debt, Policy
from callcenter.core.facts import Change, MemberChanged, RingGroupChanged, TelephoneChanged
from callcenter.core.floor import TelephoneState
from callcenter.core.obligation import ExemptReason
from callcenter.core.steering import Wanted
from callcenter.db import agents, blocks, exemptions, pauses, sessions, states, trail
from callcenter.db import floor as standing
from callcenter.db.engine import Database
from callcenter.db.floor import Sight
from callcenter.db.pauses import Pause
from callcenter.db.schema import trail as table
from callcenter.db.states import Standing
from callcenter.db.trail import Action
from tests.calls.database import add_agent, debts, told
from tests.calls.facts import answered, ringing, said, second, started
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


# -- everything at once ----------------------------------------------------------------------------

POLICIES = {"support": Policy(), "sales": OFF}


async def look(database: Database) -> Sight:
    async with database.reading() as connection:
        return await standing.read(connection, POLICIES, second(100))


async def test_what_is_owed_is_read_with_who_answered_and_when_their_part_ended(
    database: Database,
) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    hers = await answer(database, started(1))
    nobodys = await answer(database, started(2, at=2), "nobody")
    await answer(database, started(3, at=3, line="sales"))
    released = await answer(database, started(4, at=4))
    async with database.transaction() as connection:
        await blocks.release_call(connection, released, by="zoe", now=second(90))
    assert sorted((await look(database)).debts, key=lambda debt: debt.answered_at) == [
        Debt(
            call_id=hers,
            line="support",
            agent_id=nadia,
            interface="PJSIP/101",
            answered_at=second(4),
            ended_at=second(64),
        ),
        Debt(
            call_id=nobodys,
            line="support",
            agent_id=None,
            interface="PJSIP/101",
            answered_at=second(6),
            ended_at=second(66),
        ),
    ]


async def test_of_somebody_who_owes_very_many_the_oldest_are_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "DEBTS_READ", 2)
    await add_agent(database, "nadia", "PJSIP/101")
    await add_agent(database, "omar", "PJSIP/102")
    ids = [await answer(database, started(number, at=number)) for number in range(3)]
    ids.append(await answer(database, started(3, at=3), "omar"))
    assert {debt.call_id for debt in (await look(database)).debts} == {*ids[:2], ids[3]}


async def test_what_agents_do_is_read_from_everywhere(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    omar = await add_agent(database, "omar", "PJSIP/102")
    recorder = Recorder(
        database=database,
        lines={"support": LineRecord("builtin", "FR")},
        committed=lambda _entries: None,
    )
    group = {"PJSIP/101", "PJSIP/102", "PJSIP/103"}
    talks = answered(ringing(started(1), "nadia", "omar"))
    async with database.reading() as connection:
        ids = await agents.ids(connection)
    await recorder.record(
        [
            said(Change.ANSWERED, talks),
            RingGroupChanged("support", second(0), frozenset(group)),
            TelephoneChanged("main", "PJSIP/102", second(0), TelephoneState.UNREACHABLE),
            MemberChanged(
                "support", "PJSIP/103", second(0), "PJSIP/103", paused=True, reason="", seen=True
            ),
        ],
        ids,
    )
    await begin(database, omar, "lunch", second(1))
    async with database.transaction() as connection:
        agent = await agents.by_id(connection, nadia)
        assert agent is not None
        await sessions.create(connection, agent, second(90))
    seen = await look(database)
    assert seen.floor.ring_groups == {"support": group}
    assert seen.floor.resting == {omar, "PJSIP/103"}
    assert seen.facts([nadia, omar]) == {
        nadia: AgentFacts(telephones=[], talks=True, is_signed_in=True),
        omar: AgentFacts(telephones=[TelephoneState.UNREACHABLE], pause="lunch"),
    }


async def test_whom_a_pbx_is_to_leave_out(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101", "PJSIP/111")
    await begin(database, nadia, "lunch", second(1))
    async with database.transaction() as connection:
        await blocks.write(connection, [Block("support", "PJSIP/104", None, second(2))], [])
        assert await standing.wanted(connection) == Wanted(
            blocks={("support", "PJSIP/104")},
            pauses={"PJSIP/101": "lunch", "PJSIP/111": "lunch"},
            held={"PJSIP/101", "PJSIP/111"},
        )


async def test_a_call_that_rings_is_shown_though_it_is_written_nowhere(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    recorder = Recorder(
        database=database,
        lines={"support": LineRecord("builtin", "FR")},
        committed=lambda _entries: None,
    )
    rings = ringing(started(1), "nadia")
    await recorder.record([said(Change.RINGING, rings)], {"nadia": nadia})
    async with database.reading() as connection:
        (shown,) = await states.everyone(connection)
        (written,) = await states.written(connection)
        assert await states.get(connection, nadia) == written
    assert (shown.state, shown.since) == (AgentState.RINGING, second(1))
    assert written.state is AgentState.OFFLINE
