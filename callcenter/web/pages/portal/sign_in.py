"""Signing in to the portal and out of it, and the language one reads."""

from dataclasses import replace

from aiohttp import web

from callcenter.db import customer_sessions, customers
from callcenter.db.customer_sessions import CustomerSession
from callcenter.db.customers import Customer, CustomerOutError
from callcenter.web.context import CONTEXT
from callcenter.web.entrance import WRONG, Attempt, Entrance
from callcenter.web.identity import CUSTOMERS, customers_page, read_form
from callcenter.web.languages import LANGUAGES
from callcenter.web.limiter import SignInLimiter

LIMITER = web.AppKey("portal_limiter", SignInLimiter)

ENTRANCE: Entrance[Customer] = Entrance(
    door=CUSTOMERS,
    template="portal/sign_in.html",
    limiter=LIMITER,
    by_login=customers.by_login,
    comparable=customers.comparable,
)


async def show(request: web.Request) -> web.StreamResponse:
    """The form; for who is signed in already, the way on. ``?changed``: with the new password."""
    if await CUSTOMERS.session(request):
        raise web.HTTPSeeOther(CUSTOMERS.home)
    blank: Attempt[Customer] = Attempt(
        login="", destination=request.query.get("next", CUSTOMERS.home)
    )
    return ENTRANCE.form(request, blank, is_changed="changed" in request.query)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check the password, and open a session: always a new one."""
    tried = await ENTRANCE.attempt(request)
    if tried.person is None:
        return ENTRANCE.form(request, tried, is_changed=False)
    context = request.app[CONTEXT]
    now = context.now()
    try:
        async with context.database.transaction() as connection:
            await customers.hold(connection, tried.person)
            await customer_sessions.prune(connection, now)
            session = await customer_sessions.create(connection, tried.person, now)
    except CustomerOutError:  # while the password was checked
        return ENTRANCE.form(request, replace(tried, error=WRONG), is_changed=False)
    raise CUSTOMERS.open(request, session.token, tried.destination)


async def sign_out(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """End the session, here and in the database."""
    async with request.app[CONTEXT].database.transaction() as connection:
        await customer_sessions.revoke(connection, session.token)
    raise CUSTOMERS.close(request)


async def set_language(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """Remember in which language the customer reads."""
    form = await read_form(request)
    chosen = form.get("language", "")
    if chosen in LANGUAGES:
        async with request.app[CONTEXT].database.transaction() as connection:
            await customers.set_language(connection, session.customer.id, chosen)
    raise web.HTTPSeeOther(CUSTOMERS.local(form.get("next", "")))


routes = [
    web.get("/portal/sign-in", show),
    web.post("/portal/sign-in", sign_in),
    web.post("/portal/sign-out", customers_page(sign_out)),
    web.post("/portal/language", customers_page(set_language)),
]
