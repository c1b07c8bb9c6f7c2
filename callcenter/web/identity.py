"""Who asks: the session behind a request, and what a page may take for granted about it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.db import sessions
from callcenter.db.agents import ROLES, Role
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import BadFormError, ForbiddenError, TooSlowError
from callcenter.web.security import require_same_origin, require_token

SESSION = web.RequestKey("session", Session)

FORM_TIMEOUT_S = 15
"""A form is a few kilobytes: who sends it slower than this holds a connection for nothing."""

SAFE_METHODS = frozenset({"GET", "HEAD"})

FORM = "application/x-www-form-urlencoded"
NO_TYPE = "application/octet-stream"
"""What aiohttp says of a request that names none: one without a body, say."""

Form = dict[str, str]

PageHandler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]


def cookie_name(request: web.Request) -> str:
    """Over TLS the browser itself holds the cookie to this host (prefix ``__Host-``)."""
    return "__Host-callcenter" if request.app[CONTEXT].secure else "callcenter"


async def find_session(request: web.Request) -> Session | None:
    """The session whose token the browser sent, noted as in use."""
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    context = request.app[CONTEXT]
    now = context.now()
    async with context.database.reading() as connection:
        session = await sessions.find(connection, token, now)
    if session and session.needs_touch(now):
        async with context.database.transaction() as connection:
            await sessions.touch(connection, token, now)
    return session


def page(handler: PageHandler, *, roles: Collection[Role] = ROLES) -> Handler:
    """A handler for agents of these roles; others are sent to sign in, or refused.

    A request that changes something must come from our own pages, with the session's token.
    """

    async def checked(request: web.Request) -> web.StreamResponse:
        session = await find_session(request)
        if session is None:
            raise _to_sign_in(request)
        request[SESSION] = session
        if session.agent.role not in roles:
            raise ForbiddenError("your role does not include this page: ask an administrator")
        if request.method not in SAFE_METHODS:
            require_same_origin(request)
            require_token(session.csrf_token, (await read_form(request)).get("csrf_token"))
        return await handler(request, session)

    return checked


async def read_form(request: web.Request) -> Form:
    """The fields of a form. Files are not taken; of a repeated field the last one counts.

    Raises BadFormError and TooSlowError.
    """
    if request.content_type not in (FORM, NO_TYPE):
        raise BadFormError(f"a form is sent as {FORM}")
    try:
        async with asyncio.timeout(FORM_TIMEOUT_S):
            fields = await request.post()
    except TimeoutError as error:
        raise TooSlowError("the form did not arrive in time: send it again") from error
    except (ValueError, LookupError) as error:  # of an encoding that is another, or unknown
        raise BadFormError("the form cannot be read: send it in UTF-8") from error
    # Browsers send each line break as two characters, and count it as one towards maxlength.
    return {
        name: value.replace("\r\n", "\n")
        for name, value in fields.items()
        if isinstance(value, str)
    }


def _to_sign_in(request: web.Request) -> web.HTTPException:
    if request.method not in SAFE_METHODS or request.path == "/":
        return web.HTTPSeeOther("/sign-in")
    return web.HTTPSeeOther(f"/sign-in?next={quote(request.path_qs)}")


def local(destination: str) -> str:
    """A path of ours, whatever the address that led here asked for."""
    odd = not destination.startswith("/") or destination[1:2] in ("/", "\\")
    return "/" if odd or not destination.isprintable() else destination
