"""A tenure: work that one instance does at a time, while every other one stands by for it.

On SQLite there is one service, and the work simply runs.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self, TypeAlias

import structlog

from callcenter.db import leases
from callcenter.db.engine import IDLE_IN_TRANSACTION_MAX_S, INSTANCE, Database
from callcenter.db.fenced import FencedDatabase
from callcenter.db.leases import Lease, LeaseLostError
from callcenter.db.succession import Succession

log = structlog.get_logger(__name__)

TTL_S = 5.0
"""How long an instance that is not heard of is taken to be alive. It is replaced within this, a
poll, and what its successor needs to begin."""

EVERY_S = 1.0
"""Between two renewals by the holder, and between two looks by who stands by."""

ANSWER_MAX_S = 3.0
"""For the database to renew a lease or to show it."""

TAKE_MAX_S = IDLE_IN_TRANSACTION_MAX_S + 2.0
"""For the database to give one: until a predecessor who sleeps amid a transaction is cut off."""

RELEASE_MAX_S = 1.0
"""For letting go: who ends the service waits for it, and a lease runs out by itself."""


Work: TypeAlias = Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One of the equal services on a database. ``name`` is also that of its sessions.

    ``leases`` is the same database over connections of its own, so that a renewal waits for
    nobody's work.
    """

    name: str
    database: Database
    leases: Database
    tenures: "list[Tenure]" = field(default_factory=list, repr=False, compare=False)
    """Those that run: what the configuration does not ask for is nobody's."""

    @classmethod
    @asynccontextmanager
    async def on(cls, database: Database, *, name: str = INSTANCE) -> AsyncIterator[Self]:
        """The instance of this process, until the end of the block."""
        if database.is_sqlite:
            yield cls(name=name, database=database, leases=database)
            return
        async with Database.open(database.engine.url) as leases:
            yield cls(name=name, database=database, leases=leases)

    def tenure(self, name: str, work: Work) -> "Tenure":
        """The instance's part in work that one does at a time: ``pbx:main``, ``job:audit``."""
        return Tenure(name=name, work=work, instance=self)


@dataclass(kw_only=True)
class Tenure:
    """Do ``work`` whenever the lease of this name is ours, until cancelled or until it returns.

    The work is given a database that it cannot write to after the lease is lost; it is cancelled
    then, and begun anew when the lease is ours again. An error of the work ends the tenure and is
    raised.
    """

    name: str
    work: Work
    instance: Instance
    waits_because: str | None = field(default="the database was not asked yet", init=False)
    """Why nobody is known to do the work; None while an instance does, this one or another."""
    is_ours: bool = field(default=False, init=False)
    """Whether this instance does the work."""
    _is_failing: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Stand by, work, stand by again."""
        self.instance.tenures.append(self)
        try:
            await self._run()
        finally:
            self.instance.tenures.remove(self)

    async def _run(self) -> None:
        if self.instance.database.is_sqlite:
            self.waits_because, self.is_ours = None, True
            try:
                await self.work(self.instance.database)
            finally:
                self.is_ours = False
            return
        while not await self._serve(await self._stand_by()):
            pass

    @property
    def _leases(self) -> Database:
        return self.instance.leases

    async def _stand_by(self) -> Lease:
        succession = Succession(ttl_s=TTL_S)
        followed: str | None = None
        while True:
            try:
                seen, lease = await self._look(succession)
            except Exception as error:  # noqa: BLE001  (whatever it is, it may pass)
                succession.missed(time.monotonic())
                self.waits_because = f"the database gives no lease: {type(error).__name__}"
                self._failed(error)
            else:
                self._is_failing = False
                if lease is not None:
                    return lease
                if seen is not None and seen.holder != followed:
                    followed = seen.holder
                    log.info("lease.standing_by", lease=self.name, holder=followed)
                is_over = seen is None or seen.is_over
                self.waits_because = "its lease is about to be taken" if is_over else None
            await asyncio.sleep(EVERY_S)

    async def _look(self, succession: Succession) -> tuple[leases.Sighting | None, Lease | None]:
        """The lease as it is, and ours if it could be taken."""
        async with asyncio.timeout(ANSWER_MAX_S), self._leases.reading() as connection:
            seen = await leases.look(connection, self.name)
        # It may be ours already, where the database went away before it could say so.
        is_ours = seen is not None and seen.holder == self.instance.name
        if not is_ours and not succession.may_take(seen, time.monotonic()):
            return seen, None
        async with asyncio.timeout(TAKE_MAX_S), self._leases.transaction() as connection:
            if seen is not None and not is_ours and not seen.is_released:
                ended = await leases.cut_off(connection, seen)
                log.warning("lease.overdue", lease=self.name, holder=seen.holder, cut_off=ended)
            lease = await leases.take(
                connection, self.name, seen, holder=self.instance.name, ttl=timedelta(seconds=TTL_S)
            )
        return seen, lease

    async def _serve(self, lease: Lease) -> bool:
        """Work until the lease is lost, or the work is done; give whether it is done."""
        log.info("lease.taken", lease=self.name, token=lease.token)
        database = FencedDatabase(self.instance.database.engine, lease)
        database.measure = self.instance.database.measure
        work = asyncio.ensure_future(self.work(database))
        watch = [asyncio.create_task(self._renew(database)), asyncio.create_task(_lost(database))]
        self.waits_because, self.is_ours = None, True
        try:
            await asyncio.wait([work, *watch], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.is_ours = False
            await _end(work, *watch)
            if not database.lost.is_set():
                await self._release(lease)
        if database.lost.is_set():
            log.warning("lease.lost", lease=self.name, token=lease.token)
            return False
        work.result()  # raises what ended it
        return True

    async def _renew(self, database: FencedDatabase) -> None:
        """Say that we are alive, until the lease is lost. A database that is away does not take
        it: what is known meanwhile is kept for when it is back."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                async with asyncio.timeout(ANSWER_MAX_S), self._leases.transaction() as connection:
                    await leases.renew(connection, database.lease, ttl=timedelta(seconds=TTL_S))
            except LeaseLostError:
                database.lost.set()
                return
            except Exception as error:  # noqa: BLE001  (as above; it is held until it is taken)
                self._failed(error)
            else:
                self._is_failing = False

    def _failed(self, error: Exception) -> None:
        """Say so, once an outage."""
        if not self._is_failing:
            log.warning("lease.database_away", lease=self.name, error=type(error).__name__)
        self._is_failing = True

    async def _release(self, lease: Lease) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(RELEASE_MAX_S), self._leases.transaction() as connection:
                await leases.release(connection, lease)
            log.info("lease.released", lease=self.name)


async def _lost(database: FencedDatabase) -> None:
    await database.lost.wait()


async def _end(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
