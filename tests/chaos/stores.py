"""The two databases, each on a small disk of its own: started, killed, filled, and read.

They are read with plain SQL, never with the service's own queries.
"""

import contextlib
import csv
import io
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from tests.chaos.desks import NAME
from tests.chaos.disk import Disk
from tests.postgres import Cluster
from tests.postgres import folder as postgres_folder

Row = dict[str, str]  # text as the database prints it, "" for NULL
POSTGRESQL_SETTINGS = {"min_wal_size": "2MB", "max_wal_size": "16MB", "shared_buffers": "32MB"}


class Store(Protocol):
    """A database of the service's. ``through`` runs a program where it can reach the database."""

    name: str
    instances: int  # of the service beside it
    desks: Mapping[str, str]  # of each line: each kind of both is met on each database
    url: str
    through: tuple[str, ...]
    disk: Disk

    def kill(self) -> None:
        """End the server, where there is one, as a power cut would."""

    def heal(self) -> None:
        """Have it there again, with what it had."""

    def rows(self, query: str) -> list[Row]:
        """What a query gives."""


class Sqlite:
    """A file, for one instance."""

    name = "SQLite"
    instances = 1
    desks: Mapping[str, str] = {"support": NAME, "network": "builtin"}

    def __init__(self, disk: Disk, folder: Path) -> None:
        self.disk = disk
        self.through = disk.through
        self.url = f"sqlite+aiosqlite:///{folder}/callcenter.db"

    def kill(self) -> None:
        """There is no server."""

    def heal(self) -> None:
        """Free the disk."""
        self.disk.free()

    def rows(self, query: str) -> list[Row]:
        """What a query gives, of a copy: nobody may be writing.

        (SQLite takes /proc/PID/root for a link and follows it, to where the disk is not.)
        """
        with tempfile.TemporaryDirectory(prefix="callcenter-copy-") as folder:
            keep(self.disk.path, Path(folder))
            with contextlib.closing(sqlite3.connect(f"{folder}/callcenter.db")) as copy:
                copy.row_factory = sqlite3.Row
                found = [dict(row) for row in copy.execute(query)]
        return [{name: "" if it is None else str(it) for name, it in row.items()} for row in found]


class Postgres:
    """A server, for two instances."""

    name = "PostgreSQL"
    instances = 2
    desks: Mapping[str, str] = {"support": "builtin", "network": NAME}
    through: tuple[str, ...] = ()

    def __init__(self, disk: Disk, server: Cluster) -> None:
        self.disk = disk
        self._server = server
        self._database = server.create()
        self.url = server.url(self._database)

    def kill(self) -> None:
        """Postmaster and children."""
        self._server.kill()

    def heal(self) -> None:
        """Free the disk; start the server where it is gone."""
        self.disk.free()
        if not self._server.is_running:
            self._server.kill()
            self._server.start()

    def rows(self, query: str) -> list[Row]:
        """What a query gives."""
        return list(csv.DictReader(io.StringIO(self._server.query(self._database, query))))


@contextlib.contextmanager
def sqlite() -> Iterator[Sqlite]:
    """A new file on a disk of 16 MB, until the end of the block."""
    with postgres_folder() as folder, contextlib.closing(Disk(folder / "disk", "16m")) as disk:
        yield Sqlite(disk, folder / "disk")


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """A new server with its data on a disk of 128 MB, until the end of the block."""
    with postgres_folder() as folder, contextlib.closing(Disk(folder / "data", "128m")) as disk:
        server = Cluster(folder, disk.through, POSTGRESQL_SETTINGS)
        server.initialise("--wal-segsize=1")
        server.start()
        try:
            yield Postgres(disk, server)
        finally:
            server.stop()


def keep(source: Path, folder: Path) -> None:
    """Copy what is on a disk, as far as it is there."""
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore_dangling_symlinks=True)
