"""Four weeks of calls and their figures, laid before themselves as often as it takes.

In SQL, from copies of the tables without their indexes. Of what a call has, its legs and its
obligation come with it: no page of figures reads anything else.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.year.calls import DAYS
from callcenter.core.counts import NAMES
from callcenter.core.slots import first_day, month_of
from callcenter.db.engine import Database
from callcenter.db.schema import (
    calls,
    figure_days,
    figure_months,
    figure_slots,
    figure_states,
    figure_waits,
    legs,
    obligations,
)

TABLES: Final = (
    *(calls, legs, obligations),
    *(figure_slots, figure_waits, figure_days, figure_states),
)

CACHE_KB: Final = 1_000_000
"""Of SQLite, while millions of rows are put in the order of their random ids."""


async def lay(database: Database, layers: range, *, first: int, last: int) -> None:
    """Put these layers, counted from 1, before the days from ``first`` to ``last``.

    Those and the layers between are there.
    """
    await _prepare(database, last)
    for layer in layers:
        async with database.transaction() as connection:
            for table in TABLES:
                await connection.execute(text(_copying(table, layer, database.is_sqlite)))
    async with database.transaction() as connection:
        for table in TABLES:
            if not table.name.startswith("figure_"):
                for index in table.indexes:
                    await connection.run_sync(index.create)
        await _sum_months(connection, first - (layers.stop - 1) * DAYS, last)
    await _tidy(database)


async def _prepare(database: Database, last: int) -> None:
    if database.is_sqlite:
        async with database.reading() as connection:
            await connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KB}")
    async with database.transaction() as connection:
        for table in TABLES:
            copy = f"CREATE TABLE IF NOT EXISTS layer_{table.name} AS SELECT * FROM {table.name}"  # noqa: S608
            is_of_days = "day" in table.columns  # today is counted too, and has no calls
            await connection.execute(text(f"{copy} WHERE day <= {last}" if is_of_days else copy))
            if not table.name.startswith("figure_"):
                for index in table.indexes:
                    await connection.run_sync(index.drop)


async def _tidy(database: Database) -> None:
    if database.is_sqlite:
        async with database.reading() as connection:
            await connection.exec_driver_sql("PRAGMA cache_size = -2000")
        return
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))  # what autovacuum does within minutes


def _copying(table: Table, layer: int, is_sqlite: bool) -> str:
    changes = _changes(table, layer, is_sqlite)
    names = [column.name for column in table.columns]
    values = [changes.get(name, name) for name in names]
    key = next(iter(table.primary_key.columns)).name
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) "  # noqa: S608  (our own names)
        f"SELECT {', '.join(values)} FROM layer_{table.name} ORDER BY {key}"
    )


def _changes(table: Table, layer: int, is_sqlite: bool) -> Mapping[str, str]:
    """What is other than in the first layer, by column."""
    earlier = layer * DAYS
    found: dict[str, str] = {}
    for column in table.columns:
        if column.name == "day":
            found["day"] = f"day - {earlier}"
        elif column.name.endswith("_at") and not table.name.startswith("figure_"):
            found[column.name] = (
                f"strftime('%Y-%m-%d %H:%M:%f000', {column.name}, '-{earlier} days')"
                if is_sqlite
                else f"{column.name} - interval '{earlier * 24} hours'"
            )
    for name in {"id", "call_id"} & {column.name for column in table.columns}:
        found[name] = f"substr({name}, 1, 14) || '{layer:04}' || substr({name}, 19)"
    if table is calls:
        found["linkedid"] = f"linkedid || '.{layer}'"
    return found


async def _sum_months(connection: AsyncConnection, first: int, last: int) -> None:
    """Every month as the sum of its days."""
    await connection.execute(figure_months.delete())
    names = ", ".join(NAMES)
    sums = ", ".join(f"sum({name})" for name in NAMES)
    for month in range(month_of(first), month_of(last) + 1):
        await connection.execute(
            text(
                f"INSERT INTO figure_months (kind, month, line, key, {names}) "  # noqa: S608
                f"SELECT kind, {month}, line, key, {sums} FROM figure_days "
                f"WHERE day >= {first_day(month)} AND day < {first_day(month + 1)} "
                "GROUP BY kind, line, key"
            )
        )
