"""Monitoring systems of a test, and the job that makes tickets of what they send."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from callcenter.alerts.worker import AlertWorker
from callcenter.db import alert_deliveries, tickets
from callcenter.db.engine import Database
from callcenter.db.schema import alert_episodes, alert_groups, companies, devices
from callcenter.db.tickets import TicketFilter
from tests.alerts.sources import SOURCES
from webhooks import Ticket


@dataclass
class House:
    """A database with what was received, and what came of it."""

    database: Database
    now: datetime = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.worker = AlertWorker(
            sources=SOURCES,
            base_url="https://callcenter.example.com",
            now=lambda: self.now,
            committed=lambda: None,
            count=lambda source, what: self.counted.append((source, what)),
        )

    async def receive(self, source: str, *bodies: bytes) -> list[bool]:
        """Each arrives, and is not worked off yet; gives of each whether it is new."""
        new = []
        for body in bodies:
            async with self.database.transaction() as connection:
                new.append(await alert_deliveries.store(connection, source, body, self.now))
        return new

    async def work(self) -> None:
        """Work off everything."""
        while await self.worker.work_some(self.database):
            pass

    async def hear(self, source: str, *bodies: bytes, after_s: float = 90) -> None:
        """Each arrives that long after the one before, and is worked off."""
        for body in bodies:
            await self.receive(source, body)
            await self.work()
            self.now += timedelta(seconds=after_s)

    async def company(self, name: str, *owns: str) -> int:
        """Write down a company with its devices, and give its id."""
        async with self.database.transaction() as connection:
            statement = insert(companies).values(name=name, account_owner="Zoé Martin")
            company_id = int(
                (await connection.execute(statement.returning(companies.c.id))).scalar_one()
            )
            for device in owns:
                row = {"company_id": company_id, "name": device}
                await connection.execute(insert(devices).values(row))
        return company_id

    async def tickets(self) -> list[Ticket]:
        """Every ticket, oldest first."""
        async with self.database.reading() as connection:
            page = await tickets.page(
                connection, TicketFilter(), after=None, limit=1000, base_url=""
            )
        return page.tickets[::-1]

    async def episodes(self) -> Sequence[Any]:
        """Every trouble with its ticket's number, in the order in which they were heard of."""
        query = (
            select(alert_episodes, alert_groups.c.ticket_number)
            .outerjoin(alert_groups, alert_groups.c.id == alert_episodes.c.group_id)
            .order_by(alert_episodes.c.id)
        )
        async with self.database.reading() as connection:
            return (await connection.execute(query)).all()


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
