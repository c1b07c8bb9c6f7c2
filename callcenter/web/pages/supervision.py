"""Listening to a call that goes on, from the floor, for supervisors with that right."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.supervision import Mode
from callcenter.db import sights, supervisions
from callcenter.db.rights import Right
from callcenter.db.sessions import Session
from callcenter.db.supervisions import SupervisionError, Talk, Wanted
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form
from callcenter.web.whom import NoCallError, telephone_of
from webhooks import Supervision

RESULT_SHOWN = timedelta(minutes=1)
"""How long the end is said after it."""

OUT_OF_SIGHT = "out_of_sight"


@dataclass(frozen=True, slots=True)
class Listening:
    """What the floor shows of it: ``talks`` and ``heard`` by the agent's id and login; ``mine`` is
    the supervisor's own that goes on, or has just ended.
    """

    talks: Mapping[int, list[Talk]]
    heard: Mapping[str | None, list[Supervision]]
    mine: Supervision | None
    may: bool
    modes: tuple[Mode, ...] = tuple(Mode)


async def listening(
    connection: AsyncConnection, session: Session, context: WebContext
) -> Listening:
    """As it is now."""
    talks: defaultdict[int, list[Talk]] = defaultdict(list)
    heard: defaultdict[str | None, list[Supervision]] = defaultdict(list)
    may = session.agent.may(Right.SUPERVISE)
    for talk in await supervisions.talks(connection) if may else ():
        if talk.agent_id != session.agent.id:
            talks[talk.agent_id].append(talk)
    for one in await supervisions.current(connection):
        if one.state == "listening":
            heard[one.agent].append(one)
    last, now = await supervisions.last_of(connection, session.agent.id), context.now()
    mine = last if last and (last.ended_at or now) > now - RESULT_SHOWN else None
    return Listening(talks, heard, mine, may)


async def begin(request: web.Request, session: Session, form: Form) -> str | None:
    """Ring the supervisor, who then hears an agent's call. Gives why not; None: it is asked."""
    context = request.app[CONTEXT]
    try:
        mode = Mode(form.get("mode", ""))
    except ValueError:
        raise NotFoundError("there is no such way to listen: choose one on the floor") from None
    try:
        async with context.database.transaction() as connection:
            talk = await _talk(connection, form)
            if await sights.now_unseen(connection, [talk.pbx]):
                return OUT_OF_SIGHT
            mine = await supervisions.last_of(connection, session.agent.id)
            is_ringing = mine is not None and mine.ended_at is None
            wanted = Wanted(
                talk=talk,
                # Theirs is in use by what they listen to already, which ends first.
                interface=mine.interface
                if mine is not None and is_ringing
                else await telephone_of(connection, session.agent),
                mode=mode,
                is_announced=context.announces_supervision,
            )
            id_, now = str(uuid4()), context.now()
            await supervisions.ask(connection, id_, wanted, by=session.agent, now=now)
    except (SupervisionError, NoCallError) as error:
        return error.reason
    context.hub.notify()
    context.dial()
    return None


async def stop(request: web.Request, session: Session, form: Form) -> None:
    """Listen no more, or do not begin."""
    context, id_ = request.app[CONTEXT], form.get("id", "")
    async with context.database.transaction() as connection:
        await supervisions.cancel(connection, id_, agent_id=session.agent.id, now=context.now())
    context.dial()


async def _talk(connection: AsyncConnection, form: Form) -> Talk:
    """The agent's part in the call of a form. Raises SupervisionError."""
    for talk in await supervisions.talks(connection):
        if (talk.call_id, str(talk.agent_id)) == (form.get("call"), form.get("agent")):
            return talk
    raise SupervisionError(SupervisionError.CALL_OVER, "the agent has hung up")
