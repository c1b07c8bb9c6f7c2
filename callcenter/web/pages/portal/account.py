"""What customers choose for themselves: language, appearance, password."""

from typing import Final

from aiohttp import web

from callcenter.db import customers
from callcenter.db.customer_sessions import CustomerSession
from callcenter.web.context import CONTEXT
from callcenter.web.entrance import PASSWORDS
from callcenter.web.identity import CUSTOMERS, Form, customers_page, read_form
from callcenter.web.languages import LANGUAGES
from callcenter.web.pages.portal.sign_in import LIMITER
from callcenter.web.passwords import MAX_LENGTH, MIN_LENGTH
from callcenter.web.render import RENDERER

ACCOUNT = "/portal/account"

THEMES = ("light", "dark")

WRONG: Final = "wrong"
TOO_MANY: Final = "too_many"
TOO_SHORT: Final = "too_short"
TOO_LONG: Final = "too_long"
DIFFERENT: Final = "different"


async def show(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """The forms, as they were saved last."""
    return _page(request, session)


async def save(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """Remember what was chosen; a word that is no choice leaves it to browser and system."""
    form = await read_form(request)
    language, theme = form.get("language"), form.get("theme")
    async with request.app[CONTEXT].database.transaction() as connection:
        await customers.set_language(
            connection, session.customer.id, language if language in LANGUAGES else None
        )
        await customers.set_theme(
            connection, session.customer.id, theme if theme in THEMES else None
        )
    raise web.HTTPSeeOther(f"{ACCOUNT}?saved")


async def change_password(request: web.Request, session: CustomerSession) -> web.StreamResponse:
    """Take the new password, and sign out everywhere: here too, to sign in with it."""
    form = await read_form(request)
    problem = await _problem(request, session, form)
    if problem is not None:
        return _page(request, session, problem)
    hashed = await request.app[PASSWORDS].hash(form["new"])
    context = request.app[CONTEXT]
    async with context.database.transaction() as connection:
        await customers.hold(connection, session.customer)
        await customers.change_password(connection, session.customer.id, hashed, now=context.now())
    raise web.HTTPSeeOther(f"{CUSTOMERS.sign_in}?changed")


async def _problem(request: web.Request, session: CustomerSession, form: Form) -> str | None:
    """Why the password stays as it is. Whoever finds an open page is not to guess the old one."""
    current, new = form.get("current", ""), form.get("new", "")
    if len(new) < MIN_LENGTH:
        return TOO_SHORT
    if max(len(new), len(current)) > MAX_LENGTH:
        return TOO_LONG
    if new != form.get("again"):
        return DIFFERENT
    who = session.customer.login, request.remote or ""
    limiter = request.app[LIMITER]
    if not limiter.admit(*who, request.app[CONTEXT].now()):
        return TOO_MANY
    if not await request.app[PASSWORDS].verify(session.customer.password_hash, current):
        return WRONG
    limiter.forget(*who)
    return None


def _page(
    request: web.Request, session: CustomerSession, problem: str | None = None
) -> web.StreamResponse:
    return request.app[RENDERER].page(
        request,
        "portal/account.html",
        status=422 if problem else 200,
        back=ACCOUNT,
        chosen=session.customer,
        saved="saved" in request.query,
        problem=problem,
        password_min=MIN_LENGTH,
        password_max=MAX_LENGTH,
    )


routes = [
    web.get(ACCOUNT, customers_page(show)),
    web.post(ACCOUNT, customers_page(save)),
    web.post(f"{ACCOUNT}/password", customers_page(change_password)),
]
