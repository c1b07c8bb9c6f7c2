"""The keeper of the floor: it writes what differs, once, and tells of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from callcenter.calls import keeper as module
from callcenter.calls.keeper import FloorKeeper
from callcenter.calls.recorder import Recorder
from callcenter.core.agent_state import AgentState
from callcenter.core.enforcement import Block, Policy
from callcenter.core.facts import RingGroupChanged, TelephoneChanged
from callcenter.core.floor import TelephoneState
from callcenter.db import blocks, overdue, pauses, states, tickets
from callcenter.db.engine import Database
from callcenter.db.schema import agents
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Draft
from tests.calls.database import FlakyDatabase, add_agent, debts, entries
from tests.calls.facts import second, started, story

URL = "http://callcenter.test"
TIMED = Policy(escalate_after=timedelta(minutes=10), stub_after=timedelta(minutes=30))
PATIENCE_S = 30


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = second(70)

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """When the call is over."""
    return Clock()


@pytest.fixture
def keeper(clock: Clock) -> FloorKeeper:
    """Of a line that blocks."""
    return FloorKeeper(policies={"support": TIMED}, base_url=URL, now=clock)


async def floor(database: Database, recorder: Recorder) -> tuple[int, int]:
    """Two agents whose telephones ring for the line, and a call that Nadia answered."""
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    omar = await add_agent(database, "omar", "PJSIP/102")
    telephones = frozenset({"PJSIP/101", "PJSIP/102"})
    await recorder.record(
        [
            RingGroupChanged("support", second(0), telephones),
            *(TelephoneChanged("main", one, second(0), TelephoneState.IDLE) for one in telephones),
            *story(started(1), "nadia"),
        ],
        {"nadia": nadia, "omar": omar},
    )
    return nadia, omar


async def written(database: Database) -> tuple[dict[str, AgentState], list[Block]]:
    async with database.reading() as connection:
        found = await states.written(connection)
        return {one.login: one.state for one in found}, await blocks.everyone(connection)


async def told(database: Database, kind: str) -> list[dict[str, Any]]:
    return [json.loads(one.data) for one in await entries(database) if one.type.value == kind]


async def test_states_and_blocks_are_written_once_and_told(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper
) -> None:
    nadia, _ = await floor(flaky, recorder)
    for _ in range(3):
        assert await keeper.keep(flaky) == second(664)  # the hang-up, and ten minutes
    by_login, found = await written(flaky)
    assert by_login == {"nadia": AgentState.WRAP_UP, "omar": AgentState.AVAILABLE}
    assert found == [Block("support", "PJSIP/101", nadia, second(4))]
    assert await told(flaky, "agent.state") == [
        {
            "agent": "nadia",
            "name": "Nadia",
            "state": "wrap_up",
            "reason": None,
            "since": "2026-11-23T09:01:10.000+00:00",
            "blocked_on": ["support"],
        },
        {
            "agent": "omar",
            "name": "Omar",
            "state": "available",
            "reason": None,
            "since": "2026-11-23T09:01:10.000+00:00",
            "blocked_on": [],
        },
    ]


async def test_whatever_is_written_is_whole_or_not_there(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper
) -> None:
    await floor(flaky, recorder)
    flaky.plan("before commit", "after commit")
    for _ in range(2):
        with pytest.raises(OperationalError):
            await keeper.keep(flaky)
    await keeper.keep(flaky)
    assert len(await told(flaky, "agent.state")) == 2
    _, (block,) = await written(flaky)
    assert block.interface == "PJSIP/101"


async def test_a_release_ends_the_block_and_is_told_though_the_agent_is_as_before(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper, clock: Clock
) -> None:
    nadia, _ = await floor(flaky, recorder)
    async with flaky.transaction() as connection:
        await pauses.begin(connection, nadia, "lunch", source="page", now=second(65))
    await keeper.keep(flaky)
    async with flaky.transaction() as connection:
        await blocks.release(connection, nadia, by="zoe", now=second(80))
    clock.now = second(80)
    assert await keeper.keep(flaky) is None
    assert await written(flaky) == (
        {"nadia": AgentState.PAUSED, "omar": AgentState.AVAILABLE},
        [],
    )
    last = (await told(flaky, "agent.state"))[-1]
    assert (last["state"], last["reason"], last["blocked_on"]) == ("paused", "lunch", [])
    assert last["since"] == "2026-11-23T09:01:10.000+00:00"


async def test_what_waits_for_long_is_escalated_once(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper, clock: Clock
) -> None:
    await floor(flaky, recorder)
    clock.now = second(664)
    for _ in range(2):
        assert await keeper.keep(flaky) == second(1864)
    assert await told(flaky, "obligation.overdue") == [
        {
            "call": started(1).id,
            "line": "support",
            "agent": "nadia",
            "name": "Nadia",
            "answered_at": "2026-11-23T09:00:04.000+00:00",
        }
    ]
    (debt,) = await debts(flaky)
    assert (debt.escalated_at, debt.stubbed_at) == (second(664), None)


async def make_ticket(database: Database, call_id: str) -> str:
    desk = BuiltinDesk(
        name="builtin", database=database, base_url=URL, zones={}, now=lambda: second(9)
    )
    draft = Draft(
        key=call_id,
        line="support",
        title="support: 0639981122",
        answered_at=second(5),
        company_id=None,
        contact_id=None,
        contract_id=None,
        agent_id=None,
        account_owner=None,
    )
    return (await desk.create(draft)).number


async def test_a_stub_says_that_nobody_wrote_and_lets_nobody_go(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper, clock: Clock
) -> None:
    await floor(flaky, recorder)
    number = await make_ticket(flaky, started(1).id)
    clock.now = second(1864)
    for _ in range(2):
        assert await keeper.keep(flaky) is None
    async with flaky.reading() as connection:
        ticket = await tickets.get(connection, number, base_url=URL)
    assert ticket is not None
    assert [(note.agent, note.text) for note in ticket.notes] == [(None, overdue.STUB)]
    (debt,) = await debts(flaky)
    assert (debt.state, debt.stubbed_at) == ("ticketed", second(1864))
    _, (block,) = await written(flaky)
    assert block.interface == "PJSIP/101"


async def test_where_another_desk_has_the_ticket_it_is_noted_alone(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper, clock: Clock
) -> None:
    await floor(flaky, recorder)
    clock.now = second(1864)
    await keeper.keep(flaky)
    (debt,) = await debts(flaky)
    assert (debt.escalated_at, debt.stubbed_at) == (second(1864), second(1864))


# -- the job ---------------------------------------------------------------------------------------


@asynccontextmanager
async def working(keeper: FloorKeeper, database: Database) -> AsyncIterator[None]:
    job = asyncio.create_task(keeper.work(database))
    try:
        yield
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)


async def test_it_works_on_when_the_database_was_away(
    flaky: FlakyDatabase,
    recorder: Recorder,
    keeper: FloorKeeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FAULT_PAUSE_S", 0.01)
    await floor(flaky, recorder)
    decided = asyncio.Event()
    keeper.decided = decided.set
    flaky.plan("at begin", "before commit")
    async with working(keeper, flaky), asyncio.timeout(PATIENCE_S):
        await decided.wait()
    assert len((await written(flaky))[1]) == 1


async def test_it_looks_when_it_is_woken_and_when_something_is_due(
    flaky: FlakyDatabase,
    recorder: Recorder,
    keeper: FloorKeeper,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "POLL_S", PATIENCE_S)
    monkeypatch.setattr(module, "GAP_S", 0.0)
    nadia, _ = await floor(flaky, recorder)
    decided = asyncio.Event()
    keeper.decided = decided.set
    clock.now = second(663.9)
    async with working(keeper, flaky), asyncio.timeout(PATIENCE_S):
        await decided.wait()
        decided.clear()
        clock.now = second(664)  # a tenth of a second later
        await decided.wait()
        assert len(await told(flaky, "obligation.overdue")) == 1
        decided.clear()
        async with flaky.transaction() as connection:
            await pauses.begin(connection, nadia, "lunch", source="page", now=second(665))
        keeper.wake()
        await decided.wait()
    assert (await written(flaky))[0]["nadia"] is AgentState.PAUSED


async def test_who_has_left_is_kept_no_more(
    flaky: FlakyDatabase, recorder: Recorder, keeper: FloorKeeper
) -> None:
    """Their telephone is nobody's, and free for whoever sits down there."""
    nadia, _ = await floor(flaky, recorder)
    await keeper.keep(flaky)
    async with flaky.transaction() as connection:
        await connection.execute(update(agents).where(agents.c.id == nadia).values(active=False))
    await keeper.keep(flaky)
    by_login, found = await written(flaky)
    assert list(by_login) == ["omar"]
    assert found == []
