"""What an import is shown to do, against what it does: on both databases."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from callcenter.db import imports, trail
from callcenter.db.engine import Database
from callcenter.db.imports import AppliedError
from callcenter.db.schema import companies, contacts, directory_imports
from callcenter.db.trail import By, TrailFilter
from callcenter.directory import importer
from callcenter.directory.importer import ChangedMeanwhileError, ImportReport
from callcenter.directory.plan import Item, Plan
from callcenter.directory.progress import Progress, StoppedError
from callcenter.directory.wanted import Wanted

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
BY = By("root", NOW)

BEFORE = """company,contact,phone,mobile,email,account_owner
Ardoise,,0199001100,,,zoe
Ardoise,Élise Vannier,,0639981122,elise@ardoise.example,
Bleu Nuit,Marc Aubrée,,0639981133,,
"""
FILE = """company,contact,phone,mobile,email,account_owner
Ardoise,,0199001100,,,karim
Ardoise,Élise Vannier,,0639981144,elise@ardoise.example,
Ardoise,Élise Vannier,,,nobody,
Bleu Nuit,Marc Aubrée,,0639981133,,
Ciel Ouvert,Ines Prat,,0639981122,,
"""


async def wanted_of(text: str) -> Wanted:
    return await importer.read(text, country="FR")


async def shown(database: Database, text: str) -> Plan:
    return await importer.preview(database, await wanted_of(text))


async def keep(database: Database, text: str = FILE) -> int:
    async with database.transaction() as connection:
        return await imports.add(connection, "customers.csv", text, agent_id=None, now=NOW)


@pytest.fixture
async def filled(database: Database) -> Database:
    """A directory as the file found it."""
    await importer.import_csv(database, BEFORE, country="FR", now=lambda: NOW)
    return database


async def test_every_entry_that_changes_is_shown_with_old_and_new(filled: Database) -> None:
    plan = await shown(filled, FILE)
    assert plan.added == [
        Item("Ciel Ouvert", None, True, {}),
        Item("Ciel Ouvert", "Ines Prat", True, {}, gained=("+33639981122",)),
    ]
    assert plan.changed == [
        Item("Ardoise", None, False, {"account_owner": ("zoe", "karim")}),
        Item(
            "Ardoise",
            "Élise Vannier",
            False,
            {},
            gained=("+33639981144",),
            lost=("+33639981122",),
        ),
    ]
    assert [(bad.line, bad.reasons[0].fault) for bad in plan.refused] == [(4, "no_address")]
    assert plan.counts == {"added": 1, "updated": 2, "unchanged": 1}


async def test_what_is_shown_is_what_is_done_and_nothing_before_it(filled: Database) -> None:
    plan = await shown(filled, FILE)
    assert len((await shown(filled, FILE)).changed) == 2
    key = await keep(filled)
    done = await importer.apply(filled, plan.wanted, by=BY, import_id=key, shown=plan)
    assert (done.added, done.changed) == (plan.added, plan.changed)
    again = await shown(filled, FILE)
    assert (again.added, again.changed) == ([], [])
    async with filled.reading() as connection:
        kept = await imports.get(connection, key)
        assert await imports.content(connection, key) is None
        entries = (await trail.page(connection, TrailFilter(), after=None, limit=1)).entries
    assert kept is not None
    assert kept.counts == ImportReport.of(plan).counts()
    assert (entries[0].actor, entries[0].about) == ("root", f"import:{key}")
    assert entries[0].data == {
        "file": "customers.csv",
        "added": "1",
        "updated": "2",
        "unchanged": "1",
        "refused": "1",
    }


async def test_it_is_applied_once(filled: Database) -> None:
    plan = await shown(filled, FILE)
    key = await keep(filled)
    await importer.apply(filled, plan.wanted, by=BY, import_id=key, shown=plan)
    with pytest.raises(AppliedError):
        await importer.apply(filled, plan.wanted, by=BY, import_id=key, shown=plan)
    dropped = await keep(filled)
    async with filled.transaction() as connection:
        await imports.drop(connection, dropped)
        await imports.drop(connection, key)
    with pytest.raises(AppliedError):
        await importer.apply(filled, plan.wanted, by=BY, import_id=dropped)


async def test_a_directory_that_changed_meanwhile_is_looked_at_again(filled: Database) -> None:
    plan = await shown(filled, FILE)
    key = await keep(filled)
    other = "company,account_owner\nArdoise,ines\n"
    await importer.import_csv(filled, other, country="FR", now=lambda: NOW)
    with pytest.raises(ChangedMeanwhileError):
        await importer.apply(filled, plan.wanted, by=BY, import_id=key, shown=plan)
    async with filled.reading() as connection:
        kept = await imports.get(connection, key)
    assert kept is not None
    assert kept.is_waiting
    plan = await shown(filled, FILE)
    assert plan.changed[0].changes == {"account_owner": ("ines", "karim")}
    await importer.apply(filled, plan.wanted, by=BY, import_id=key, shown=plan)


async def test_the_directory_knows_how_old_it_is(filled: Database) -> None:
    """What a file says again is as fresh as the file, and no editor's form is stale for it."""
    await importer.import_csv(filled, FILE, country="FR", now=lambda: LATER)
    async with filled.reading() as connection:
        ages = {}
        for table in (companies, contacts):
            for row in await connection.execute(select(table)):
                ages[row.name] = (row.updated_at, row.confirmed_at)
    assert ages == {
        "Ardoise": (LATER, LATER),
        "Bleu Nuit": (NOW, LATER),
        "Ciel Ouvert": (LATER, LATER),
        "Élise Vannier": (LATER, LATER),
        "Marc Aubrée": (NOW, LATER),
        "Ines Prat": (LATER, LATER),
    }


async def test_the_command_is_in_the_list_of_imports_too(filled: Database) -> None:
    async with filled.reading() as connection:
        (one,) = await imports.latest(connection, 5)
        row = (await connection.execute(select(directory_imports))).one()
    assert (one.by, one.is_waiting, one.applied_at) == (None, False, NOW)
    assert one.counts == {"added": 3, "updated": 0, "unchanged": 0, "refused": 0}
    assert row.content is None


async def test_who_stops_waiting_stops_the_reading() -> None:
    progress = Progress(is_stopped=True)
    with pytest.raises(StoppedError):
        await importer.read(FILE, country="FR", progress=progress)
    progress = Progress()
    await importer.read(FILE, country="FR", progress=progress)
    assert (progress.done, progress.total) == (6, 7)
