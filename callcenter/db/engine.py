"""The one seam to the database: an engine with the durability this product promises.

SQLite 3.7.0 to 3.51.2 can lose committed writes in WAL mode when several connections meet a
checkpoint reset (mended in 3.51.3, 3.50.7 and 3.44.6). A second process, such as
``callcenter agent add``, is a second connection that nobody here can rule out: on those versions
the rollback journal is used instead, which is slower and has never had the fault.
"""

import asyncio
import contextlib
import os
import secrets
import socket
import sqlite3
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeAlias

import structlog
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from callcenter.db.faults import quote_no_values
from callcenter.db.sqlite import Connection, connect
from callcenter.db.turns import Turns

log = structlog.get_logger(__name__)

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process's transaction before it gives up."""

CONNECT_TIMEOUT_S = 10
"""For PostgreSQL: a server whose packets are lost is away, and is to be tried again soon."""

IDLE_IN_TRANSACTION_MAX_S = 4
"""For PostgreSQL: an instance that was stopped amid a transaction must not hold up the others with
its locks. Nothing is that slow from one statement to the next; its session ends, and if it should
wake up it is told so as of any connection that was lost."""

RETURN_MAX_S = 1.0
"""How long an end waits for transactions that were cancelled: they are undone, and soon."""

RETURN_POLL_S = 0.01

HOST_MAX = 32
"""Characters of this machine's name that sessions show: PostgreSQL keeps 63 bytes in all."""

INSTANCE = f"{socket.gethostname()[:HOST_MAX]}:{os.getpid()}:{secrets.token_hex(2)}"
"""This process, among all that use a database: ``host:4711:9f3e``. Containers share numbers."""


def application_name(instance: str) -> str:
    """What PostgreSQL calls the sessions of an instance."""
    return f"callcenter {instance}"


UNHURRIED = text("SET LOCAL idle_in_transaction_session_timeout = '60s'")
"""For PostgreSQL, in a transaction that computes for long from one statement to the next."""

POSTGRESQL_SETTINGS = {
    "application_name": application_name(INSTANCE),
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION_MAX_S}s",
    # The same for an instance whose machine is gone without a word; the default is two hours.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
}
"""Of each connection. A commit that is confirmed is on disk, and who waited for a lock sees what
was written under it, whatever the server's defaults are."""

Measure: TypeAlias = Callable[[str, str, float], None]
"""Is given each transaction when it ended: ``write`` or ``read``, ``done`` or ``failed``, and the
seconds that it took, with the wait for its turn."""

READS_ONLY = "callcenter_reads_only"
"""The execution option that marks a connection which is not going to write."""


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite keeps every committed write in WAL mode with several connections."""
    major_minor = version[:2]
    if major_minor == (3, 44):
        return version >= (3, 44, 6)
    if major_minor == (3, 50):
        return version >= (3, 50, 7)
    return version >= (3, 51, 3) or version < (3, 7, 0)


def sqlite_journal_mode(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> str:
    """WAL where it is safe, else the rollback journal, truncated rather than deleted for speed."""
    return "WAL" if wal_is_safe(version) else "TRUNCATE"


class Database:
    """An open database. One instance a process; close it when done."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.measure: Measure = lambda _kind, _result, _seconds: None
        self._turns = Turns() if self.is_sqlite else None
        self._threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", self._remember_thread)

    def _remember_thread(self, connection: Any, _record: Any) -> None:
        driver: Connection = connection.driver_connection
        self._threads.add(driver.thread)

    @classmethod
    def open(cls, url: str | URL) -> Self:
        """Prepare connections to ``url``; nothing is connected before the first transaction."""
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        engine = _sqlite(parsed) if is_sqlite else _postgresql(parsed)
        quote_no_values(engine.sync_engine)
        return cls(engine)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection, once those in use were given back.

        A request that was cut off when the service stopped may be at it still, and nobody waits
        for it: closed behind its back, the file would be written after this.
        """
        pool = self.engine.pool
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETURN_MAX_S):
                # A pool's own event comes before the connection is back.
                while isinstance(pool, QueuePool) and pool.checkedout():  # noqa: ASYNC110
                    await asyncio.sleep(RETURN_POLL_S)
        await self.engine.dispose()
        # A statement that was cut off has its connection closed behind it, and its thread tells the
        # event loop when it is through: the loop must be there still.
        until = time.monotonic() + RETURN_MAX_S
        for thread in tuple(self._threads):
            await asyncio.to_thread(thread.join, max(0.0, until - time.monotonic()))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; else it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write: committed when the block ends, undone when it raises.

        Never open one inside another: SQLite has a single connection, which the inner one would
        wait for. An ``urgent`` one has it next: somebody waits for the card of a call that rings.
        """
        with self._measured("write"):
            async with self._turn(urgent), self.engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """One consistent view of the data, for queries alone."""
        with self._measured("read"):
            async with self._view(urgent) as connection:
                yield connection

    @asynccontextmanager
    async def _view(self, urgent: bool) -> AsyncIterator[AsyncConnection]:
        async with self._turn(urgent), self.engine.connect() as connection:
            if self.is_sqlite:
                await connection.execution_options(**{READS_ONLY: True})
            else:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection

    @contextlib.contextmanager
    def _measured(self, kind: str) -> Iterator[None]:
        began, result = time.monotonic(), "failed"
        try:
            yield
            result = "done"
        finally:
            self.measure(kind, result, time.monotonic() - began)

    def _turn(self, urgent: bool) -> AbstractAsyncContextManager[None]:
        return self._turns.take(urgent=urgent) if self._turns else contextlib.nullcontext()

    async def describe(self) -> dict[str, str]:
        """Engine, version and durability settings, as the database itself reports them."""
        queries = (
            {
                "journal_mode": "PRAGMA journal_mode",
                "synchronous": "PRAGMA synchronous",
                "foreign_keys": "PRAGMA foreign_keys",
                "version": "SELECT sqlite_version()",
            }
            if self.is_sqlite
            else {
                "synchronous_commit": "SHOW synchronous_commit",
                "fsync": "SHOW fsync",
                "full_page_writes": "SHOW full_page_writes",
                "version": "SHOW server_version",
            }
        )
        async with self.reading() as connection:
            found = {
                name: str((await connection.execute(text(query))).scalar())
                for name, query in queries.items()
            }
        return {"engine": self.engine.dialect.name, **found}


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S, "server_settings": POSTGRESQL_SETTINGS},
    )


def _sqlite(url: URL) -> AsyncEngine:
    mode = sqlite_journal_mode()
    if mode != "WAL":
        log.info("database.sqlite_without_wal", version=sqlite3.sqlite_version, journal_mode=mode)
    # One connection: SQLite has one writer at a time anyhow, and waiting in our own fair queue
    # beats its polling for the lock.
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=1,
        max_overflow=0,
        connect_args={"async_creator_fn": connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # this module says BEGIN itself
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            f"journal_mode={mode}",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # IMMEDIATE: a transaction that reads and then writes cannot be refused half way. One that
        # only reads has no need to wait for another process that writes.
        reads_only = connection.get_execution_options().get(READS_ONLY, False)
        driver: Connection = connection.connection.driver_connection
        driver.begin("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine
