"""Drafts of what a call was about: kept as they are typed, and lost to no other window."""

import asyncio

import pytest

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.call import Call
from callcenter.core.obligation import ExemptReason
from callcenter.db import agents, exemptions, obligations, wrap_ups
from callcenter.db.engine import Database
from callcenter.db.wrap_ups import Draft, StaleDraftError
from tests.calls.database import add_agent
from tests.calls.facts import second, started, story

TYPED = Draft(title="Printer is offline", note="Second floor.\nToner?", priority="high")
URL = "http://callcenter.test"


async def answer(database: Database, call: Call, agent: str = "nadia") -> str:
    """A call of the agent's, and its debt; gives its id."""
    lines = {"support": LineRecord("builtin", "FR")}
    recorder = Recorder(database=database, lines=lines, committed=lambda _entries: None)
    async with database.reading() as connection:
        ids = await agents.ids(connection)
    await recorder.record(story(call, agent), ids)
    return call.id


async def nadias_call(database: Database) -> str:
    """The same, of Nadia, who is new."""
    await add_agent(database, "nadia", "PJSIP/101")
    return await answer(database, started())


async def save(database: Database, call_id: str, draft: Draft, version: int, **more: bool) -> int:
    async with database.transaction() as connection:
        nadia = (await agents.ids(connection))["nadia"]
        return await wrap_ups.save(
            connection, call_id, draft, version=version, agent_id=nadia, now=second(9), **more
        )


async def kept(database: Database, call_id: str) -> tuple[Draft, int]:
    async with database.reading() as connection:
        found = await wrap_ups.get(connection, call_id)
    assert found is not None
    return found.draft, found.version


async def test_what_is_typed_is_kept_and_its_version_grows(database: Database) -> None:
    call_id = await nadias_call(database)
    async with database.reading() as connection:
        assert await wrap_ups.get(connection, call_id) is None
    assert await save(database, call_id, Draft(title="Prin"), 0) == 1
    assert await save(database, call_id, TYPED, 1) == 2
    assert await kept(database, call_id) == (TYPED, 2)


async def test_the_same_sent_twice_is_kept_once(database: Database) -> None:
    """The answer to the first was lost on its way."""
    call_id = await nadias_call(database)
    assert await save(database, call_id, TYPED, 0) == 1
    assert await save(database, call_id, TYPED, 0) == 1
    assert await kept(database, call_id) == (TYPED, 1)


async def test_a_window_that_is_behind_is_told_and_overwrites_nothing(database: Database) -> None:
    call_id = await nadias_call(database)
    await save(database, call_id, TYPED, 0)
    for version in (0, 7):
        with pytest.raises(StaleDraftError) as refused:
            await save(database, call_id, Draft(title="Screen is dark"), version)
        assert (refused.value.theirs.draft, refused.value.theirs.version) == (TYPED, 1)
    assert await kept(database, call_id) == (TYPED, 1)


async def test_of_two_windows_that_save_at_once_one_is_told(database: Database) -> None:
    """Race: both have the same version before them, and both write."""
    call_id = await nadias_call(database)
    both = await asyncio.gather(
        save(database, call_id, Draft(title="One"), 0),
        save(database, call_id, Draft(title="Two"), 0),
        return_exceptions=True,
    )
    (won,) = [one for one in both if isinstance(one, int)]
    (told,) = [one for one in both if isinstance(one, StaleDraftError)]
    assert (won, told.theirs.version) == (1, 1)
    assert (told.theirs.draft, 1) == await kept(database, call_id)


async def test_a_finished_one_is_changed_no_more(database: Database) -> None:
    call_id = await nadias_call(database)
    assert await save(database, call_id, TYPED, 0, finished=True) == 1
    assert await save(database, call_id, TYPED, 0, finished=True) == 1
    for version in (0, 1):  # what was typed a moment before comes late
        with pytest.raises(StaleDraftError) as refused:
            await save(database, call_id, Draft(title="Printer"), version)
        assert refused.value.theirs.finished_at == second(9)


async def test_a_call_that_was_qualified_in_another_way_gives_up_its_draft(
    database: Database,
) -> None:
    call_id = await nadias_call(database)
    await save(database, call_id, TYPED, 0)
    async with database.transaction() as connection:
        assert await wrap_ups.close(connection, call_id, now=second(20)) == TYPED
        assert await wrap_ups.close(connection, call_id, now=second(21)) is None
    with pytest.raises(StaleDraftError):
        await save(database, call_id, Draft(title="Printer"), 1)


async def test_an_agents_unfinished_calls_are_those_that_he_answered(database: Database) -> None:
    nadia = await add_agent(database, "nadia", "PJSIP/101")
    omar = await add_agent(database, "omar", "PJSIP/102")
    first, second_one, finished, exempt = [
        await answer(database, started(place, at=place)) for place in range(4)
    ]
    await answer(database, started(9, at=9), "omar")

    async def unfinished(agent_id: int) -> list[str]:
        async with database.reading() as connection:
            return list(await wrap_ups.unfinished(connection, agent_id))

    assert await unfinished(nadia) == [first, second_one, finished, exempt]
    await save(database, finished, TYPED, 0, finished=True)  # its desk is yet to have the ticket
    async with database.transaction() as connection:
        await exemptions.ask(connection, exempt, ExemptReason.TEST, actor="nadia", now=second(20))
        await exemptions.grant(connection, exempt, actor="nadia", now=second(20), base_url=URL)
        for call_id in (first, second_one):
            await obligations.ticketed(connection, call_id, number="T1", url=URL, now=second(21))
        await obligations.qualified(connection, first, number="T1", now=second(22))
    assert await unfinished(nadia) == [second_one]
    assert len(await unfinished(omar)) == 1
