"""SQLite's driver, with one errand to its thread for a statement and all of its rows.

aiosqlite runs every call of a cursor in the connection's thread, and SQLAlchemy makes four or five
for a statement: open, execute, fetch, close. Handing them over takes the event loop several times
as long as SQLite takes for the work, so a busy site would be busy with nothing else.
"""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

CHUNK_ROWS = 64
"""aiosqlite's own default; nothing here is read in chunks."""


def connect(*args: Any, **more: Any) -> aiosqlite.Connection:
    """A connection to be awaited; parameters as those of ``sqlite3.connect``."""
    return _Connection(partial(sqlite3.connect, *args, **more), CHUNK_ROWS)


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection], chunk_rows: int) -> None:
        super().__init__(connector, chunk_rows)
        self._thread.daemon = True  # as SQLAlchemy has it: nobody waits for it at the exit

    def cursor(self) -> "_Cursor":  # type: ignore[override]
        return _Cursor(self)

    async def run(self, function: Callable[..., None], *args: object) -> None:
        """Run the function in the connection's thread."""
        await self._execute(function, *args)  # type: ignore[no-untyped-call]

    @property
    def raw(self) -> sqlite3.Connection:
        return self._conn


class _Cursor:
    """What SQLAlchemy asks of a cursor. It is used for one statement, and holds nothing open."""

    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        await self._connection.run(self._execute, sql, parameters)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self._connection.run(self._executemany, sql, rows)

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        self._rows = ()

    def _execute(self, sql: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection.raw.execute(sql, parameters))

    def _executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self._keep(self._connection.raw.executemany(sql, rows))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()
