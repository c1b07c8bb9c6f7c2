"""The calls that an agent makes: begun from any page that shows a customer, and followed here."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import callbacks, directory, outgoing
from callcenter.db.callbacks import CallbackError
from callcenter.db.outgoing import OutgoingError, Wanted
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.identity import page, read_form
from callcenter.web.render import RENDERER
from callcenter.web.viewer import viewer_of
from callcenter.web.whom import telephone_of, whom
from webhooks import OutgoingCall

PAGE = "/outgoing"
ONE = f"{PAGE}/{{outgoing:[0-9a-f-]{{36}}}}"

ROWS = 30

RESULT_SHOWN = timedelta(minutes=1)
"""How long the end of a call is said after it."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """The agent's call that goes on, or has just ended, and those before it."""
    return await _page(request, session)


async def begin(request: web.Request, session: Session) -> web.StreamResponse:
    """Call somebody: the agent's telephone first."""
    form, context = await read_form(request), request.app[CONTEXT]
    viewer, now = viewer_of(request, session), context.now()
    try:
        async with context.database.transaction() as connection:
            await context.hub.ring_groups.reload(connection)
            to = await whom(connection, form, viewer, context)
            wanted = Wanted(
                pbx=context.line_pbxs[to.line],
                interface=await telephone_of(connection, session.agent),
                number=to.callable_number,
                line=to.line,
                purpose=to.purpose,
                ticket=to.ticket,
                callback=to.callback,
            )
            if to.callback is not None:
                await callbacks.take(connection, to.callback, by=session.agent, now=now)
            id_ = str(uuid4())
            await outgoing.ask(connection, id_, wanted, agent_id=session.agent.id, now=now)
    except (OutgoingError, CallbackError) as error:
        return await _page(request, session, wrong=getattr(error, "reason", "goes_on"))
    context.hub.notify()
    context.dial()
    raise web.HTTPSeeOther(PAGE)


async def cancel(request: web.Request, session: Session) -> web.StreamResponse:
    """End it, whoever of the two rings or talks."""
    context, id_ = request.app[CONTEXT], request.match_info["outgoing"]
    async with context.database.transaction() as connection:
        await outgoing.cancel(connection, id_, agent_id=session.agent.id, now=context.now())
    context.dial()
    raise web.HTTPSeeOther(PAGE)


async def current_call(
    connection: AsyncConnection, session: Session, context: WebContext
) -> dict[str, Any]:
    """What ``outgoing_strip.html`` needs: the agent's last call while it is of interest."""
    last = await outgoing.last_of(connection, session.agent.id, 1)
    now = context.now()
    shown = last[0] if last and (last[0].ended_at or now) > now - RESULT_SHOWN else None
    name = await directory.caller_name(connection, shown.number) if shown else None
    return {"my_call": shown, "my_call_name": name, "no_call": None}


async def _page(
    request: web.Request, session: Session, *, wrong: str | None = None
) -> web.StreamResponse:
    context = request.app[CONTEXT]
    async with context.database.reading() as connection:
        strip = await current_call(connection, session, context)
        calls: list[OutgoingCall] = await outgoing.last_of(connection, session.agent.id, ROWS)
    return request.app[RENDERER].page(
        request,
        "outgoing.html",
        status=422 if wrong else 200,
        back=PAGE,
        calls=calls,
        **{**strip, "no_call": wrong},
    )


routes = [
    web.get(PAGE, page(show)),
    web.post(PAGE, page(begin)),
    web.post(f"{ONE}/cancel", page(cancel)),
]
