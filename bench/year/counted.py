"""Four weeks written and counted by the service's own job, and how long that takes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.year.calls import COMPANIES, DAYS, NUMBERS, Draw, company, number
from callcenter.config import Settings
from callcenter.db.engine import Database
from callcenter.db.schema import (
    agents,
    calls,
    categories,
    companies,
    contracts,
    telephone_numbers,
)
from callcenter.wiring.figures import counting

SEED = 20_180_607

ROWS = 2_000
"""Of one statement: PostgreSQL gives a transaction up that asks for nothing for seconds."""

CATEGORIES = (
    *("Workstation", "Printing", "E-mail", "Network", "Server", "Backup"),
    *("Telephony", "Security", "Accounts", "Business software", "Purchase", "Other"),
)
OWNERS = ("Camille Roy", "Nadia Petit", "Hugo Blanc", "Ines Morel", "Paul Garnier")
CONTRACTS = ("Support", "Support and on-site", "Hours in advance")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted: ``first`` to ``last`` are the days (``core/slots.py``)."""

    first: int
    last: int
    calls: int
    seconds: float
    longest_s: float  # of a transaction


async def write(database: Database, settings: Settings, *, days: int = DAYS) -> tuple[int, int]:
    """Write a directory, and the calls of the days before today. Give the first and last day."""
    zone = ZoneInfo(settings.site.timezone)
    last = datetime.now(zone).date().toordinal() - 1
    async with database.transaction() as connection:
        await connection.execute(insert(companies), _companies())
        firms = await _ids(connection, companies)
        await connection.execute(insert(contracts), _contracts(firms))
        await connection.execute(insert(telephone_numbers), _telephones(firms))
        there = await _ids(connection, categories)
        await connection.execute(
            insert(categories),
            [{"name": f"{name} (bench)", "position": at} for at, name in enumerate(CATEGORIES)],
        )
        kinds = [id_ for id_ in await _ids(connection, categories) if id_ not in there]
        people = await _ids(connection, agents)
    draw = Draw(
        random=Random(SEED),  # noqa: S311  (the same calls each time)
        first=last - days + 1,
        zone=zone,
        agents=people,
        companies=firms,
        categories=kinds,
    )
    for rows in draw.days(days):
        async with database.transaction() as connection:
            for table, some in rows.items():
                for at in range(0, len(some), ROWS):
                    await connection.execute(insert(table), some[at : at + ROWS])
    return draw.first, last


async def count(database: Database, settings: Settings, first: int, last: int) -> Counted:
    """Let the job count everything that is there."""
    longest_s = 0.0

    def measure(_kind: str, _result: str, seconds: float) -> None:
        nonlocal longest_s
        longest_s = max(longest_s, seconds)

    job = counting(settings, lambda: datetime.now(UTC))
    database.measure = measure
    began = time.perf_counter()
    while not await job.turn(database):
        pass
    seconds = time.perf_counter() - began
    database.measure = lambda _kind, _result, _seconds: None
    async with database.reading() as connection:
        found = (await connection.execute(select(func.count()).select_from(calls))).scalar_one()
    return Counted(first, last, found, seconds, longest_s)


async def _ids(connection: AsyncConnection, table: Table) -> Sequence[int]:
    return list((await connection.execute(select(table.c.id).order_by(table.c.id))).scalars())


def _companies() -> list[dict[str, object]]:
    return [
        {"name": f"Company {at}", "account_owner": OWNERS[at % len(OWNERS)]}
        for at in range(COMPANIES)
    ]


def _contracts(ids: Sequence[int]) -> list[dict[str, object]]:
    return [
        {"company_id": id_, "name": CONTRACTS[at % len(CONTRACTS)]} for at, id_ in enumerate(ids)
    ]


def _telephones(ids: Sequence[int]) -> list[dict[str, object]]:
    owners = ((who, company(who, ids)) for who in range(NUMBERS))
    return [{"e164": number(who), "company_id": id_} for who, id_ in owners if id_ is not None]
