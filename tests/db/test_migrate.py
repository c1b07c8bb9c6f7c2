"""The schema is made by migrations alone: by whoever starts first, never by an older program."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, text

from callcenter.db import claims, migrate, obligations, schema, standing, tickets
from callcenter.db.engine import Database
from callcenter.db.schema import metadata
from callcenter.db.standing import Show
from callcenter.errors import CallcenterError
from tests.calls.facts import second, started


@pytest.fixture
async def fresh(empty_database_url: str) -> AsyncIterator[Database]:
    """A database that was only just migrated, and that the test may spoil."""
    async with Database.open(empty_database_url) as database:
        await migrate.upgrade(database)
        yield database


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def partial_indexes(connection: Connection) -> dict[str, str]:
    """What autogeneration does not compare: which rows a partial index has."""
    found = {}
    for table in metadata.tables:
        for index in inspect(connection).get_indexes(table):
            for name, words in index.get("dialect_options", {}).items():
                if name.endswith("_where"):
                    found[index["name"]] = str(words)
    return found


async def test_the_migrations_make_the_schema_that_the_program_knows(fresh: Database) -> None:
    async with fresh.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_partial_indexes_have_the_rows_of_the_schema(fresh: Database) -> None:
    async with fresh.reading() as connection:
        migrated = await connection.run_sync(partial_indexes)
    async with fresh.transaction() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    async with fresh.reading() as connection:
        assert await connection.run_sync(partial_indexes) == migrated
    assert set(migrated) == {
        "ix_alert_deliveries_waiting",
        "ix_alert_desk_tickets_wanted",
        "ix_alert_episodes_going_on",
        "ix_callbacks_caller_kept",
        "ix_calls_caller_kept",
        "ix_calls_open",
        "ix_calls_ours",
        "ix_desk_events_waiting",
        "ix_obligations_exempt_at",
        "ix_obligations_open",
        "ix_obligations_unqualified",
        "ix_outgoing_calls_number_kept",
        "ix_outgoing_calls_open",
        "ix_report_mails_due",
        "ix_supervisions_open",
        "ix_tickets_names_somebody",
        "ix_tickets_untaken",
        "ix_webhook_deliveries_due",
        "ix_webhook_deliveries_failed",
        "ix_webhook_deliveries_in_turn",
        "ix_webhook_deliveries_oldest",
        "uq_callbacks_open",
        "uq_categories_top",
        "uq_telephone_numbers_switchboard",
    }


async def test_instances_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    instances = [Database.open(empty_database_url) for _ in range(4)]
    try:
        async with asyncio.timeout(60):
            revisions = await asyncio.gather(*(migrate.upgrade(one) for one in instances))
        assert len(set(revisions)) == 1
        async with instances[0].reading() as connection:
            assert await connection.run_sync(differences) == []
            query = text("SELECT count(*) FROM alembic_version")
            assert await connection.scalar(query) == 1
    finally:
        for one in instances:
            await one.close()


async def test_what_an_older_program_left_is_taken_up(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debts that wait, were asked for and are paid, and the tickets of those."""
    async with Database.open(empty_database_url) as database:
        with monkeypatch.context() as patched:
            patched.setattr(ScriptDirectory, "get_current_head", lambda _scripts: "0001")
            assert await migrate.upgrade(database) == "0001"
        await _leave_behind(database)
        await migrate.upgrade(database)
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []
        now, number = second(60), "T20261123.0001"
        async with database.transaction() as connection:
            until = second(120)
            due = await claims.claim(
                connection, "builtin", holder="one", now=now, until=until, limit=9
            )
            counts = await standing.counts(connection, agent_id=None)
            again = {"number": number, "why": "it is gone", "now": now}
            assert await obligations.reopened(connection, started(3).id, **again)
            ticket = await tickets.get(connection, number, base_url="")
        assert [(one.call.id, one.attempts, one.asked_before) for one in due] == [
            (started(1).id, 0, False),
            (started(2).id, 7, True),
        ]
        assert not any(one.is_in_doubt for one in due)
        assert counts == dict.fromkeys(Show, 0) | {Show.OPEN: 2}
        assert ticket is not None
        assert ticket.resolution == "He rang off."


async def _leave_behind(database: Database) -> None:
    """What revision 0001 had columns for."""
    found = [started(number) for number in (1, 2, 3)]
    asked = {"attempts": 7, "asked_at": second(9), "next_attempt_at": second(50)}
    number, url = "T20261123.0001", "http://callcenter.test/tickets/T20261123.0001"
    paid = {"ticket_number": number, "ticket_url": url, "ticketed_at": second(9)}
    how: list[tuple[str, dict[str, object]]] = [
        ("open", {"next_attempt_at": second(0)}),
        ("open", asked | {"last_error": "the desk does not answer"}),
        ("qualified", paid | {"qualified_at": second(10), "asked_at": second(9)}),
    ]
    ticket = {
        "number": number,
        "call_key": found[2].id,
        "title": "support: 0639981122",
        "queue": "support",
        "source": "phone",
        "status": "complete",
        "priority": "medium",
        "created_at": second(9),
        "completed_at": second(10),
        "resolution": "He rang off.",
    }
    async with database.transaction() as connection:
        for call in found:
            row = {"id": call.id, "pbx": call.pbx, "linkedid": call.linkedid, "line": call.line}
            row |= {"channel": call.channel, "caller_raw": call.caller_raw}
            row |= {"state": call.state.value, "started_at": call.started_at}
            await connection.execute(insert(schema.calls).values(row))
        for call, (state, more) in zip(found, how, strict=True):
            debt = {"call_id": call.id, "desk": "builtin", "state": state}
            debt |= {"answered_at": second(5), **more}
            await connection.execute(insert(schema.obligations).values(debt))
        await connection.execute(insert(schema.tickets).values(ticket))


async def test_a_migration_that_fails_leaves_nothing(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database.open(empty_database_url) as database:
        with monkeypatch.context() as patched:
            patched.setattr(migrate.command, "upgrade", _half_way(migrate.command.upgrade))
            with pytest.raises(ZeroDivisionError):
                await migrate.upgrade(database)
        async with database.reading() as connection:
            assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []
        await migrate.upgrade(database)
        async with database.reading() as connection:
            assert await connection.run_sync(differences) == []


def _half_way(upgrade: Callable[..., None]) -> Callable[..., None]:
    def broken(*arguments: object) -> None:
        upgrade(*arguments)
        raise ZeroDivisionError

    return broken


async def test_a_database_of_a_newer_program_is_refused(fresh: Database) -> None:
    async with fresh.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CallcenterError, match=r"revision 9999.*install the version") as refused:
        await migrate.upgrade(fresh)
    assert refused.value.code == "schema_too_new"
    async with fresh.reading() as connection:
        found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert found == "9999"
