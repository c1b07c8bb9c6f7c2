"""Signing in and out, and the language one reads."""

import re
import secrets

from aiohttp import web

from callcenter.db import agents, sessions
from callcenter.db.agents import Agent
from callcenter.db.sessions import LIFETIME, Session
from callcenter.web.context import CONTEXT
from callcenter.web.identity import Form, cookie_name, find_session, local, page, read_form
from callcenter.web.languages import LANGUAGES
from callcenter.web.limiter import SignInLimiter
from callcenter.web.passwords import MAX_LENGTH, Passwords
from callcenter.web.render import RENDERER
from callcenter.web.security import require_same_origin, require_token

LIMITER = web.AppKey("limiter", SignInLimiter)
PASSWORDS = web.AppKey("passwords", Passwords)

LOGIN_MAX = 64

FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What ``secrets.token_urlsafe(32)`` makes."""

WRONG = "wrong"
TOO_MANY = "too_many"


async def show(request: web.Request) -> web.StreamResponse:
    """The form; for who is signed in already, the way on."""
    if await find_session(request):
        raise web.HTTPSeeOther("/")
    return _form(request, destination=request.query.get("next", "/"))


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Check the password, and open a session."""
    require_same_origin(request)
    form = await read_form(request)
    require_token(request.cookies.get(_form_cookie(request)), form.get("csrf_token"))
    login, destination = form.get("login", "").strip(), form.get("next", "/")
    limiter, address = request.app[LIMITER], request.remote or ""
    if not limiter.admit(login[:LOGIN_MAX], address, request.app[CONTEXT].now()):
        return _form(request, destination, login=login, error=TOO_MANY, status=429)
    agent = await _authenticate(request, login, form.get("password", ""))
    if agent is None:
        return _form(request, destination, login=login, error=WRONG, status=422)
    limiter.forget(login, address)
    return await _open_session(request, agent, destination)


async def sign_out(request: web.Request, session: Session) -> web.StreamResponse:
    """End the session, here and in the database."""
    async with request.app[CONTEXT].database.transaction() as connection:
        await sessions.revoke(connection, session.token)
    response = web.HTTPSeeOther("/sign-in")
    secure = request.app[CONTEXT].secure
    response.del_cookie(cookie_name(request), path="/", secure=secure, httponly=True)
    raise response


async def set_language(request: web.Request, session: Session) -> web.StreamResponse:
    """Remember in which language the agent reads."""
    form: Form = await read_form(request)
    chosen = form.get("language", "")
    if chosen in LANGUAGES:
        async with request.app[CONTEXT].database.transaction() as connection:
            await agents.set_language(connection, session.agent.id, chosen)
    raise web.HTTPSeeOther(local(form.get("next", "/")))


routes = [
    web.get("/sign-in", show),
    web.post("/sign-in", sign_in),
    web.post("/sign-out", page(sign_out)),
    web.post("/language", page(set_language)),
]


def _form(
    request: web.Request,
    destination: str,
    *,
    login: str = "",
    error: str | None = None,
    status: int = 200,
) -> web.Response:
    """The form, with a token that its answer and a cookie must both bring.

    There is no session yet that could hold the token. It is kept while the browser runs: forms in
    other windows, and one that lay there overnight, must go on working.
    """
    there = request.cookies.get(_form_cookie(request), "")
    token = there if FORM_TOKEN.fullmatch(there) else secrets.token_urlsafe(32)
    response = request.app[RENDERER].page(
        request,
        "sign_in.html",
        status=status,
        form_token=token,
        destination=local(destination),
        login=login,
        error=error,
    )
    response.set_cookie(
        _form_cookie(request),
        token,
        httponly=True,
        secure=request.app[CONTEXT].secure,
        samesite="Strict",
    )
    return response


async def _authenticate(request: web.Request, login: str, password: str) -> Agent | None:
    if len(login) > LOGIN_MAX or not login.isprintable() or len(password) > MAX_LENGTH:
        return None
    async with request.app[CONTEXT].database.reading() as connection:
        agent = await agents.by_login(connection, login)
    hashed = agent.password_hash if agent and agent.active else None
    return agent if await request.app[PASSWORDS].verify(hashed, password) else None


async def _open_session(request: web.Request, agent: Agent, destination: str) -> web.Response:
    context = request.app[CONTEXT]
    now = context.now()
    async with context.database.transaction() as connection:
        await sessions.prune(connection, now)
        session = await sessions.create(connection, agent, now)
    await context.hub.reload_ring_groups()
    response = web.HTTPSeeOther(local(destination))
    response.set_cookie(
        cookie_name(request),
        session.token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        secure=context.secure,
        samesite="Lax",
    )
    raise response


def _form_cookie(request: web.Request) -> str:
    return f"{cookie_name(request)}-form"
