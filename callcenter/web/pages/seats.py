"""Where an agent sits: which telephones are theirs, and which they could take for the day."""

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from callcenter.db import seats
from callcenter.db.seats import Choice, NoSeatError, Seat, TakenError
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import local, page, read_form
from callcenter.web.render import RENDERER

PAGE = "/seat"


def seat_page(destination: str) -> str:
    """The page's address, which leads on to ``destination`` once a telephone was chosen."""
    return f"{PAGE}?next={quote(destination)}"


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """The agent's telephones, and those that they could take."""
    return await _page(request, session, local(request.query.get("next", "/")))


async def take(request: web.Request, session: Session) -> web.StreamResponse:
    """Sit down; where a colleague did not leave, ask first."""
    form, context = await read_form(request), request.app[CONTEXT]
    destination = local(form.get("next", "/"))
    try:
        async with context.database.transaction() as connection:
            await seats.take(
                connection,
                session.agent,
                form.get("interface", ""),
                lines=context.lines,
                over=form.get("over"),
                now=context.now(),
            )
    except TakenError as error:
        return await _page(request, session, destination, taken=error.seat)
    except NoSeatError:
        return await _page(request, session, destination, is_unknown=True)
    context.hub.notify()
    context.floor_changed()
    raise web.HTTPSeeOther(destination)


async def leave(request: web.Request, session: Session) -> web.StreamResponse:
    """Leave a telephone that was taken."""
    form, context, agent = await read_form(request), request.app[CONTEXT], session.agent
    async with context.database.transaction() as connection:
        interface = form.get("interface", "")
        await seats.leave(connection, agent.id, interface, by=agent, now=context.now())
    context.hub.notify()
    context.floor_changed()
    raise web.HTTPSeeOther(PAGE)


async def _page(
    request: web.Request,
    session: Session,
    destination: str,
    *,
    taken: Seat | None = None,
    is_unknown: bool = False,
) -> web.Response:
    context, agent = request.app[CONTEXT], session.agent
    async with context.database.reading() as connection:
        mine = await seats.of_agent(connection, agent.id)
        choices = await seats.choices(connection, agent.id, context.lines)
        last = await seats.last(connection, agent.id)
    return request.app[RENDERER].page(
        request,
        "seat.html",
        status=409 if taken else 422 if is_unknown else 200,
        mine=mine,
        choices=choices,
        proposed=_proposed(choices, last),
        taken=taken,
        is_unknown=is_unknown,
        destination=destination,
    )


def _proposed(choices: Sequence[Choice], last: str | None) -> str | None:
    """The last one if it can be had without asking anybody, else the first such."""
    free = [choice.interface for choice in choices if choice.seat is None]
    return last if last in free else next(iter(free), None)


routes = [
    web.get(PAGE, page(show)),
    web.post(f"{PAGE}/take", page(take)),
    web.post(f"{PAGE}/leave", page(leave)),
]
