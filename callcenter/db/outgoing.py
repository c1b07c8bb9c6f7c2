"""The calls that we make: asked for by whoever has a page, claimed once by who has the PBX.

A row is a job until it is claimed, and the record of a call from then on. It is claimed in a
transaction of its own before the PBX is told, so that nobody is ever called twice: a call whose
claimer died is settled by what the PBX says of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.call import talk_s
from callcenter.core.outgoing import (
    ASKED_MAX,
    Outgoing,
    OutgoingState,
    Purpose,
    Result,
    Trouble,
)
from callcenter.db import journal, missed, tickets
from callcenter.db.journal import NewEntry
from callcenter.db.parts import parts
from callcenter.db.schema import OUTGOING_IS_OPEN, agents, outgoing_calls
from callcenter.errors import CallcenterError
from webhooks import EventType, OutgoingCall

VERIFIED: Final[Mapping[Result | None, str]] = {
    Result.ANSWERED: "The customer was called to check whether it works.",
    Result.BUSY: "The customer was called to check whether it works: the line was busy.",
    Result.NO_ANSWER: "The customer was called to check whether it works: nobody answered.",
}
"""The ticket's note about such a call, where the customer's telephone rang; the pages say it in the
reader's language."""

NOT_SOLVED: Final = "The customer was asked: it does not work yet."
"""The note of who was told so."""


class OutgoingError(CallcenterError):
    """Nobody is called; the message says why."""

    code = "outgoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom an agent wants to call, and from which telephone."""

    pbx: str
    interface: str
    number: str  # E.164
    line: str
    purpose: Purpose
    ticket: str | None = None
    callback: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that the PBX is to be told of now, by who claimed it."""

    id: str
    interface: str
    number: str
    line: str


async def ask(
    connection: AsyncConnection, id_: str, wanted: Wanted, *, agent_id: int, now: datetime
) -> None:
    """Want a call. Raises OutgoingError while another of the agent's goes on."""
    # Two clicks at once: the second waits for the first, whose call it then sees.
    await connection.execute(select(agents.c.id).where(agents.c.id == agent_id).with_for_update())
    is_awaited = or_(
        outgoing_calls.c.state != OutgoingState.ASKED.value,
        outgoing_calls.c.asked_at > now - ASKED_MAX,
    )
    theirs = (OUTGOING_IS_OPEN, outgoing_calls.c.agent_id == agent_id, is_awaited)
    going_on = select(outgoing_calls.c.id).where(*theirs)
    if (await connection.execute(going_on)).first() is not None:
        raise OutgoingError("another call of yours goes on: end it first")
    row = {
        "id": id_,
        "pbx": wanted.pbx,
        "agent_id": agent_id,
        "interface": wanted.interface,
        "number": wanted.number,
        "line": wanted.line,
        "callback_id": wanted.callback,
        "ticket_number": wanted.ticket,
        "purpose": wanted.purpose.value,
        "state": OutgoingState.ASKED.value,
        "asked_at": now,
    }
    await connection.execute(insert(outgoing_calls).values(row))
    await journal.append(connection, await _entries(connection, [id_], now))


async def is_work(connection: AsyncConnection, pbx: str) -> bool:
    """Whether a call is asked for, or one that goes on is wanted no more."""
    is_asked = outgoing_calls.c.state == OutgoingState.ASKED.value
    query = select(outgoing_calls.c.id).where(
        outgoing_calls.c.pbx == pbx,
        OUTGOING_IS_OPEN,
        or_(is_asked, outgoing_calls.c.cancelled_at.is_not(None)),
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def claim(connection: AsyncConnection, pbx: str, *, now: datetime) -> list[Claimed]:
    """Take what is asked for: nobody else is given it, now or ever."""
    query = (
        update(outgoing_calls)
        .where(*_asked(pbx), outgoing_calls.c.asked_at > now - ASKED_MAX)
        .values(state=OutgoingState.SENT.value)
        .returning(outgoing_calls)
    )
    rows = (await connection.execute(query)).all()
    return [Claimed(row.id, row.interface, row.number, row.line) for row in rows]


async def expire(connection: AsyncConnection, pbx: str, *, now: datetime) -> None:
    """Give up what nobody took to the PBX in time, and what was cancelled before that."""
    is_old = outgoing_calls.c.asked_at <= now - ASKED_MAX
    for condition, result in (
        (outgoing_calls.c.cancelled_at.is_not(None), Result.CANCELLED),
        (is_old, Result.EXPIRED),
    ):
        values = {"state": OutgoingState.ENDED.value, "result": result.value, "ended_at": now}
        query = update(outgoing_calls).where(*_asked(pbx), condition).values(values)
        ids = (await connection.execute(query.returning(outgoing_calls.c.id))).scalars().all()
        await journal.append(connection, await _entries(connection, ids, now))


async def cancel(connection: AsyncConnection, id_: str, *, agent_id: int, now: datetime) -> None:
    """The agent wants their call no more; who has the PBX hangs it up."""
    await connection.execute(
        update(outgoing_calls)
        .where(outgoing_calls.c.id == id_, outgoing_calls.c.agent_id == agent_id, OUTGOING_IS_OPEN)
        .values(cancelled_at=now)
    )


async def cancelled(connection: AsyncConnection, pbx: str) -> list[str]:
    """The ids of calls that go on, and that their agents want no more."""
    query = select(outgoing_calls.c.id).where(
        outgoing_calls.c.pbx == pbx, OUTGOING_IS_OPEN, outgoing_calls.c.cancelled_at.is_not(None)
    )
    return list((await connection.execute(query)).scalars())


async def going_on(connection: AsyncConnection, pbx: str) -> list[Outgoing]:
    """The calls whose end is not known: what the service knew when it stopped."""
    is_sent = outgoing_calls.c.state != OutgoingState.ASKED.value
    query = select(outgoing_calls).where(outgoing_calls.c.pbx == pbx, OUTGOING_IS_OPEN, is_sent)
    return [_record(row) for row in await connection.execute(query)]


async def current(connection: AsyncConnection) -> list[OutgoingCall]:
    """Every call that goes on, the latest first."""
    return await _calls(connection, OUTGOING_IS_OPEN)


async def write(
    connection: AsyncConnection, changes: Sequence[Outgoing], *, base_url: str
) -> list[NewEntry]:
    """Write calls as they are now, with what follows from it; give what is to be told.

    Of several about one call the last counts; one that is over stays as it is.
    """
    told: list[NewEntry] = []
    for one in {change.id: change for change in changes}.values():
        open_one = select(outgoing_calls).where(outgoing_calls.c.id == one.id, OUTGOING_IS_OPEN)
        row = (await connection.execute(open_one.with_for_update())).one_or_none()
        if row is None or _record(row) == one:
            continue
        at = one.ended_at or one.answered_at or one.agent_answered_at or row.asked_at
        await connection.execute(
            update(outgoing_calls).where(outgoing_calls.c.id == one.id).values(_values(one))
        )
        told += await _entries(connection, [one.id], at)
        if one.answered_at is not None and row.answered_at is None:
            told += await missed.reached(connection, row.number)
        if one.result in VERIFIED and row.purpose == Purpose.VERIFY.value:
            await _note(connection, row.ticket_number, VERIFIED[one.result], at, base_url)
    return told


async def decide(connection: AsyncConnection, id_: str, *, solved: bool) -> None:
    """What the customer said when they were asked whether it works."""
    verdict = "solved" if solved else "not_solved"
    await connection.execute(
        update(outgoing_calls).where(outgoing_calls.c.id == id_).values(verdict=verdict)
    )


async def last_of(connection: AsyncConnection, agent_id: int, limit: int) -> list[OutgoingCall]:
    """The agent's latest calls, the one that goes on included; newest first."""
    return await _calls(connection, outgoing_calls.c.agent_id == agent_id, limit=limit)


async def by_ids(connection: AsyncConnection, ids: Collection[str]) -> list[OutgoingCall]:
    """The calls with these ids, a few hundred at most, the newest first."""
    return await _calls(connection, outgoing_calls.c.id.in_(ids))


async def of_ticket(connection: AsyncConnection, number: str, limit: int) -> list[OutgoingCall]:
    """The calls that were made about a ticket; newest first."""
    return await _calls(connection, outgoing_calls.c.ticket_number == number, limit=limit)


async def of_callbacks(
    connection: AsyncConnection, ids: Collection[int]
) -> dict[int, list[OutgoingCall]]:
    """What was tried for each to-do; newest first."""
    found: dict[int, list[OutgoingCall]] = {}
    for some in parts(sorted(ids)):
        for call in await _calls(connection, outgoing_calls.c.callback_id.in_(some)):
            found.setdefault(call.callback or 0, []).append(call)
    return found


def _asked(pbx: str) -> tuple[ColumnElement[bool], ...]:
    is_asked = outgoing_calls.c.state == OutgoingState.ASKED.value
    return outgoing_calls.c.pbx == pbx, OUTGOING_IS_OPEN, is_asked


def _record(row: Row[Any]) -> Outgoing:
    return Outgoing(
        row.id,
        OutgoingState(row.state),
        Result(row.result) if row.result else None,
        Trouble(row.trouble) if row.trouble else None,
        row.agent_answered_at,
        row.answered_at,
        row.ended_at,
    )


def _values(one: Outgoing) -> dict[str, Any]:
    return {
        "state": one.state.value,
        "result": one.result.value if one.result else None,
        "trouble": one.trouble.value if one.trouble else None,
        "agent_answered_at": one.agent_answered_at,
        "answered_at": one.answered_at,
        "ended_at": one.ended_at,
    }


async def _note(
    connection: AsyncConnection, number: str, text: str, at: datetime, base_url: str
) -> None:
    number = await tickets.survivor_of(connection, number)
    if await tickets.get(connection, number, base_url=base_url) is not None:
        await tickets.add_note(
            connection, number, agent_id=None, text=text, now=at, base_url=base_url
        )


async def _entries(
    connection: AsyncConnection, ids: Collection[str], at: datetime
) -> list[NewEntry]:
    return [
        NewEntry(at, EventType.OUTGOING_CHANGED, call.line, None, call.model_dump_json())
        for call in await _calls(connection, outgoing_calls.c.id.in_(ids))
    ]


async def _calls(
    connection: AsyncConnection, which: ColumnElement[bool], *, limit: int | None = None
) -> list[OutgoingCall]:
    query = (
        select(outgoing_calls, agents.c.login, agents.c.name)
        .outerjoin(agents, agents.c.id == outgoing_calls.c.agent_id)
        .where(which)
        .order_by(outgoing_calls.c.asked_at.desc(), outgoing_calls.c.id)
        .limit(limit)
    )
    return [_call(row) for row in await connection.execute(query)]


def _call(row: Row[Any]) -> OutgoingCall:
    return OutgoingCall(
        id=row.id,
        agent=row.login,
        agent_name=row.name,
        interface=row.interface,
        number=row.number,
        line=row.line,
        ticket=row.ticket_number,
        callback=row.callback_id,
        purpose=row.purpose,
        state=row.state,
        result=row.result,
        trouble=row.trouble,
        verdict=row.verdict,
        asked_at=row.asked_at,
        agent_answered_at=row.agent_answered_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        talk_s=talk_s(row.answered_at, row.ended_at, 0.0),
    )
