"""The database as the holder of a lease has it: what it may not write any more, it cannot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callcenter.db import leases
from callcenter.db.engine import Database
from callcenter.db.leases import Lease, LeaseLostError


class FencedDatabase(Database):
    """Whose transactions only begin while the lease is held, and keep it until they end.

    Give it to whoever works under the lease. The engine stays its owner's to close. ``lost`` is
    set with the first LeaseLostError, in case somebody on the way catches every error.
    """

    def __init__(self, engine: AsyncEngine, lease: Lease) -> None:
        super().__init__(engine)
        self.lease = lease
        self.lost = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """As any other; raises LeaseLostError before anything is written."""
        async with super().transaction(urgent=urgent) as connection:
            try:
                await leases.lock(connection, self.lease)
            except LeaseLostError:
                self.lost.set()
                raise
            yield connection
