"""The to-dos about missed calls: the list that the team shares, and who has which."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.callback import TAKEN_FOR, Closing, is_held
from callcenter.db import calls, journal, trail
from callcenter.db.agents import Agent
from callcenter.db.journal import NewEntry
from callcenter.db.parts import parts
from callcenter.db.schema import CALLBACK_IS_OPEN, agents, callback_calls, callbacks, companies
from callcenter.db.schema import calls as calls_table
from callcenter.errors import CallcenterError
from webhooks import Call, Callback, Caller, EventType


class CallbackError(CallcenterError):
    """It cannot be done with this to-do; ``reason`` is which of these it is."""

    code = "callback"

    GONE = "gone"
    CLOSED = "closed"
    TAKEN = "taken"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Listed:
    """A to-do with the last call that was missed, and the names of who has it and who closed it."""

    callback: Callback
    call: Call | None
    taken_by_name: str | None
    closed_by_name: str | None


async def open_ones(
    connection: AsyncConnection, lines: Collection[str] | None, *, limit: int
) -> list[Listed]:
    """Who called most often first, then who waits longest; ``lines`` None is every line."""
    order = (callbacks.c.times.desc(), callbacks.c.first_missed_at, callbacks.c.id)
    query = _of_lines(_CALLBACKS.where(CALLBACK_IS_OPEN), lines).order_by(*order).limit(limit)
    return await _listed(connection, (await connection.execute(query)).all())


async def closed_ones(
    connection: AsyncConnection, lines: Collection[str] | None, *, since: datetime, limit: int
) -> list[Listed]:
    """Those closed since then, the latest first."""
    query = _CALLBACKS.where(callbacks.c.closed_at >= since)
    query = _of_lines(query, lines).order_by(callbacks.c.closed_at.desc(), callbacks.c.id.desc())
    return await _listed(connection, (await connection.execute(query.limit(limit))).all())


async def open_ids(connection: AsyncConnection, lines: Collection[str] | None) -> list[int]:
    """The ids of those that are open."""
    query = _of_lines(select(callbacks.c.id), lines).where(CALLBACK_IS_OPEN)
    return list((await connection.execute(query)).scalars())


async def get(connection: AsyncConnection, id_: int) -> Callback | None:
    """The to-do with this id."""
    found = await _by_ids(connection, [id_])
    return found[0] if found else None


async def take(connection: AsyncConnection, id_: int, *, by: Agent, now: datetime) -> None:
    """It is the agent's to call back, for TAKEN_FOR. Raises CallbackError where another has it."""
    is_free = or_(
        callbacks.c.taken_by.is_(None),
        callbacks.c.taken_by == by.id,
        callbacks.c.taken_at <= now - TAKEN_FOR,
    )
    await _change(connection, id_, is_free, now, taken_by=by.id, taken_at=now)


async def take_over(connection: AsyncConnection, id_: int, *, by: Agent, now: datetime) -> None:
    """The same for a supervisor, also where another has it: they have it no more. Raises
    CallbackError.
    """
    await _note_freed(connection, id_, by=by, now=now)
    await _change(connection, id_, _may_change(by, now), now, taken_by=by.id, taken_at=now)


async def give_back(connection: AsyncConnection, id_: int, *, by: Agent, now: datetime) -> None:
    """It is anybody's again; a supervisor may say so for another. Raises CallbackError."""
    await _note_freed(connection, id_, by=by, now=now)
    await _change(connection, id_, _may_change(by, now), now, taken_by=None, taken_at=None)


async def dismiss(
    connection: AsyncConnection, id_: int, why: Closing, *, by: Agent, now: datetime
) -> None:
    """Nobody has to call back any more, for that reason. Raises CallbackError."""
    closed = {"closed_at": now, "closed_because": why.value, "closed_by": by.login}
    await _change(connection, id_, _may_change(by, now), now, **closed)
    action = trail.Action.CALLBACK_DISMISSED
    told = {"callback": str(id_), "reason": why.value}
    await trail.note(connection, action, now=now, actor=by.login, **told)


async def entries(connection: AsyncConnection, ids: Iterable[int]) -> list[NewEntry]:
    """What the journal is to say of to-dos that have changed."""
    return [
        _entry(one, one.closed_at or one.last_missed_at)
        for one in await _by_ids(connection, sorted(set(ids)))
    ]


def _entry(one: Callback, at: datetime) -> NewEntry:
    return NewEntry(at, EventType.CALLBACK_CHANGED, one.line, None, one.model_dump_json())


def _may_change(by: Agent, now: datetime) -> ColumnElement[bool]:
    """Whether it is nobody else's; a supervisor decides for everybody."""
    if by.sees_all_lines:
        return callbacks.c.id.is_not(None)
    is_others = callbacks.c.taken_by != by.id
    return or_(callbacks.c.taken_by.is_(None), ~is_others, callbacks.c.taken_at <= now - TAKEN_FOR)


async def _change(
    connection: AsyncConnection,
    id_: int,
    allowed: ColumnElement[bool],
    now: datetime,
    **values: Any,
) -> None:
    """Of several at the same time one comes first, and the others are told."""
    this = (callbacks.c.id == id_, CALLBACK_IS_OPEN, allowed)
    done = await connection.execute(update(callbacks).where(*this).values(values))
    one = await get(connection, id_)
    if one is None:
        raise CallbackError(CallbackError.GONE, "this missed call is not known any more")
    if not done.rowcount:
        reason = CallbackError.CLOSED if one.closed_at else CallbackError.TAKEN
        raise CallbackError(reason, "somebody else was quicker: choose another")
    await journal.append(connection, [_entry(one, now)])


async def _note_freed(connection: AsyncConnection, id_: int, *, by: Agent, now: datetime) -> None:
    one = await get(connection, id_)
    is_anothers = one is not None and one.taken_by not in (None, by.login)
    if one is not None and is_anothers and by.sees_all_lines and is_held(one.taken_at, now):
        told = {"callback": str(id_), "agent": one.taken_by}
        action = trail.Action.CALLBACK_FREED
        await trail.note(connection, action, now=now, actor=by.login, **told)


_CALLBACKS = (
    select(callbacks, agents.c.login, agents.c.name, companies.c.name.label("company"))
    .outerjoin(agents, agents.c.id == callbacks.c.taken_by)
    .outerjoin(companies, companies.c.id == callbacks.c.company_id)
)


def _of_lines(query: Select[Any], lines: Collection[str] | None) -> Select[Any]:
    return query if lines is None else query.where(callbacks.c.line.in_(lines))


async def _by_ids(connection: AsyncConnection, ids: Sequence[int]) -> list[Callback]:
    found: list[Callback] = []
    for some in parts(ids):
        rows = (await connection.execute(_CALLBACKS.where(callbacks.c.id.in_(some)))).all()
        last = await _last_calls(connection, [row.id for row in rows])
        found += [_callback(row, last.get(row.id)) for row in rows]
    return found


async def _listed(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Listed]:
    last = await _last_calls(connection, [row.id for row in rows])
    of = await calls.by_ids(connection, list(last.values()))
    query = select(agents.c.login, agents.c.name)
    names = {row.login: row.name for row in await connection.execute(query)}
    return [
        Listed(
            _callback(row, last.get(row.id)),
            of.get(last.get(row.id, "")),
            row.name,
            names.get(row.closed_by or "", row.closed_by),
        )
        for row in rows
    ]


async def _last_calls(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, str]:
    """The last call that was missed, by to-do."""
    found: dict[int, str] = {}
    for some in parts(ids):
        query = (
            select(callback_calls.c.callback_id, calls_table.c.id)
            .join(calls_table, calls_table.c.id == callback_calls.c.call_id)
            .where(callback_calls.c.callback_id.in_(some))
            .order_by(calls_table.c.started_at, calls_table.c.id)
        )
        found |= {row.callback_id: row.id for row in await connection.execute(query)}
    return found


def _callback(row: Row[Any], call_id: str | None) -> Callback:
    return Callback(
        id=row.id,
        line=row.line,
        caller=Caller(
            raw=row.caller_raw,
            e164=row.caller_e164,
            name=None,
            removed=row.caller_removed_at is not None,
        ),
        company=row.company,
        call=call_id,
        first_missed_at=row.first_missed_at,
        last_missed_at=row.last_missed_at,
        times=row.times,
        longest_wait_s=row.longest_wait_s,
        taken_by=row.login,
        taken_at=row.taken_at if row.login else None,
        closed_at=row.closed_at,
        closed_because=row.closed_because,
        closed_by=row.closed_by,
    )
