"""How obligations stand, for people to read: the lists of what is open, stuck, asked and exempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ExemptReason, ObligationState
from callcenter.db import calls
from callcenter.db.schema import (
    EXEMPTION_IS_ASKED,
    OBLIGATION_HAS_CALL,
    OBLIGATION_IS_OPEN,
    agents,
    desk_writes,
    obligations,
)
from webhooks import Call


class Show(StrEnum):
    """Which obligations a list has."""

    OPEN = "open"  # no ticket yet, for whatever reason
    STUCK = "stuck"  # of those, what the desk refuses for good
    UNWRITTEN = "unwritten"  # the desk has not taken what the agent said of the call
    ASKED = "asked"  # somebody wants it exempt, and nobody confirmed it yet
    EXEMPT = "exempt"


_writes = desk_writes.alias()

_IS_EXEMPT = obligations.c.state == ObligationState.EXEMPT.value

_WHICH: Mapping[Show, ColumnElement[bool]] = {
    Show.OPEN: OBLIGATION_IS_OPEN,
    Show.STUCK: and_(OBLIGATION_IS_OPEN, obligations.c.stuck_at.is_not(None)),
    Show.UNWRITTEN: exists().where(
        _writes.c.call_id == obligations.c.call_id, _writes.c.attempts > 0
    ),
    Show.ASKED: and_(EXEMPTION_IS_ASKED, ~_IS_EXEMPT),
    Show.EXEMPT: and_(EXEMPTION_IS_ASKED, _IS_EXEMPT),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """An obligation with its call. ``attempts`` counts those that failed.

    ``is_tried`` is while somebody asks the desk. What of the last failure is told are the desk's
    own words, in whatever language it speaks. ``unwritten_error`` are those with which it did not
    take what the agent said, and ``is_refused`` whether they are its last.
    """

    call: Call
    desk: str
    state: ObligationState
    agent_id: int | None
    agent: str | None  # login of who answered
    answered_at: datetime
    attempts: int
    is_tried: bool
    next_attempt_at: datetime | None
    stuck_at: datetime | None
    last_error: str | None
    exempt_reason: ExemptReason | None
    exempt_by: str | None
    exempt_at: datetime | None
    unwritten_error: str | None
    is_refused: bool

    @property
    def is_exempt(self) -> bool:
        """Whether it needs no ticket."""
        return self.state is ObligationState.EXEMPT

    @property
    def is_asked(self) -> bool:
        """Whether somebody wants it exempt, and it is not."""
        return self.exempt_reason is not None and not self.is_exempt


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last obligation of a page: the next page begins behind it."""

    at: datetime
    call_id: str


@dataclass(frozen=True, slots=True)
class StandingPage:
    """The oldest first, but exemptions the newest. ``next`` is None on the last page."""

    standings: Sequence[Standing]
    next: Cursor | None


async def page(
    connection: AsyncConnection,
    show: Show,
    *,
    agent_id: int | None,
    after: Cursor | None,
    limit: int,
) -> StandingPage:
    """A page of at most ``limit``; ``agent_id`` narrows it to the calls that they answered."""
    key = _key(show)
    query = _narrowed(_STANDINGS, show, agent_id).add_columns(key.label("key"))
    if show is Show.EXEMPT:
        query = query.order_by(key.desc(), obligations.c.call_id.desc())
    else:
        query = query.order_by(key, obligations.c.call_id)
    if after is not None:
        place, behind = tuple_(key, obligations.c.call_id), (after.at, after.call_id)
        query = query.where(place < behind if show is Show.EXEMPT else place > behind)
    rows = (await connection.execute(query.limit(limit + 1))).all()
    shown = rows[:limit]
    last = Cursor(shown[-1].key, shown[-1].call_id) if len(rows) > limit else None
    return StandingPage(await _standings(connection, shown), last)


async def counts(connection: AsyncConnection, *, agent_id: int | None) -> dict[Show, int]:
    """How many there are of each, of all or of an agent's own."""
    return {
        show: (
            await connection.execute(
                _narrowed(select(func.count()).select_from(obligations), show, agent_id)
            )
        ).scalar_one()
        for show in Show
    }


async def get(connection: AsyncConnection, call_id: str) -> Standing | None:
    """How the obligation of a call stands; None for a call that has none."""
    query = _STANDINGS.where(obligations.c.call_id == call_id)
    found = await _standings(connection, (await connection.execute(query)).all())
    return found[0] if found else None


_STANDINGS = (
    select(
        obligations,
        agents.c.login,
        desk_writes.c.last_error.label("unwritten_error"),
        and_(desk_writes.c.attempts > 0, desk_writes.c.next_attempt_at.is_(None)).label("refused"),
    )
    .outerjoin(agents, agents.c.id == obligations.c.agent_id)
    .outerjoin(desk_writes, desk_writes.c.call_id == obligations.c.call_id)
)


def _key(show: Show) -> ColumnElement[datetime]:
    if show in (Show.ASKED, Show.EXEMPT):
        return obligations.c.exempt_at
    # As an expression it has no index: by that of the answers SQLite would read every obligation
    # there ever was, to find the few that are open in their order.
    return func.coalesce(obligations.c.answered_at, obligations.c.answered_at)


def _narrowed(query: Select[Any], show: Show, agent_id: int | None) -> Select[Any]:
    query = query.where(_WHICH[show], OBLIGATION_HAS_CALL)
    return query if agent_id is None else query.where(obligations.c.agent_id == agent_id)


async def _standings(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Standing]:
    of = await calls.by_ids(connection, [row.call_id for row in rows])
    return [_standing(row, of[row.call_id]) for row in rows if row.call_id in of]


def _standing(row: Row[Any], call: Call) -> Standing:
    return Standing(
        call=call,
        desk=row.desk,
        state=ObligationState(row.state),
        agent_id=row.agent_id,
        agent=row.login,
        answered_at=row.answered_at,
        attempts=row.attempts,
        is_tried=row.claimed_by is not None,
        next_attempt_at=row.next_attempt_at,
        stuck_at=row.stuck_at,
        last_error=row.last_error,
        exempt_reason=ExemptReason(row.exempt_reason) if row.exempt_reason else None,
        exempt_by=row.exempt_by,
        exempt_at=row.exempt_at,
        unwritten_error=row.unwritten_error,
        is_refused=bool(row.refused),
    )
