"""INSERT ... ON CONFLICT, which both engines spell alike and SQLAlchemy keeps in two dialects."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def upsert(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Collection[str],
) -> None:
    """Write rows; where the primary key is there already, set only the columns in ``update``.

    All rows have the same columns. With nothing to update, a row that is there stays as it is.
    """
    if not rows:
        return
    statement = _statement(table, connection.dialect.name, tuple(update))
    await connection.execute(statement, list(rows))


def inserting(table: Table, dialect_name: str) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what to do on a conflict, in the engine's own dialect."""
    dialect = postgresql if dialect_name == "postgresql" else sqlite
    statement: postgresql.Insert | sqlite.Insert = dialect.insert(table)
    return statement


@lru_cache
def _statement(table: Table, dialect_name: str, update: tuple[str, ...]) -> Insert:
    # Kept: to make it takes longer than to run it, and each change of a call needs four of them.
    statement = inserting(table, dialect_name)
    keys = list(table.primary_key.columns)
    if not update:
        return statement.on_conflict_do_nothing(index_elements=keys)
    values = {name: statement.excluded[name] for name in update}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)
