"""What agents type about their calls: drafts, kept as they are typed, until the call is qualified.

A draft has a version that grows with each saving. Who saves says which one they had before them: a
second window that had an older one is told what the draft says now, and nothing is overwritten.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.parts import parts
from callcenter.db.schema import (
    OBLIGATION_HAS_CALL,
    OBLIGATION_IS_UNQUALIFIED,
    obligations,
    wrap_ups,
)
from callcenter.errors import CallcenterError
from webhooks.ticket import Priority, TicketStatus

IS_UNFINISHED: Final[ColumnElement[bool]] = OBLIGATION_IS_UNQUALIFIED & ~exists().where(
    wrap_ups.c.call_id == obligations.c.call_id, wrap_ups.c.finished_at.is_not(None)
)
"""Of an obligation: that the agent has yet to say what the call was about.

Who has said so owes nothing more, though the desk that is to have the ticket may be down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is typed. None is what is not chosen yet."""

    title: str = ""
    category_id: int | None = None
    subcategory_id: int | None = None
    priority: Priority | None = None
    status: TicketStatus | None = None
    note: str = ""
    summary: str = ""
    solved_on_call: bool = False

    @property
    def text(self) -> str:
        """All that was written, for a place that has one field for it."""
        return "\n\n".join(filter(None, (self.title, self.note, self.summary)))


EMPTY = Draft()


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A draft as it is kept. ``agent_id`` is who saved it last."""

    call_id: str
    agent_id: int | None
    draft: Draft
    version: int
    updated_at: datetime
    finished_at: datetime | None


class StaleDraftError(CallcenterError):
    """Somebody else, or another window, saved or finished it meanwhile: ``theirs`` is how it is."""

    code = "stale_draft"

    def __init__(self, theirs: WrapUp) -> None:
        super().__init__("the draft was changed in another window: look at both, and save again")
        self.theirs = theirs


async def get(connection: AsyncConnection, call_id: str) -> WrapUp | None:
    """What is typed about a call; None: nothing yet."""
    return (await by_calls(connection, [call_id])).get(call_id)


async def by_calls(connection: AsyncConnection, call_ids: Collection[str]) -> dict[str, WrapUp]:
    """The same of several calls."""
    found: dict[str, WrapUp] = {}
    for some in parts(list(call_ids)):
        query = select(wrap_ups).where(wrap_ups.c.call_id.in_(some))
        found |= {row.call_id: _wrap_up(row) for row in await connection.execute(query)}
    return found


async def unfinished(connection: AsyncConnection, agent_id: int) -> Sequence[str]:
    """The calls that the agent answered and has yet to qualify, the oldest answer first."""
    query = (
        select(obligations.c.call_id)
        .where(obligations.c.agent_id == agent_id, IS_UNFINISHED, OBLIGATION_HAS_CALL)
        .order_by(obligations.c.answered_at, obligations.c.call_id)
    )
    return list((await connection.execute(query)).scalars())


async def save(
    connection: AsyncConnection,
    call_id: str,
    draft: Draft,
    *,
    version: int,
    agent_id: int,
    now: datetime,
    finished: bool = False,
) -> int:
    """Keep the draft, and give its new version. ``version`` is the one it was typed over, from 0.

    Saving again what is kept already is no change. Raises StaleDraftError.
    """
    values = {
        **asdict(draft),
        "agent_id": agent_id,
        "version": version + 1,
        "updated_at": now,
        "finished_at": now if finished else None,
    }
    if await _write(connection, call_id, values, over=version):
        return version + 1
    (row,) = await connection.execute(select(wrap_ups).where(wrap_ups.c.call_id == call_id))
    theirs = _wrap_up(row)
    if theirs.draft == draft and (theirs.finished_at is not None) == finished:
        return theirs.version
    raise StaleDraftError(theirs)


async def close(connection: AsyncConnection, call_id: str, *, now: datetime) -> Draft | None:
    """Its call was qualified in another way: give the draft, if there is an unfinished one."""
    statement = (
        update(wrap_ups)
        .where(wrap_ups.c.call_id == call_id, wrap_ups.c.finished_at.is_(None))
        .values(finished_at=now, version=wrap_ups.c.version + 1)
        .returning(*wrap_ups.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    return _wrap_up(row).draft if row else None


async def _write(
    connection: AsyncConnection, call_id: str, values: dict[str, Any], *, over: int
) -> bool:
    """Whether it was written. One statement decides of two windows: PostgreSQL locks the row before
    it looks at its version, and SQLite has one writer."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(wrap_ups)
        .values(call_id=call_id, **values)
        .on_conflict_do_update(
            index_elements=["call_id"],
            set_=values,
            where=(wrap_ups.c.version == over) & wrap_ups.c.finished_at.is_(None),
        )
    )
    return bool((await connection.execute(statement)).rowcount)


def _wrap_up(row: Row[Any]) -> WrapUp:
    draft = Draft(
        title=row.title,
        category_id=row.category_id,
        subcategory_id=row.subcategory_id,
        priority=row.priority,
        status=row.status,
        note=row.note,
        summary=row.summary,
        solved_on_call=row.solved_on_call,
    )
    return WrapUp(row.call_id, row.agent_id, draft, row.version, row.updated_at, row.finished_at)
