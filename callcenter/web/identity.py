"""Who asks: the session behind a request, and what a page may take for granted about it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.db import customer_sessions, sessions
from callcenter.db.agents import ROLES, Role
from callcenter.db.customer_sessions import CustomerSession
from callcenter.db.customers import CustomerOutError
from callcenter.db.rights import Right
from callcenter.db.sessions import Session
from callcenter.web.door import SAFE_METHODS, Door, SignedIn
from callcenter.web.errors import BadFormError, ForbiddenError, TooSlowError
from callcenter.web.presence import BAR, bar_of
from callcenter.web.security import require_same_origin, require_token

AGENTS = Door(
    home="/",
    cookie="callcenter",
    key=web.RequestKey("session", Session),
    find=sessions.find,
    rows=sessions.ROWS,
)

CUSTOMERS = Door(
    home="/portal",
    cookie="callcenter-portal",
    key=web.RequestKey("customer", CustomerSession),
    find=customer_sessions.find,
    rows=customer_sessions.ROWS,
)

SESSION = AGENTS.key

local = AGENTS.local

FORM_TIMEOUT_S = 15
"""A form is a few kilobytes: who sends it slower than this holds a connection for nothing."""

FORM = "application/x-www-form-urlencoded"
NO_TYPE = "application/octet-stream"
"""What aiohttp says of a request that names none: one without a body, say."""

Form = dict[str, str]

PageHandler = Callable[[web.Request, Session], Awaitable[web.StreamResponse]]
CustomerHandler = Callable[[web.Request, CustomerSession], Awaitable[web.StreamResponse]]


async def find_session(request: web.Request) -> Session | None:
    """The agent's session whose token the browser sent, noted as in use."""
    return await AGENTS.session(request)


def page(
    handler: PageHandler, *, roles: Collection[Role] = ROLES, right: Right | None = None
) -> Handler:
    """A handler for agents of these roles, with this right; others are sent to sign in, or refused.

    A request that changes something must come from our own pages, with the session's token.
    """

    async def checked(request: web.Request) -> web.StreamResponse:
        session = await AGENTS.admit(request)
        request[BAR] = await bar_of(request, session)
        if session.agent.role not in roles:
            raise ForbiddenError("your role does not include this page: ask an administrator")
        if right is not None and not session.agent.may(right):
            raise ForbiddenError(f"you need the right {right!r}: ask an administrator for it")
        await require_own_form(request, session)
        return await handler(request, session)

    return checked


def customers_page(handler: CustomerHandler) -> Handler:
    """The same for customers; others, agents too, are sent to sign in to the portal."""

    async def checked(request: web.Request) -> web.StreamResponse:
        session = await CUSTOMERS.admit(request)
        await require_own_form(request, session)
        try:
            return await handler(request, session)
        except CustomerOutError:  # since they were admitted
            raise CUSTOMERS.close(request) from None

    return checked


async def require_own_form(request: web.Request, session: SignedIn) -> None:
    """Refuse what changes something, unless it comes from our own pages with this session's token.

    Raises ForbiddenError, and what ``read_form`` raises.
    """
    if request.method not in SAFE_METHODS:
        require_same_origin(request)
        require_token(session.csrf_token, (await read_form(request)).get("csrf_token"))


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
