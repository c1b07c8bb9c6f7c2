"""Imports into the directory: what was uploaded, and what became of it.

The content is kept until it is applied or dropped: then only the counts are left of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.schema import agents, directory_imports
from callcenter.errors import CallcenterError

Counts = Mapping[str, int]
"""Rows of a file: ``added``, ``updated``, ``unchanged``, ``refused``."""


class AppliedError(CallcenterError):
    """It was applied already, or dropped."""

    code = "import_applied"


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was uploaded, or that the command read. ``by`` None: the command."""

    id: int
    at: datetime
    by: str | None
    file_name: str
    applied_at: datetime | None
    counts: Counts | None
    is_waiting: bool


async def add(
    connection: AsyncConnection,
    file_name: str,
    content: str | None,
    *,
    agent_id: int | None,
    now: datetime,
) -> int:
    """Keep a file until it is applied or dropped, and give its id."""
    values = {"at": now, "agent_id": agent_id, "file_name": file_name, "content": content}
    query = insert(directory_imports).values(values).returning(directory_imports.c.id)
    return int((await connection.execute(query)).scalar_one())


async def get(connection: AsyncConnection, import_id: int) -> Import | None:
    """The import with this id."""
    row = (await connection.execute(_IMPORTS.where(_is(import_id)))).one_or_none()
    return _import(row) if row else None


async def latest(connection: AsyncConnection, limit: int) -> Sequence[Import]:
    """The newest imports first."""
    query = _IMPORTS.order_by(directory_imports.c.at.desc(), directory_imports.c.id.desc())
    return [_import(row) for row in await connection.execute(query.limit(limit))]


async def content(connection: AsyncConnection, import_id: int) -> str | None:
    """The text of the file, while it is kept."""
    query = select(directory_imports.c.content).where(_is(import_id))
    found: str | None = (await connection.execute(query)).scalar()
    return found


async def hold(connection: AsyncConnection, import_id: int) -> None:
    """Keep others from applying it until the transaction ends. Raises AppliedError."""
    held = select(directory_imports.c.id).where(_is_waiting(import_id)).with_for_update()
    if (await connection.execute(held)).first() is None:
        raise AppliedError("this import was applied or dropped already: upload the file again")


async def done(
    connection: AsyncConnection, import_id: int, counts: Counts, *, now: datetime
) -> str:
    """Note that it was applied, and give the file's name; its content is not kept any longer."""
    values = {"applied_at": now, "content": None, "counts": json.dumps(counts)}
    query = update(directory_imports).where(_is(import_id)).values(values)
    found = await connection.execute(query.returning(directory_imports.c.file_name))
    return str(found.scalar_one())


async def drop(connection: AsyncConnection, import_id: int) -> None:
    """Keep the content no longer; one that was applied stays so."""
    await connection.execute(
        update(directory_imports).where(_is_waiting(import_id)).values(content=None)
    )


def _is(import_id: int) -> Any:
    return directory_imports.c.id == import_id


def _is_waiting(import_id: int) -> Any:
    return (directory_imports.c.id == import_id) & directory_imports.c.content.is_not(None)


_IMPORTS = select(
    directory_imports.c.id,
    directory_imports.c.at,
    directory_imports.c.file_name,
    directory_imports.c.applied_at,
    directory_imports.c.counts,
    directory_imports.c.content.is_not(None).label("is_waiting"),
    agents.c.name.label("by"),
).outerjoin(agents, agents.c.id == directory_imports.c.agent_id)


def _import(row: Row[Any]) -> Import:
    return Import(
        id=row.id,
        at=row.at,
        by=row.by,
        file_name=row.file_name,
        applied_at=row.applied_at,
        counts=json.loads(row.counts) if row.counts else None,
        is_waiting=bool(row.is_waiting),
    )
