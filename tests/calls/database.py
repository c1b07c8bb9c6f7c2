"""A database that goes away when a test says so, and what tests read from a real one."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from sqlalchemy import Row, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callcenter.core.call import Call
from callcenter.db import agents, journal
from callcenter.db.engine import Database
from callcenter.db.journal import Entry
from callcenter.db.schema import (
    call_contacts,
    calls,
    legs,
    obligations,
    ring_groups,
    ticket_notes,
    tickets,
)
from tests.calls.facts import START

Moment = Literal["well", "at begin", "before commit", "after commit"]


class FlakyDatabase(Database):
    """Each planned moment is what becomes of the next transaction that may write."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self.planned: deque[Moment] = deque()

    def plan(self, *moments: Moment) -> None:
        self.planned.extend(moments)

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        moment = self.planned.popleft() if self.planned else "well"
        if moment == "at begin":
            raise away()
        async with super().transaction(urgent=urgent) as connection:
            yield connection
            if moment == "before commit":
                raise away()
        if moment == "after commit":
            raise away()


def away() -> OperationalError:
    """What SQLAlchemy raises while a database is away."""
    return OperationalError("BEGIN", None, Exception("the server is gone"))


async def add_agent(database: Database, login: str, *interfaces: str) -> int:
    async with database.transaction() as connection:
        agent = await agents.add(
            connection,
            login=login,
            name=login.title(),
            role="agent",
            interfaces=interfaces,
            password_hash="none",
            now=START,
        )
    return agent.id


async def everything(database: Database) -> dict[str, list[Row[Any]]]:
    """All that recording and paying write, the journal apart."""
    tables = (calls, legs, call_contacts, obligations, ring_groups, tickets, ticket_notes)
    async with database.reading() as connection:
        return {
            table.name: sorted((await connection.execute(select(table))).all(), key=repr)
            for table in tables
        }


async def entries(database: Database) -> list[Entry]:
    async with database.reading() as connection:
        return await journal.after(connection, 0, 1_000_000)


async def told(database: Database, call: Call) -> list[str]:
    """What the journal tells of a call, in order."""
    return [entry.type.value for entry in await entries(database) if entry.call_id == call.id]


async def debts(database: Database) -> list[Any]:
    async with database.reading() as connection:
        query = select(obligations).order_by(obligations.c.answered_at, obligations.c.call_id)
        return list((await connection.execute(query)).all())
