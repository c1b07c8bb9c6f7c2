"""Records in a table of a database, such as FreePBX's asteriskcdrdb, by SQLAlchemy's URL.

Nothing tells in which order rows were committed, and a row of CDR has the time of the call's
beginning: so each look begins a while before the last one ended. What is read twice does no harm.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Generic

from sqlalchemy import (
    URL,
    ColumnClause,
    DateTime,
    column,
    func,
    literal,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.exc import InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from callcenter.records import clock
from callcenter.records.source import (
    OPEN_MAX,
    Format,
    Position,
    Reading,
    RecordsError,
    Row,
    Span,
    answered_between,
    going_on,
    over,
)

READ_MAX_S = 60.0
"""After this a database that says nothing is taken to be away."""

DRIVERS = {
    "mysql": "mysql+aiomysql (pip install 'callcenter[mysql]')",
    "mariadb": "mariadb+aiomysql (pip install 'callcenter[mysql]')",
    "postgresql": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
"""What a URL begins with for each kind of database."""


@dataclass(frozen=True, slots=True)
class RecordsTable(Generic[Row]):
    """A table in some format. ``timezone`` is of times in it that do not say theirs."""

    url: str = field(repr=False)
    table: str
    format: Format[Row]
    timezone: tzinfo

    @property
    def name(self) -> str:
        """The format's."""
        return self.format.name

    async def read(self, position: str | None, now: datetime) -> Reading:
        """What is over since then, and some of what was before."""
        since, place = Position.from_text(position), {"read_to": now.isoformat()}
        if since is None:
            await self._rows(now)  # a table that cannot be read says so at the first look
            return Reading([], Position(now, place).to_text())
        read_to = datetime.fromisoformat(since.place["read_to"])
        found = self.format.calls(await self._rows(read_to - OPEN_MAX), now)
        return Reading(over(found, since), since.at(place).to_text(), going_on(found, since))

    async def between(self, since: datetime, until: datetime, now: datetime) -> Span:
        """The calls answered in the span."""
        rows = await self._rows(since - OPEN_MAX)
        oldest = min((self.format.written_at(row) for row in rows), default=None)
        return Span(answered_between(self.format.calls(rows, now), since, until), oldest)

    async def _rows(self, since: datetime) -> list[Row]:
        """The rows from that time on, in the order of their times. Raises RecordsError."""
        with self._told():
            async with asyncio.timeout(READ_MAX_S):
                columns = await self._columns(since)
        rows = (self.format.from_columns(one) for one in columns)
        return [row for row in rows if row is not None]

    async def count(self) -> int:
        """How many rows there are. Raises RecordsError."""
        query = select(func.count()).select_from(table(self.table))
        with self._told():
            engine = create_async_engine(self.url, poolclass=NullPool, hide_parameters=True)
            try:
                async with engine.connect() as connection:
                    return int((await connection.execute(query)).scalar_one())
            finally:
                await engine.dispose()

    async def everything(self, at_once: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """The columns of all rows, in the order of their times, so many at once.

        Raises RecordsError.
        """
        with self._told():
            engine = create_async_engine(self.url, poolclass=NullPool, hide_parameters=True)
            try:
                async with engine.connect() as connection:
                    sample = await self._sample(connection)
                    if sample is None:
                        return
                    query = select(text("*")).select_from(table(self.table))
                    query = query.order_by(column(self._time_column(sample)))
                    found = await connection.stream(query)
                    async for some in found.mappings().partitions(at_once):
                        yield [_small(row) for row in some]
            finally:
                await engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Let what is wrong with the table be told as RecordsError."""
        url = make_url(self.url)
        if url.get_backend_name() == "sqlite" and not _is_there(url):  # or it would be made
            raise RecordsError(f"{url.database} is not there: look at [pbx.records]")
        try:
            yield
        except (ModuleNotFoundError, NoSuchModuleError, InvalidRequestError) as error:
            driver = DRIVERS.get(url.get_backend_name(), " or ".join(DRIVERS.values()))
            raise RecordsError(
                f"the {self.name} table cannot be read: {error}; begin the URL with {driver}"
            ) from error
        except (SQLAlchemyError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            raise RecordsError(
                f"the {self.name} table {self.table!r} cannot be read "
                f"({str(cause) or type(cause).__name__}): look at [pbx.records], and at the server"
            ) from error

    async def _columns(self, since: datetime) -> list[Mapping[str, Any]]:
        engine = create_async_engine(self.url, poolclass=NullPool, hide_parameters=True)
        try:
            async with engine.connect() as connection:
                return await self._selected(connection, since)
        finally:
            await engine.dispose()

    async def _selected(
        self, connection: AsyncConnection, since: datetime
    ) -> list[Mapping[str, Any]]:
        records, sample = table(self.table), await self._sample(connection)
        if sample is None:
            return []
        time: ColumnClause[Any] = column(self._time_column(sample))
        bound = clock.like(sample[time.name], since, self.timezone)
        is_aware = isinstance(bound, datetime) and bound.tzinfo is not None
        least = literal(bound, DateTime(timezone=True)) if is_aware else literal(bound)
        query = select(text("*")).select_from(records).where(time >= least).order_by(time)
        return [_small(row) for row in (await connection.execute(query)).mappings()]

    async def _sample(self, connection: AsyncConnection) -> Mapping[str, Any] | None:
        """A row; None where there is none."""
        records = select(text("*")).select_from(table(self.table))
        found = (await connection.execute(records.limit(1))).mappings().first()
        return dict(found) if found is not None else None

    def _time_column(self, names: Iterable[str]) -> str:
        wanted = self.format.time_columns
        for name in names:
            if name.lower() in wanted:
                return name
        raise RecordsError(
            f"the {self.name} table {self.table!r} has no column {' or '.join(wanted)}: "
            "look at [pbx.records]"
        )


def _small(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns by their names in small letters."""
    return {name.lower(): value for name, value in row.items()}


def _is_there(url: URL) -> bool:
    return Path(url.database or "").is_file()
