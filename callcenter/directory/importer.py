"""Bring a directory file into the database, in one transaction."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from callcenter.db.engine import UNHURRIED, Database
from callcenter.directory.changes import compare, tally
from callcenter.directory.sheet import (
    FILE_MAX_BYTES,
    BadRow,
    DirectoryFileError,
    decode,
    read_sheet,
)
from callcenter.directory.store import Store
from callcenter.directory.wanted import Wanted, gather


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row that was not empty; ``bad_rows`` in the order of the file."""

    added: int
    updated: int
    unchanged: int
    bad_rows: tuple[BadRow, ...]


async def import_csv(database: Database, source: Path | str, *, country: str) -> ImportReport:
    """Import a file, or the text of one; numbers without a country are of ``country``.

    Bad rows are left out and reported. Importing the same again changes nothing. Raises
    DirectoryFileError, and changes nothing, when the file as a whole cannot be used.
    """
    # In a thread: a service that imports goes on serving while ten thousand rows are read.
    wanted = await asyncio.to_thread(_read, source, country)
    async with database.transaction() as connection:
        if not database.is_sqlite:
            await connection.execute(UNHURRIED)  # a large file is compared for seconds
        store = Store(connection)
        known = await store.load()
        changes = compare(known, wanted)
        await store.apply(known, changes)
    counts = tally(known, wanted, changes)
    return ImportReport(
        added=counts["added"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        bad_rows=tuple(wanted.bad_rows),
    )


def _read(source: Path | str, country: str) -> Wanted:
    text = source if isinstance(source, str) else decode(_bytes(source))
    return gather(read_sheet(text, country=country))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise DirectoryFileError(f"{path} cannot be read: {error.strerror}") from None
