"""Missed calls: the list that the team shares, until each caller is reached."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.callback import DISMISSALS, Closing, is_held
from callcenter.db import callbacks, journal, outgoing
from callcenter.db.callbacks import CallbackError
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, PageHandler, page, read_form
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.pages.outgoing import current_call
from callcenter.web.render import RENDERER
from callcenter.web.viewer import Viewer, viewer_of
from webhooks import EventType

PAGE = "/callbacks"
ONE = f"{PAGE}/{{missed:[0-9]{{1,18}}}}"

OPEN_MAX = 200
"""A list that is longer than this is a matter of staffing."""

CLOSED_MAX = 20
CLOSED_SHOWN = timedelta(hours=24)

EVENTS = (EventType.CALLBACK_CHANGED, EventType.OUTGOING_CHANGED, EventType.RING_GROUP_CHANGED)
"""What makes the page be read again."""

Act = Callable[[AsyncConnection, int, Form, Session, web.Request], Awaitable[None]]


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """Those of the agent's lines; supervisors and administrators see every line."""
    return await _page(request, session)


async def take(
    connection: AsyncConnection, id_: int, _form: Form, session: Session, request: web.Request
) -> None:
    """The agent is going to call back."""
    await callbacks.take(connection, id_, by=session.agent, now=request.app[CONTEXT].now())


async def take_over(
    connection: AsyncConnection, id_: int, _form: Form, session: Session, request: web.Request
) -> None:
    """A supervisor is going to, in the place of who has it."""
    await callbacks.take_over(connection, id_, by=session.agent, now=request.app[CONTEXT].now())


async def give_back(
    connection: AsyncConnection, id_: int, _form: Form, session: Session, request: web.Request
) -> None:
    """Somebody else may."""
    await callbacks.give_back(connection, id_, by=session.agent, now=request.app[CONTEXT].now())


async def dismiss(
    connection: AsyncConnection, id_: int, form: Form, session: Session, request: web.Request
) -> None:
    """Nobody has to, for a reason."""
    if form.get("reason") not in DISMISSALS:
        raise NotFoundError("there is no such reason")
    why, now = Closing(form["reason"]), request.app[CONTEXT].now()
    await callbacks.dismiss(connection, id_, why, by=session.agent, now=now)


def action(act: Act) -> PageHandler:
    """A form's handler: do it, and show the list; where somebody was quicker, that is said."""

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form, id_ = await read_form(request), int(request.match_info["missed"])
        context = request.app[CONTEXT]
        try:
            async with context.database.transaction() as connection:
                await context.hub.ring_groups.reload(connection)
                await _check(connection, id_, viewer_of(request, session))
                await act(connection, id_, form, session, request)
        except CallbackError as error:
            return await _page(request, session, wrong=error.reason)
        context.hub.notify()
        raise web.HTTPSeeOther(PAGE)

    return handle


routes = [
    web.get(PAGE, page(show)),
    web.post(f"{ONE}/take", page(action(take))),
    web.post(f"{ONE}/take-over", page(action(take_over), roles=STAFF)),
    web.post(f"{ONE}/give-back", page(action(give_back))),
    web.post(f"{ONE}/dismiss", page(action(dismiss))),
]


async def _check(connection: AsyncConnection, id_: int, viewer: Viewer) -> None:
    found = await callbacks.get(connection, id_)
    if found is None or not viewer.sees_line(found.line):
        raise NotFoundError("there is no such missed call")


async def _page(
    request: web.Request, session: Session, *, wrong: str | None = None
) -> web.StreamResponse:
    context = request.app[CONTEXT]
    now, reached = context.now(), context.hub.last_seq  # an old journal may be empty again
    async with context.database.reading() as connection:
        await context.hub.ring_groups.reload(connection)
        lines = viewer_of(request, session).lines
        seq = max(reached, await journal.last_seq(connection))
        waiting = await callbacks.open_ones(connection, lines, limit=OPEN_MAX)
        closed = await callbacks.closed_ones(
            connection, lines, since=now - CLOSED_SHOWN, limit=CLOSED_MAX
        )
        ids = [one.callback.id for one in (*waiting, *closed)]
        tried = await outgoing.of_callbacks(connection, ids)
        strip = await current_call(connection, session, context)
    return request.app[RENDERER].page(
        request,
        "callbacks.html",
        status=409 if wrong else 200,
        back=PAGE,
        waiting=waiting,
        closed=closed,
        tried=tried,
        reasons=DISMISSALS,
        held={one.callback.id for one in waiting if is_held(one.callback.taken_at, now)},
        wrong=wrong,
        callback_count=len(waiting),
        seq=seq,
        events=EVENTS,
        now=now,
        **strip,
    )
