"""A copy of a SQLite database: whole, private, and there or not there."""

import asyncio
import contextlib
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import func, insert, make_url, select

from callcenter.db.backup import BackupError, back_up
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


async def add_pairs(database: Database, times: int) -> None:
    """A company and its contact are one transaction: half of it must be in no copy."""
    for _ in range(times):
        async with database.transaction() as connection:
            count = await connection.scalar(select(func.count()).select_from(companies))
            company = {"name": f"Ardoise {count}", "id": (count or 0) + 1}
            await connection.execute(insert(companies).values(company))
            contact = {"name": "Élise", "company_id": company["id"]}
            await connection.execute(insert(contacts).values(contact))


async def counts(path: Path) -> tuple[int, int]:
    async with Database.open(f"sqlite+aiosqlite:///{path}") as copy, copy.reading() as connection:
        found = [
            await connection.scalar(select(func.count()).select_from(table))
            for table in (companies, contacts)
        ]
    return found[0] or 0, found[1] or 0


@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
async def test_copies_made_while_somebody_writes_are_whole(
    sqlite_url: str, tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.db.engine.sqlite_journal_mode", lambda: mode)
    async with Database.open(sqlite_url) as database:
        await add_pairs(database, 1)
        writing = asyncio.create_task(add_pairs(database, 40))
        paths = [tmp_path / f"copy-{number}.db" for number in range(5)]
        for path in paths:
            size = await asyncio.to_thread(back_up, file_of(sqlite_url), path)
            assert size == path.stat().st_size
        await writing
    for path in paths:
        found, people = await counts(path)
        assert found == people >= 1


def test_only_its_owner_may_read_it(sqlite_url: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(file_of(sqlite_url), copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(
    sqlite_url: str, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("something else")
    with pytest.raises(BackupError, match="--force"):
        back_up(file_of(sqlite_url), copy)
    assert copy.read_text() == "something else"
    back_up(file_of(sqlite_url), copy, replace=True)
    assert copy.read_bytes().startswith(b"SQLite format 3")


def test_the_database_is_no_place_for_its_copy(sqlite_url: str, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(file_of(sqlite_url))
    for place in (file_of(sqlite_url), link, tmp_path):
        with pytest.raises(BackupError, match="no place for a copy"):
            back_up(file_of(sqlite_url), place, replace=True)


@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm", ".lock"])
def test_nor_is_what_belongs_to_the_database(sqlite_url: str, suffix: str) -> None:
    source = file_of(sqlite_url)
    beside = source.with_name(source.name + suffix)
    with pytest.raises(BackupError, match="no place for a copy"):
        back_up(source, beside)
    assert not beside.exists()


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_what_somebody_left_unfinished_is_not_mixed_into_the_copy(
    sqlite_url: str, tmp_path: Path, suffix: str
) -> None:
    """SQLite would take it for the copy's own, and write it into that."""
    copy = tmp_path / "copy.db"
    beside = tmp_path / f"copy.db{suffix}"
    beside.write_bytes(b"of a service that was killed")
    with pytest.raises(BackupError, match=f"copy.db{suffix}"):
        back_up(file_of(sqlite_url), copy, replace=True)
    assert not copy.exists()
    beside.write_bytes(b"")  # what is left of a journal that is done
    back_up(file_of(sqlite_url), copy)


def test_what_cannot_be_copied_leaves_nothing_behind(tmp_path: Path) -> None:
    source, folder = tmp_path / "source.db", tmp_path / "copies"
    folder.mkdir()
    with pytest.raises(BackupError, match="there is no database"):
        back_up(source, folder / "copy.db")
    source.write_bytes(b"no database at all" * 100)
    with pytest.raises(BackupError, match="could not be copied"):
        back_up(source, folder / "copy.db")
    assert list(folder.iterdir()) == []
    assert source.read_bytes() == b"no database at all" * 100


def test_a_damaged_database_is_told(sqlite_url: str, tmp_path: Path) -> None:
    source, folder = file_of(sqlite_url), tmp_path / "copies"
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(source)) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'calls'").fetchone()
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    with source.open("r+b") as damaged:
        damaged.seek((page - 1) * size)
        damaged.write(b"\xff" * size)
    with pytest.raises(BackupError, match="not whole"):
        back_up(source, folder / "copy.db")
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="could not be written"):
        back_up(file_of(sqlite_url), tmp_path / "no" / "copy.db")


def test_a_database_that_somebody_holds_is_waited_for(sqlite_url: str, tmp_path: Path) -> None:
    source = file_of(sqlite_url)
    with contextlib.closing(
        sqlite3.connect(source, isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")

        async def copy() -> int:
            copying = asyncio.create_task(asyncio.to_thread(back_up, source, tmp_path / "copy.db"))
            await asyncio.sleep(0.1)
            other.execute("COMMIT")
            return await copying

        assert asyncio.run(copy()) == source.stat().st_size
