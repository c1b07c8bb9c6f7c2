"""Coverage as it is read from the store."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from callcenter.core.coverage import OpenObligation
from callcenter.db import gauges
from callcenter.db.coverage import coverage
from callcenter.db.engine import Database
from callcenter.db.schema import agents, calls, obligations

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
END = START + timedelta(hours=1)


async def answered_call(
    database: Database,
    name: str,
    *,
    at: datetime,
    state: str = "ticketed",
    delay_s: float = 1.0,
    agent_id: int | None = None,
) -> None:
    call = {
        "id": name,
        "pbx": "main",
        "linkedid": name,
        "channel": "1795421524.14",
        "line": "support",
        "caller_raw": "anonymous",
        "state": "ended",
        "outcome": "answered",
        "started_at": at,
        "answered_at": at,
    }
    paid = state in {"ticketed", "qualified"}
    debt = {
        "call_id": name,
        "desk": "builtin",
        "state": state,
        "agent_id": agent_id,
        "answered_at": at,
        "ticket_number": f"T20261123.{name}" if paid else None,
        "ticketed_at": at + timedelta(seconds=delay_s) if paid else None,
        "attempts": 0 if paid else 3,
        "last_error": None if paid else "the desk does not answer",
    }
    async with database.transaction() as connection:
        await connection.execute(insert(calls), call)
        await connection.execute(insert(obligations), debt)


async def test_nothing_answered_has_no_figure(database: Database) -> None:
    async with database.reading() as connection:
        found = await coverage(connection, START, END)
    assert (found.answered, found.figure, found.obligations, found.open) == (0, None, {}, ())
    assert (found.delay_median_s, found.delay_p95_s) == (None, None)


async def test_open_obligations_are_named_and_delays_summed_up(database: Database) -> None:
    async with database.transaction() as connection:
        row = {
            "login": "nadia",
            "name": "Nadia",
            "role": "agent",
            "password_hash": "none",
            "created_at": START,
        }
        query = insert(agents).returning(agents.c.id)
        nadia = (await connection.execute(query, row)).scalar_one()
    for number in range(1, 21):
        at = START + timedelta(minutes=number)
        await answered_call(database, str(number), at=at, delay_s=number / 4)
    late = START + timedelta(minutes=30)
    await answered_call(database, "owed", at=late, state="open", agent_id=nadia)
    await answered_call(database, "done", at=late, state="qualified", delay_s=0.125)
    await answered_call(database, "let off", at=late, state="exempt")
    await answered_call(database, "before", at=START - timedelta(microseconds=1), state="open")
    await answered_call(database, "after", at=END, state="open")
    async with database.reading() as connection:
        found = await coverage(connection, START, END)
    assert found.answered == 23
    assert found.obligations == {"open": 1, "ticketed": 20, "qualified": 1, "exempt": 1}
    assert found.figure == 21 / 23
    assert found.open == (
        OpenObligation("owed", "support", "nadia", late, 3, "the desk does not answer"),
    )
    assert found.delay_median_s == 2.5
    assert found.delay_p95_s == 4.75


async def test_a_pbx_whose_clock_is_ahead_makes_no_delay_negative(database: Database) -> None:
    await answered_call(database, "ahead", at=START, delay_s=-90)
    await answered_call(database, "level", at=START, delay_s=0)
    async with database.reading() as connection:
        found = await coverage(connection, START, END)
    assert found.delays_ms == {0: 2}


async def test_open_debts_are_counted_with_the_oldest(database: Database) -> None:
    async with database.reading() as connection:
        assert (await gauges.read(connection)).obligations["open"] == gauges.Debts()
    for minute, state in enumerate(("qualified", "open", "exempt", "open", "ticketed")):
        at = START + timedelta(minutes=minute)
        await answered_call(database, str(minute), at=at, state=state)
    async with database.reading() as connection:
        oldest = START + timedelta(minutes=1)
        assert (await gauges.read(connection)).obligations["open"] == gauges.Debts(2, oldest)
