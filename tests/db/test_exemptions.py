"""An exemption is asked, granted, declined, reversed: counted, in the trail, told to its ticket."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, text

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.obligation import ExemptReason
from callcenter.db import claims, exemptions, obligations, standing, tickets, trail
from callcenter.db import schema as tables
from callcenter.db.coverage import coverage
from callcenter.db.engine import Database
from callcenter.db.recording import AT_ONCE
from callcenter.db.standing import Cursor, Show
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Draft
from tests.calls.database import debts, entries
from tests.calls.facts import second, started, story

CALL = started(1).id
URL = "http://callcenter.test"
NUISANCE = ExemptReason.NUISANCE


async def answer(database: Database, *numbers: int) -> None:
    recorder = Recorder(
        database=database,
        lines={"support": LineRecord("builtin", "FR")},
        committed=lambda _entries: None,
    )
    for number in numbers or (1,):
        await recorder.record(story(started(number, at=number), None), {})


async def make_ticket(database: Database) -> str:
    desk = BuiltinDesk(
        name="builtin", database=database, base_url=URL, zones={}, now=lambda: second(9)
    )
    draft = Draft(
        key=CALL,
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


async def ask(database: Database, reason: ExemptReason = NUISANCE, call: str = CALL) -> bool:
    async with database.transaction() as connection:
        return await exemptions.ask(connection, call, reason, actor="zoe", now=second(10))


async def grant(database: Database, call: str = CALL) -> bool:
    async with database.transaction() as connection:
        return await exemptions.grant(connection, call, actor="sam", now=second(11), base_url=URL)


async def exempt(database: Database, call: str = CALL) -> None:
    assert await ask(database, call=call)
    assert await grant(database, call)


async def reverse(database: Database) -> bool:
    async with database.transaction() as connection:
        return await exemptions.reverse(connection, CALL, actor="sam", now=second(20), base_url=URL)


async def the_debt(database: Database) -> Any:
    (debt,) = await debts(database)
    return debt


async def the_ticket(database: Database) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(select(tables.tickets))).one()


async def decisions(database: Database) -> list[tuple[str | None, str, str | None]]:
    async with database.reading() as connection:
        found = await trail.of_call(connection, CALL)
    return [(entry.actor, entry.action, entry.data.get("reason")) for entry in found]


async def test_what_is_asked_changes_nothing_until_it_is_granted(database: Database) -> None:
    await answer(database)
    assert await ask(database, ExemptReason.TEST)
    assert await ask(database)
    debt = await the_debt(database)
    assert (debt.state, debt.next_attempt_at) == ("open", AT_ONCE)
    assert (debt.exempt_reason, debt.exempt_by, debt.exempt_at) == ("nuisance", "zoe", second(10))
    assert await grant(database)
    debt = await the_debt(database)
    assert (debt.state, debt.next_attempt_at, debt.exempt_by) == ("exempt", None, "zoe")
    assert not await grant(database)
    assert not await ask(database)
    assert await decisions(database) == [
        ("zoe", "exemption.asked", "test"),
        ("zoe", "exemption.asked", "nuisance"),
        ("sam", "exemption.granted", "nuisance"),
    ]
    assert '"state":"exempt"' in (await entries(database))[-1].data


async def test_what_is_declined_is_as_if_nobody_had_asked(database: Database) -> None:
    await answer(database)
    before = await the_debt(database)
    await ask(database)
    async with database.transaction() as connection:
        assert await exemptions.decline(connection, CALL, actor="sam", now=second(11))
        assert not await exemptions.decline(connection, CALL, actor="sam", now=second(11))
    assert await the_debt(database) == before
    assert not await grant(database)
    assert (await decisions(database))[-1] == ("sam", "exemption.declined", "nuisance")


async def test_an_exempt_call_that_has_no_ticket_owes_it_again_when_that_is_reversed(
    database: Database,
) -> None:
    await answer(database)
    await exempt(database)
    async with database.transaction() as connection:
        until = second(60)
        claim = {"holder": "one", "now": second(12), "until": until, "limit": 9}
        assert await claims.claim(connection, "builtin", **claim) == []
    assert await reverse(database)
    assert not await reverse(database)
    debt = await the_debt(database)
    assert (debt.state, debt.next_attempt_at, debt.attempts) == ("open", AT_ONCE, 0)
    assert (debt.exempt_reason, debt.exempt_by, debt.exempt_at) == (None, None, None)
    assert (await decisions(database))[-1] == ("sam", "exemption.reversed", "nuisance")


@pytest.mark.parametrize("was_qualified", [False, True])
async def test_its_ticket_is_completed_with_the_reason_and_opened_again(
    database: Database, was_qualified: bool
) -> None:
    await answer(database)
    number = await make_ticket(database)
    async with database.transaction() as connection:
        if was_qualified:
            await obligations.qualified(connection, CALL, number=number, now=second(9))
    await exempt(database)
    ticket = await the_ticket(database)
    assert (ticket.status, ticket.completed_at) == ("complete", second(11))
    assert ticket.resolution == "No ticket needed: a nuisance call."
    assert (await the_debt(database)).ticket_number == number
    kinds = [entry.type.value for entry in await entries(database)]
    assert kinds[-3:] == ["ticket.completed", "call.updated", "call.updated"]
    assert await reverse(database)
    ticket = await the_ticket(database)
    assert (ticket.status, ticket.completed_at, ticket.resolution) == ("in_progress", None, None)
    state = "qualified" if was_qualified else "ticketed"
    assert (await the_debt(database)).state == state


async def test_a_summary_that_somebody_wrote_is_left_alone(sqlite_database: Database) -> None:
    await answer(sqlite_database)
    number = await make_ticket(sqlite_database)
    async with sqlite_database.transaction() as connection:
        at = {"now": second(9), "base_url": URL}
        about = {"title": "Fax line", "status": "in_progress", "priority": "low"}
        await tickets.update(connection, number, **about, **at)
        await tickets.complete(connection, number, summary="He rang off.", **at)
    await exempt(sqlite_database)
    assert (await the_ticket(sqlite_database)).resolution == "He rang off."
    await reverse(sqlite_database)
    ticket = await the_ticket(sqlite_database)
    assert (ticket.status, ticket.resolution) == ("complete", "He rang off.")
    assert (await the_debt(sqlite_database)).state == "qualified"


async def test_a_ticket_that_comes_late_stays_with_the_exempt_call(database: Database) -> None:
    await answer(database)
    await exempt(database)
    number = await make_ticket(database)
    debt = await the_debt(database)
    assert (debt.state, debt.ticket_number) == ("exempt", number)
    assert (await the_ticket(database)).status == "complete"
    await reverse(database)
    assert (await the_debt(database)).state == "ticketed"


async def test_a_ticket_made_while_it_is_exempted_is_completed_whoever_is_first(
    database: Database,
) -> None:
    await answer(database)
    await ask(database)
    await asyncio.gather(grant(database), make_ticket(database))
    assert (await the_debt(database)).state == "exempt"
    assert (await the_debt(database)).ticket_number is not None
    assert (await the_ticket(database)).status == "complete"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_makes_its_ticket_meanwhile_waits_and_is_not_cut_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would wait for what the other has locked, and PostgreSQL would end one of them."""
    await answer(database)
    await ask(database)
    is_held, journal_call = asyncio.Event(), exemptions.journal_call

    async def journal_late(*arguments: Any) -> None:
        is_held.set()
        await _somebody_waits(database)
        await journal_call(*arguments)

    monkeypatch.setattr(exemptions, "journal_call", journal_late)
    granting = asyncio.create_task(grant(database))
    await is_held.wait()
    await make_ticket(database)
    assert await granting
    assert (await the_ticket(database)).status == "complete"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_writes_in_its_ticket_meanwhile_is_not_cut_off(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answer(database)
    number = await make_ticket(database)
    async with database.transaction() as connection:
        await connection.execute(tables.tickets.update().values(title_is_made=False))
    is_held, ticketed = asyncio.Event(), obligations.ticketed

    async def ticketed_late(*arguments: Any, **more: Any) -> None:
        is_held.set()
        await _somebody_waits(database)
        await ticketed(*arguments, **more)

    async def complete() -> None:
        async with database.transaction() as connection:
            await tickets.complete(
                connection, number, summary="He rang off.", now=second(9), base_url=URL
            )

    monkeypatch.setattr(obligations, "ticketed", ticketed_late)
    completing = asyncio.create_task(complete())
    await is_held.wait()
    async with database.transaction() as connection:
        assert await exemptions.ask(connection, CALL, NUISANCE, actor="zoe", now=second(10))
        assert await exemptions.grant(connection, CALL, actor="zoe", now=second(10), base_url=URL)
    await completing
    assert (await the_debt(database)).state == "exempt"
    assert (await the_ticket(database)).resolution == "He rang off."


async def _somebody_waits(database: Database) -> None:
    """Returns as soon as there is somebody who waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    found = 0
    async with asyncio.timeout(20):
        while not found:
            await asyncio.sleep(0.01)
            async with database.reading() as connection:
                found = (await connection.execute(waiting)).scalar_one()


async def test_nothing_is_exempt_that_is_not_there(sqlite_database: Database) -> None:
    assert not await ask(sqlite_database)
    assert not await grant(sqlite_database)
    assert not await reverse(sqlite_database)


async def test_exempt_calls_are_counted_by_their_reason(database: Database) -> None:
    await answer(database, 1, 2, 3, 4)
    for number, reason in ((1, NUISANCE), (2, NUISANCE), (3, ExemptReason.TEST)):
        await ask(database, reason, started(number).id)
        if number != 2:
            await grant(database, started(number).id)
    async with database.reading() as connection:
        found = await coverage(connection, second(0), second(60))
    assert (found.answered, found.obligations) == (4, {"open": 2, "exempt": 2})
    assert found.exempt == {"nuisance": 1, "test": 1}


async def test_lists_tell_what_is_open_stuck_asked_and_exempt(database: Database) -> None:
    await answer(database, 1, 2, 3, 4, 5)
    async with database.transaction() as connection:
        await claims.claim(
            connection, "builtin", holder="one", now=second(9), until=second(69), limit=1
        )
        stuck = {"holder": "one", "error": "no such queue", "now": second(9)}
        assert await claims.stick(connection, started(1).id, **stuck)
    await ask(database, call=started(2).id)
    await exempt(database, started(3).id)
    await exempt(database, started(4).id)
    async with database.reading() as connection:
        counts = await standing.counts(connection, agent_id=None)
        of = {
            show: [one.call.id for one in (await _page(connection, show)).standings]
            for show in Show
        }
        assert await standing.counts(connection, agent_id=1) == dict.fromkeys(Show, 0)
        found = await standing.get(connection, started(1).id)
    first, second_, third, fourth, fifth = (started(number).id for number in range(1, 6))
    assert of[Show.OPEN] == [first, second_, fifth]
    assert (of[Show.STUCK], of[Show.ASKED]) == ([first], [second_])
    assert sorted(of[Show.EXEMPT]) == sorted([third, fourth])
    assert counts == {show: len(ids) for show, ids in of.items()}
    assert found is not None
    assert (found.last_error, found.stuck_at, found.is_tried) == ("no such queue", second(9), False)


async def _page(connection: Any, show: Show, after: Cursor | None = None, limit: int = 9) -> Any:
    return await standing.page(connection, show, agent_id=None, after=after, limit=limit)


@pytest.mark.parametrize("show", [Show.OPEN, Show.EXEMPT])
async def test_a_long_list_comes_in_pages(database: Database, show: Show) -> None:
    await answer(database, *range(1, 8))
    if show is Show.EXEMPT:
        for number in range(1, 8):
            await exempt(database, started(number).id)
    seen: list[str] = []
    cursor = None
    async with database.reading() as connection:
        for size in (3, 3, 1):
            page = await _page(connection, show, cursor, 3)
            assert len(page.standings) == size
            seen += [one.call.id for one in page.standings]
            cursor = page.next
    assert cursor is None
    assert len(set(seen)) == 7
