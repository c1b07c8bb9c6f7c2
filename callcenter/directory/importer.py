"""Bring a directory file into the database, in one transaction: at once, or as it was shown.

The command and the page go the same way: a file is read, held against the directory, and what
differs is written. Between the two the page shows it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from callcenter.db import imports, trail
from callcenter.db.engine import UNHURRIED, Database
from callcenter.db.trail import Action, By
from callcenter.directory.changes import Known
from callcenter.directory.plan import Plan, plan
from callcenter.directory.progress import Progress
from callcenter.directory.reasons import Fault, reason
from callcenter.directory.sheet import (
    FILE_MAX_BYTES,
    BadRow,
    DirectoryFileError,
    decode,
    read_sheet,
)
from callcenter.directory.store import Store
from callcenter.directory.wanted import Wanted, gather
from callcenter.errors import CallcenterError


class ChangedMeanwhileError(CallcenterError):
    """The directory is not any more what it was when the import was shown."""

    code = "import_changed"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of each row that was not empty; ``bad_rows`` in the order of the file."""

    added: int
    updated: int
    unchanged: int
    bad_rows: tuple[BadRow, ...]

    @classmethod
    def of(cls, plan: Plan) -> "ImportReport":
        """What a plan did, or is going to do."""
        counts = plan.counts
        return cls(counts["added"], counts["updated"], counts["unchanged"], tuple(plan.refused))

    def counts(self) -> imports.Counts:
        """For the list of imports."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": len(self.bad_rows),
        }


async def import_csv(
    database: Database,
    source: Path | str,
    *,
    country: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ImportReport:
    """Import a file, or the text of one; numbers without a country are of ``country``.

    Bad rows are left out and reported. Importing the same again changes nothing. Raises
    DirectoryFileError, and changes nothing, when the file as a whole cannot be used.
    """
    text = source if isinstance(source, str) else await asyncio.to_thread(_text, source)
    wanted = await read(text, country=country)
    name = source.name if isinstance(source, Path) else ""
    return ImportReport.of(await apply(database, wanted, file_name=name, by=By(None, now())))


async def read(text: str, *, country: str, progress: Progress | None = None) -> Wanted:
    """What the text of a file wants of the directory. Raises DirectoryFileError.

    In a thread: a service that imports goes on serving while the rows are read.
    """
    seen = progress or Progress()
    return await asyncio.to_thread(lambda: gather(read_sheet(text, country=country, progress=seen)))


async def preview(database: Database, wanted: Wanted) -> Plan:
    """What an import would do to the directory as it is now."""
    async with database.reading() as connection:
        known = await Store(connection).load()
    return await asyncio.to_thread(plan, known, wanted)


async def apply(
    database: Database,
    wanted: Wanted,
    *,
    by: By,
    import_id: int | None = None,
    shown: Plan | None = None,
    file_name: str = "",
) -> Plan:
    """Do what a file wants, once: an import that was applied, or dropped, is not again.

    ``import_id`` None is a file that was not kept before. ``shown`` is the plan that somebody
    saw. Raises ChangedMeanwhileError where it would be another now, and AppliedError.
    """
    async with database.transaction() as connection:
        if not database.is_sqlite:
            await connection.execute(UNHURRIED)  # a large file is compared for seconds
        if import_id is None:
            import_id = await imports.add(connection, file_name, None, agent_id=None, now=by.now)
        else:
            await imports.hold(connection, import_id)
        store = Store(connection)
        await store.lock()
        known = await store.load()
        made = await _as_shown(shown, known, wanted)
        await store.apply(known, made, now=by.now)
        counts = ImportReport.of(made).counts()
        name = await imports.done(connection, import_id, counts, now=by.now)
        about, told = f"import:{import_id}", {key: str(count) for key, count in counts.items()}
        await trail.note(
            connection,
            Action.DIRECTORY_IMPORTED,
            now=by.now,
            actor=by.actor,
            about=about,
            file=name,
            **told,
        )
    return made


async def _as_shown(shown: Plan | None, known: Known, wanted: Wanted) -> Plan:
    """The plan that was shown, if it is still the right one. Raises ChangedMeanwhileError."""
    if shown is not None and shown.known == known:
        return shown
    made = await asyncio.to_thread(plan, known, wanted)
    if shown is not None and made.fingerprint != shown.fingerprint:
        raise ChangedMeanwhileError("the directory changed meanwhile: look at it again")
    return made


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return decode(file.read(FILE_MAX_BYTES + 1))
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise DirectoryFileError(reason(Fault.NO_FILE, path=str(path), cause=cause)) from None
