"""What is asked all day long is found by an index, on tables with weeks of calls in them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.alert import Alert, Phase
from callcenter.core.enforcement import Policy
from callcenter.db import (
    alert_episodes,
    alert_groups,
    alerts,
    calls,
    claims,
    coverage,
    customer_tickets,
    floor,
    gauges,
    journal,
    presence,
    recording,
    standing,
    states,
    taking,
    tickets,
    wallboard,
    wrap_ups,
)
from callcenter.db import schema as tables
from callcenter.db.alert_groups import Place
from callcenter.db.call_filter import CallFilter, Companies
from callcenter.db.calls import Cursor
from callcenter.db.customer_tickets import Wanted
from callcenter.db.engine import Database
from callcenter.db.standing import Show
from callcenter.db.tickets import TicketFilter
from callcenter.db.today import today

CALLS = 4_000
START = datetime(2026, 11, 1, tzinfo=UTC)
MIDDLE = START + timedelta(minutes=CALLS / 2)
END = START + timedelta(minutes=CALLS)
HOUR = (MIDDLE - timedelta(hours=1), MIDDLE)

DEMANDED = {"support": Policy()}

PLACE = Place(source="rmm", line="support", site="", company_id=None)
ALERT = Alert.of(key="17", episode="", phase=Phase.FIRING, text="Disk C: 95 % full")

Ask = Callable[[AsyncConnection], Awaitable[Any]]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest) -> Any:
    """Address of the database that the tests of this module share."""
    return request.getfixturevalue(f"module_{request.param}_url")


@pytest.fixture
async def filled(filled_url: str) -> AsyncIterator[Database]:
    """Weeks of calls, of which three are open, and two debts that nobody paid yet."""
    async with Database.open(filled_url) as database:
        async with database.transaction() as connection:
            if await connection.scalar(text("SELECT count(*) FROM calls")) == 0:
                await _fill(connection)
                if not database.is_sqlite:  # PostgreSQL does so by itself, SQLite never
                    await connection.execute(text("ANALYZE"))
        yield database


async def _fill(connection: AsyncConnection) -> None:
    numbers = range(CALLS)
    agent = {"login": "nadia", "name": "Nadia", "role": "agent", "password_hash": "none"}
    await connection.execute(insert(tables.agents), {**agent, "created_at": START})
    await connection.execute(insert(tables.calls), [_call(number) for number in numbers])
    await connection.execute(insert(tables.legs), [_leg(number) for number in numbers])
    await connection.execute(insert(tables.obligations), [_debt(number) for number in numbers])
    await connection.execute(insert(tables.tickets), [_ticket(number) for number in numbers])
    await connection.execute(insert(tables.alert_groups), [_group(number) for number in numbers])
    await connection.execute(insert(tables.alert_episodes), [_alert(number) for number in numbers])
    rows = [
        {"at": START, "type": "call.ended", "line": "support", "call_id": "1", "data": "{}"}
        for _ in numbers
    ]
    await connection.execute(insert(tables.journal), rows)


def _call(number: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    has_number = number % 5
    return {
        "id": f"{number:05}",
        "pbx": "main",
        "linkedid": f"1795421524.{number}",
        "channel": f"1795421524.{number}",
        "line": "night" if number % 40 == 0 else "support",
        "caller_raw": f"063998{number:04}" if has_number else f"{number % 100}",
        "caller_e164": f"+3363998{number:04}" if has_number else None,
        "state": "ended" if number < CALLS - 3 else "talking",
        "outcome": "answered" if number < CALLS - 3 else None,
        "started_at": at,
        "answered_at": at,
    }


def _leg(number: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    leg = {"call_id": f"{number:05}", "position": 0, "agent_id": 1, "interface": "PJSIP/101"}
    return {**leg, "offered_at": at, "answered_at": at, "ended_at": at}


def _debt(number: int) -> dict[str, Any]:
    is_open = number >= CALLS - 2
    return {
        "call_id": f"{number:05}",
        "desk": "builtin",
        "state": "open" if is_open else "qualified",
        "answered_at": START + timedelta(minutes=number),
        "ticket_number": None if is_open else f"T{number:05}",
        "ticketed_at": None if is_open else START + timedelta(minutes=number, seconds=1),
        "next_attempt_at": recording.AT_ONCE if is_open else None,
    }


def _ticket(number: int) -> dict[str, Any]:
    is_open = number >= CALLS - 40
    return {
        "number": f"T{number:05}",
        "title": "Printer is offline",
        "queue": "support",
        "primary_resource_id": 1 if number % 100 == 0 else None,
        "source": "phone",
        "status": "new" if is_open else "complete",
        "priority": "medium",
        "created_at": START + timedelta(minutes=number),
        "resolution": None if is_open else "Switched on again.",
    }


def _group(number: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    group = {"id": number, "source": "rmm", "line": "support", "site": "", "last_at": at}
    return {**group, "ticket_number": f"T{number:05}"}


def _alert(number: int) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    said = {"site": "", "device": "SRV-01", "severity": "", "text": "Disk C: 95 % full"}
    times = {"first_at": at, "last_at": at, "over_at": at if number < CALLS - 3 else None}
    key = {"source": "rmm", "key": str(number), "episode": "", "group_id": number}
    return {**key, **said, **times, "times": 1}


async def plan_of(database: Database, ask: Ask, table: str) -> str:
    """How the database finds what ``ask`` selects from the table."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and f"\nFROM {table}" in statement:
            asked.append((statement, parameters))

    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.transaction() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await ask(connection)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        statement, parameters = asked[0]
        rows = await connection.exec_driver_sql(f"{explain} {statement}", parameters)
        return "\n".join(str(row[-1]) for row in rows)


def page(**wanted: Any) -> Ask:
    cursor = Cursor(MIDDLE, "00500")
    return lambda connection: calls.page(connection, CallFilter(**wanted), after=cursor, limit=50)


def ticket_page(**wanted: Any) -> Ask:
    return lambda connection: tickets.page(
        connection, TicketFilter(**wanted), after=None, limit=50, base_url=""
    )


def company_page(connection: AsyncConnection) -> Awaitable[Any]:
    return customer_tickets.page(connection, 1, Wanted(), after=None, limit=25)


def claim(connection: AsyncConnection) -> Awaitable[Any]:
    return claims.claim(connection, "builtin", holder="one", now=START, until=START, limit=20)


def today_so_far(connection: AsyncConnection) -> Awaitable[Any]:
    return today(connection, "support", END - timedelta(hours=1), END, threshold_s=20)


def standing_page(show: Show) -> Ask:
    return lambda connection: standing.page(connection, show, agent_id=None, after=None, limit=50)


@pytest.mark.parametrize(
    ("ask", "table", "index"),
    [
        (lambda c: calls.current(c, None), "calls", "ix_calls_open"),
        (lambda c: calls.current(c, ["support"]), "calls", "ix_calls_open"),
        (lambda c: recording.open_calls(c, "main"), "calls", "ix_calls_open"),
        (page(lines=["night"]), "calls", "ix_calls_line_started_at_id"),
        (page(lines=["night"], since=START, until=END), "calls", "ix_calls_line_started_at_id"),
        (page(caller="+33639980501"), "calls", "ix_calls_caller_e164_started_at_id"),
        (page(caller="25"), "calls", "ix_calls_caller_raw_started_at_id"),
        (page(company_id=1, since=START, until=END), "calls", "ix_calls_company_id_started_at_id"),
        (claim, "obligations", "ix_obligations_open"),
        (lambda c: claims.next_due_at(c, "builtin"), "obligations", "ix_obligations_open"),
        (claims.desks_owed, "obligations", "ix_obligations_open"),
        (gauges.read, "obligations", "ix_obligations_unqualified"),
        (lambda c: wrap_ups.unfinished(c, 1), "obligations", "ix_obligations_unqualified"),
        (presence.everyone, "obligations", "ix_obligations_unqualified"),
        (presence.nobodys, "obligations", "ix_obligations_unqualified"),
        (presence.count_overdue, "obligations", "ix_obligations_unqualified"),
        (lambda c: floor.debts(c, DEMANDED), "obligations", "ix_obligations_unqualified"),
        (lambda c: floor.read(c, DEMANDED, END), "legs", "ix_calls_open"),
        (states.everyone, "legs", "ix_calls_open"),
        (today_so_far, "calls", "started_at_id"),  # with the line or without, as they are spread
        (lambda c: wallboard.owed(c, END), "obligations", "ix_obligations_unqualified"),
        (standing_page(Show.OPEN), "obligations", "ix_obligations_open"),
        (standing_page(Show.STUCK), "obligations", "ix_obligations_open"),
        (standing_page(Show.ASKED), "obligations", "ix_obligations_exempt_at"),
        (standing_page(Show.EXEMPT), "obligations", "ix_obligations_exempt_at"),
        (
            lambda c: coverage.coverage(c, END - timedelta(hours=1), END),
            "calls",
            "ix_calls_answered_at",
        ),
        (
            lambda c: coverage.coverage(c, END - timedelta(hours=1), END),
            "obligations",
            "ix_obligations_answered_at",
        ),
    ],
)
async def test_few_of_many_rows_are_found(
    filled: Database, ask: Ask, table: str, index: str
) -> None:
    plan = await plan_of(filled, ask, table)
    assert index in plan
    assert f"SCAN {table}\n" not in f"{plan}\n"
    assert f"Seq Scan on {table}" not in plan


@pytest.mark.parametrize(
    ("ask", "table", "index"),
    [
        (page(), "calls", "ix_calls_started_at_id"),
        (page(since=START, until=END), "calls", "ix_calls_started_at_id"),
        (page(lines=["night", "support"]), "calls", "ix_calls_started_at_id"),
        (page(lines=["night", "support"], since=START), "calls", "ix_calls_started_at_id"),
        (lambda c: journal.after(c, CALLS - 10, 500), "journal", "journal"),
        (journal.last_seq, "journal", "journal"),
        (ticket_page(), "tickets", "ix_tickets_created_at_number"),
    ],
)
async def test_a_page_is_read_in_the_order_of_an_index(
    filled: Database, ask: Ask, table: str, index: str
) -> None:
    plan = await plan_of(filled, ask, table)
    found = {"journal": "INTEGER PRIMARY KEY" if filled.is_sqlite else "pk_journal"}
    if ask is not journal.last_seq or not filled.is_sqlite:  # there it is the last row, no search
        assert found.get(index, index) in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
    assert f"Seq Scan on {table}" not in plan


@pytest.mark.parametrize(
    "ask",
    [
        page(category_id=1, spans=[HOUR]),
        page(priority="high", spans=[HOUR]),
        page(companies=[Companies([1, 2])], spans=[HOUR]),
        page(companies=[Companies([1], are_left_out=True)], since=HOUR[0], until=HOUR[1]),
    ],
)
async def test_a_page_by_what_became_of_calls_goes_back_in_time(filled: Database, ask: Ask) -> None:
    plan = await plan_of(filled, ask, "calls")
    assert "ix_calls_started_at_id" in plan
    assert "TEMP B-TREE" not in plan  # PostgreSQL may sort the few that it expects


@pytest.mark.parametrize(
    "ask",
    [
        page(contact_id=1),
        page(contact_id=1, since=START, until=END),
        page(contact_id=1, lines=["night"], outcomes=["answered"]),
        page(contact_id=1, spans=[(START, END)]),
    ],
)
async def test_calls_of_a_contact_are_found_one_by_one(filled: Database, ask: Ask) -> None:
    plan = await plan_of(filled, ask, "calls")
    assert ("sqlite_autoindex_calls_1 (id=?)" if filled.is_sqlite else "pk_calls") in plan
    if filled.is_sqlite:  # PostgreSQL looks through a table that is as small
        for index in ("call_contacts_contact_id", "tickets_contact_id", "desk_ticket_number"):
            assert index in plan


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (ticket_page(status="new"), "ix_tickets_status_created_at"),
        (ticket_page(agent_id=1), "ix_tickets_primary_resource_id_created_at"),
        (lambda c: taking.count_untaken(c, "portal"), "ix_tickets_untaken"),
        (company_page, "ix_tickets_company_id"),
    ],
)
async def test_tickets_are_found_by_status_agent_company_and_as_untaken(
    filled: Database, ask: Ask, index: str
) -> None:
    assert index in await plan_of(filled, ask, "tickets")


@pytest.mark.parametrize(
    ("ask", "table", "index"),
    [
        (lambda c: alerts.of_company(c, 1), "alert_episodes", "ix_alert_episodes_going_on"),
        (lambda c: alerts.going_on(c, 200), "alert_episodes", "ix_alert_episodes_going_on"),
        (lambda c: alert_groups.known(c, PLACE, END), "alert_groups", "ix_alert_groups_source"),
        (
            lambda c: alert_episodes.find(c, "rmm", ALERT),
            "alert_episodes",
            "uq_alert_episodes_source_key_episode",
        ),
    ],
)
async def test_alerts_are_found_by_what_goes_on_and_by_what_their_sender_calls_them(
    filled: Database, ask: Ask, table: str, index: str
) -> None:
    plan = await plan_of(filled, ask, table)
    unique = "sqlite_autoindex_alert_episodes_1"  # what SQLite calls a constraint's
    assert index in plan or (filled.is_sqlite and index.startswith("uq_") and unique in plan)
