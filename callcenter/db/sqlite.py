"""SQLite's driver, with one errand to its thread for a statement and all of its rows.

aiosqlite runs every call of a cursor in the connection's thread, and SQLAlchemy makes four or five
for a statement: open, execute, fetch, close. Handing them over takes the event loop several times
as long as SQLite takes for the work, so a busy site would be busy with nothing else. For the same
reason a transaction is begun in the errand of its first statement.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

CHUNK_ROWS = 64
"""aiosqlite's own default; nothing here is read in chunks."""


def connect(*args: Any, **more: Any) -> "Connection":
    """A connection to be awaited; parameters as those of ``sqlite3.connect``."""
    return Connection(partial(sqlite3.connect, *args, **more), CHUNK_ROWS)


class Connection(aiosqlite.Connection):
    """What SQLAlchemy asks of a connection. ``isolation_level`` is to be None."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], chunk_rows: int) -> None:
        super().__init__(connector, chunk_rows)
        self._thread.daemon = True  # as SQLAlchemy has it: nobody waits for it at the exit
        self._opening: str | None = None
        self._is_begun = False  # known here, not asked of SQLite, whose thread may be behind
        self._is_stopped = False

    @property
    def thread(self) -> threading.Thread:
        """The thread that has SQLite's own connection; it ends once that is closed."""
        return self._thread

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread once it is through with what it was given; told again, it does so anyway.

        It answers the first who tells it alone: ``close``, cut off while a statement goes on, would
        tell it once more and wait for ever, and nothing could end the event loop.
        """
        if self._is_stopped:
            return None
        self._is_stopped = True
        return super().stop()

    def begin(self, statement: str) -> None:
        """Begin a transaction with this statement, as soon as there is another."""
        self._opening = statement

    async def commit(self) -> None:
        """Commit, if there is a transaction."""
        self._opening = None
        if self._is_begun:
            await super().commit()
            self._is_begun = False

    async def rollback(self) -> None:
        """Roll back, if there is a transaction."""
        self._opening = None
        if self._is_begun:
            await super().rollback()
            self._is_begun = False

    def cursor(self) -> "_Cursor":  # type: ignore[override]
        """A cursor for one statement."""
        return _Cursor(self)

    async def run(self, function: Callable[..., None], *args: object) -> None:
        """Run the function in the connection's thread, given SQLite's own connection."""
        opening, self._opening = self._opening, None
        self._is_begun = self._is_begun or opening is not None
        await self._execute(self._run, opening, function, *args)  # type: ignore[no-untyped-call]

    def _run(self, opening: str | None, function: Callable[..., None], *args: object) -> None:
        if opening is not None:
            self._conn.execute(opening)
        function(self._conn, *args)


class _Cursor:
    """What SQLAlchemy asks of a cursor. It is used for one statement, and holds nothing open."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
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

    def _execute(self, raw: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> None:
        self._keep(raw.execute(sql, parameters))

    def _executemany(
        self, raw: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        self._keep(raw.executemany(sql, rows))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()
