"""What a wallboard counts: today's calls, debts by age, callers to be called back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from callcenter.core.call import Outcome
from callcenter.core.counts import Counts, Fact
from callcenter.core.wallboard import Aged
from callcenter.db import schema, wallboard
from callcenter.db.engine import Database
from callcenter.db.today import today
from callcenter.db.wallboard import Missed, Owed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)
TOMORROW = MIDNIGHT + timedelta(days=1)

DAY = (
    # outcome, when it began, its wait, whether it has a ticket, whether it is exempt
    (Outcome.ANSWERED, 0.0, 20.0, True, False),
    (Outcome.ANSWERED, 60.0, 20.001, True, True),
    (Outcome.ANSWERED, 90.0, 7.25, False, False),
    (Outcome.ABANDONED, 120.0, 41.5, False, False),
    (Outcome.SHORT_ABANDON, 150.0, 3.0, False, False),
    (Outcome.OVERFLOW, 180.0, 60.0, False, False),
    (Outcome.CLOSED, 210.0, None, False, False),
    (Outcome.REJECTED, 240.0, None, False, False),
)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def call(name: str, started_at: datetime, **more: Any) -> dict[str, Any]:
    row = {"id": name, "pbx": "main", "linkedid": name, "channel": name, "line": "support"}
    row |= {"caller_raw": "anonymous", "state": "ended", "started_at": started_at}
    return row | more


async def write(
    database: Database, calls: Sequence[dict[str, Any]], debts: Sequence[dict[str, Any]]
) -> None:
    columns = dict.fromkeys(("line", "outcome", "queued_at", "answered_at", "ended_at"))
    rest = dict.fromkeys(("ticket_number",))
    async with database.transaction() as connection:
        await connection.execute(insert(schema.calls), [columns | one for one in calls])
        await connection.execute(
            insert(schema.obligations), [{"desk": "builtin"} | rest | one for one in debts]
        )


async def test_today_is_what_the_facts_of_its_calls_come_to(database: Database) -> None:
    facts: list[Fact] = []
    rows: list[dict[str, Any]] = []
    debts: list[dict[str, Any]] = []
    for number, (outcome, begins_s, wait_s, has_ticket, is_exempt) in enumerate(DAY):
        name, began = str(number), MIDNIGHT + timedelta(seconds=begins_s)
        ends = began + timedelta(seconds=wait_s or 0)
        answered = ends if outcome is Outcome.ANSWERED else None
        queued = began if wait_s is not None else None
        times = {"queued_at": queued, "answered_at": answered, "ended_at": ends}
        rows.append(call(name, began, outcome=outcome.value, **times))
        if answered:
            state = "exempt" if is_exempt else "ticketed" if has_ticket else "open"
            ticket = {"ticket_number": name if has_ticket else None, "state": state}
            debts.append({"call_id": name, "answered_at": answered, **ticket})
        flags = {"has_ticket": has_ticket, "is_exempt": is_exempt}
        fact: dict[str, Any] = {
            "id": name,
            "line": "support",
            "outcome": outcome,
            "started_at": began,
        }
        facts.append(Fact(**fact, wait_s=wait_s, **flags))
    elsewhere = {"outcome": "answered", "queued_at": NOW, "ended_at": NOW}
    rows += [
        call("before", MIDNIGHT - timedelta(seconds=1), **elsewhere),
        call("tomorrow", TOMORROW, **elsewhere),
        call("other", NOW, **elsewhere, line="sales"),
        call("open", NOW, state="talking", queued_at=NOW, answered_at=NOW),
    ]
    await write(database, rows, debts)
    expected = Counts.of(facts, 20.0)
    async with database.reading() as connection:
        found = await today(connection, "support", MIDNIGHT, TOMORROW, threshold_s=20.0)
        nothing = await today(connection, "printers", MIDNIGHT, TOMORROW, threshold_s=20.0)
    assert (expected.offered, expected.in_time, expected.ticketed) == (8, 2, 1)
    assert (found, nothing) == (expected, Counts())


async def test_debts_are_counted_by_age_and_a_talk_is_none_yet(database: Database) -> None:
    over = {"outcome": "answered", "ended_at": ago(61)}
    rows = [
        call("new", ago(3), state="talking"),
        call("old", ago(30), **over),
        call("talking", ago(90), state="talking"),
        call("unwritten", ago(90), **over),
        call("written", ago(90), **over),
        call("qualified", ago(90), **over),
        call("sales", ago(5), outcome="answered", ended_at=ago(4), line="sales"),
    ]
    debts = [
        {"call_id": "new", "state": "open", "answered_at": ago(2)},
        {"call_id": "old", "state": "open", "answered_at": ago(11)},
        *(
            {
                "call_id": name,
                "state": "qualified" if name == "qualified" else "ticketed",
                "ticket_number": name,
                "answered_at": ago(89),
            }
            for name in ("talking", "unwritten", "written", "qualified", "sales")
        ),
    ]
    await write(database, rows, debts)
    async with database.transaction() as connection:
        written = {"call_id": "written", "version": 1, "updated_at": NOW, "finished_at": NOW}
        texts = {"title": "Till", "note": "", "summary": "", "solved_on_call": False}
        await connection.execute(insert(schema.wrap_ups), written | texts)
    async with database.reading() as connection:
        assert await wallboard.owed(connection, NOW) == {
            "support": Owed(Aged((1, 1, 0), ago(11)), Aged((0, 0, 1), ago(61))),
            "sales": Owed(Aged(), Aged((1, 0, 0), ago(4))),
        }


async def test_callers_to_be_called_back_are_counted_by_line(database: Database) -> None:
    todo = {"line": "support", "caller_raw": "x", "last_missed_at": NOW, "times": 1}
    rows = [
        {**todo, "first_missed_at": ago(7), "closed_at": None, "closed_because": None},
        {**todo, "first_missed_at": ago(9), "closed_at": None, "closed_because": None},
        {**todo, "first_missed_at": ago(99), "closed_at": NOW, "closed_because": "no_need"},
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(schema.callbacks), rows)
    async with database.reading() as connection:
        assert await wallboard.missed(connection) == {"support": Missed(2, ago(9))}
