"""Reports by e-mail: ordered below a table of the history, and stopped again."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from callcenter.core.cadence import Cadence
from callcenter.db import report_orders
from callcenter.db.report_orders import OrderError
from callcenter.db.sessions import Session
from callcenter.db.trail import By as Doer
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.history import By
from callcenter.web.identity import page, read_form
from callcenter.web.ids import ID, id_in
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER, language_of

PAGE: Final = "/history/mails"


async def show(request: web.Request, session: Session) -> web.StreamResponse:
    """What is sent to whoever asks."""
    _have_a_server(request)
    return await _page(request, session)


async def _page(
    request: web.Request, session: Session, *, problem: str | None = None
) -> web.StreamResponse:
    async with request.app[CONTEXT].database.reading() as connection:
        orders = await report_orders.of_agent(connection, session.agent.id)
    status = 422 if problem else 200
    return request.app[RENDERER].page(
        request, "history_mails.html", status=status, orders=orders, problem=problem
    )


async def order(request: web.Request, session: Session) -> web.StreamResponse:
    """Have a table sent from now on, in the language of the page."""
    _have_a_server(request)
    form, context = await read_form(request), request.app[CONTEXT]
    line = form.get("line") or None
    if line is not None and line not in context.lines:
        raise NotFoundError("there is no such line: choose one from the list")
    try:
        async with context.database.transaction() as connection:
            await report_orders.add(
                connection,
                by=Doer(session.agent.login, context.now()),
                agent_id=session.agent.id,
                address=form.get("address", ""),
                cadence=_cadence(form),
                cut=_cut(form),
                line=line,
                language=language_of(request),
            )
    except OrderError as error:
        return await _page(request, session, problem=error.reason)
    raise web.HTTPSeeOther(PAGE)


async def stop(request: web.Request, session: Session) -> web.StreamResponse:
    """Send it no more."""
    _have_a_server(request)
    context = request.app[CONTEXT]
    async with context.database.transaction() as connection:
        await report_orders.cancel(
            connection,
            id_in(request, "report"),
            agent_id=session.agent.id,
            by=Doer(session.agent.login, context.now()),
        )
    raise web.HTTPSeeOther(PAGE)


def _have_a_server(request: web.Request) -> None:
    if not request.app[CONTEXT].sends_mail:
        raise NotFoundError("no report is sent by e-mail: the configuration has no [mail]")


def _cadence(form: Mapping[str, str]) -> Cadence:
    try:
        return Cadence(form.get("cadence", ""))
    except ValueError as error:
        raise NotFoundError("there is no such time: choose one from the list") from error


def _cut(form: Mapping[str, str]) -> str:
    cut = form.get("by", "")
    if cut not in set(By) - {By.WAIT}:
        raise NotFoundError("there is no such table: choose one from the list")
    return cut


routes = [
    web.get(PAGE, page(show, roles=STAFF)),
    web.post(PAGE, page(order, roles=STAFF)),
    web.post(f"{PAGE}/{{report:{ID}}}/stop", page(stop, roles=STAFF)),
]
