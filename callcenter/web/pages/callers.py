"""Who is calling: chosen among those who share the number, searched for, or written down anew.

The page stands by itself, and beside the card in the console. What is searched for is a name, so it
comes in a form's body: addresses end up in logs.
"""

from aiohttp import web

from callcenter.db import callers, calls
from callcenter.db.callers import EMAIL_MAX, NAME_MAX, CallerError, Choice
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form, PageHandler, page, read_form
from callcenter.web.ids import id_of
from callcenter.web.render import RENDERER
from callcenter.web.viewer import viewer_of
from webhooks import Call

CALLER = "/callers/{call:[0-9a-f-]{36}}"

SEARCH_MAX = 100
"""Characters that are searched for."""


async def show(request: web.Request, _session: Session) -> web.StreamResponse:
    """Who it may be, and who it is once somebody said so."""
    return await _page(request, done="chosen" in request.query)


async def search(request: web.Request, _session: Session) -> web.StreamResponse:
    """The same, with those whose names have these words."""
    text = (await read_form(request)).get("words", "")[:SEARCH_MAX]
    return await _page(request, words=text)


async def choose(request: web.Request, session: Session) -> web.StreamResponse:
    """It is the ``contact`` with this id, or somebody of the ``company`` with that."""
    form = await read_form(request)
    contact, company = id_of(form.get("contact")), id_of(form.get("company"))
    choice = _choice(request, session, form)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            if contact is not None:
                await callers.choose_contact(connection, choice, contact)
            elif company is not None:
                await callers.choose_company(connection, choice, company)
            else:
                raise NotFoundError("there is no such contact")
    except CallerError as error:
        return await _page(request, form=form, error=error)
    raise web.HTTPSeeOther(f"{_address(request)}?chosen")


async def create(request: web.Request, session: Session) -> web.StreamResponse:
    """It is somebody whom nobody wrote down yet."""
    form = await read_form(request)
    try:
        async with request.app[CONTEXT].database.transaction() as connection:
            await callers.create(
                connection,
                _choice(request, session, form),
                name=form.get("name", ""),
                company=form.get("company", ""),
                email=form.get("email", ""),
            )
    except CallerError as error:
        return await _page(request, form=form, error=error)
    raise web.HTTPSeeOther(f"{_address(request)}?chosen")


def _own(handler: PageHandler) -> PageHandler:
    """For agents whose business the call is; to others there is no such call."""

    async def checked(request: web.Request, session: Session) -> web.StreamResponse:
        call = await _call(request)
        if call is None or not viewer_of(request, session).sees_call(call):
            raise NotFoundError("there is no such call")
        return await handler(request, session)

    return checked


def _choice(request: web.Request, session: Session, form: Form) -> Choice:
    context = request.app[CONTEXT]
    return Choice(
        call_id=request.match_info["call"],
        actor=session.agent.login,
        now=context.now(),
        base_url=context.public_url,
        remember="remember" in form,
    )


async def _page(
    request: web.Request,
    *,
    done: bool = False,
    words: str | None = None,
    form: Form | None = None,
    error: CallerError | None = None,
) -> web.Response:
    async with request.app[CONTEXT].database.reading() as connection:
        call = await calls.get(connection, request.match_info["call"])
        if call is None:
            raise NotFoundError("there is no such call")
        people = await callers.sharing(connection, call.id)
        found = await callers.search(connection, words or "")
        names = await callers.company_names(connection)
        may_remember = await callers.is_nobodys(connection, call.caller.e164)
    return request.app[RENDERER].page(
        request,
        "caller.html",
        status=200 if error is None else 422,
        back=_address(request),
        call=call,
        address=_address(request),
        done=done,
        people=people,
        words=words,
        found=found,
        companies=names,
        may_remember=may_remember,
        form=form or {},
        wrong=error.field if error else None,
        name_max=NAME_MAX,
        email_max=EMAIL_MAX,
        search_max=SEARCH_MAX,
    )


async def _call(request: web.Request) -> Call | None:
    async with request.app[CONTEXT].database.reading() as connection:
        return await calls.get(connection, request.match_info["call"])


def _address(request: web.Request) -> str:
    return f"/callers/{request.match_info['call']}"


routes = [
    web.get(CALLER, page(_own(show))),
    web.post(CALLER + "/search", page(_own(search))),
    web.post(CALLER + "/choose", page(_own(choose))),
    web.post(CALLER + "/create", page(_own(create))),
]
