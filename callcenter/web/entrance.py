"""The form before a door: who proves to be somebody is let in, and nobody may guess for long."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Protocol, TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.web.context import CONTEXT
from callcenter.web.door import Door
from callcenter.web.identity import read_form
from callcenter.web.limiter import SignInLimiter
from callcenter.web.passwords import MAX_LENGTH, Passwords
from callcenter.web.render import RENDERER
from callcenter.web.security import require_same_origin, require_token

PASSWORDS = web.AppKey("passwords", Passwords)

LOGIN_MAX = 64

FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What ``secrets.token_urlsafe(32)`` makes."""

WRONG: Final = "wrong"
TOO_MANY: Final = "too_many"

STATUSES = {None: 200, WRONG: 422, TOO_MANY: 429}


class Person(Protocol):
    """Somebody who may sign in, while they are ``active``."""

    @property
    def active(self) -> bool: ...

    @property
    def password_hash(self) -> str: ...


P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Generic[P]):
    """What came of a form that was sent: somebody, or the mistake that the form is to show."""

    login: str
    destination: str
    person: P | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance(Generic[P]):
    """``by_login`` knows who comes in here. ``comparable`` brings what was typed to the one way in
    which a login is written, so that nobody has more attempts by capitals."""

    door: Door[Any]
    template: str
    limiter: web.AppKey[SignInLimiter]
    by_login: Callable[[AsyncConnection, str], Awaitable[P | None]]
    comparable: Callable[[str], str] = str.strip

    def form(self, request: web.Request, tried: Attempt[P], **values: Any) -> web.Response:
        """The form, with a token that its answer and a cookie must both bring.

        There is no session yet that could hold the token. It is kept while the browser runs: forms
        in other windows, and one that lay there overnight, must go on working.
        """
        cookie = self._form_cookie(request)
        there = request.cookies.get(cookie, "")
        token = there if FORM_TOKEN.fullmatch(there) else secrets.token_urlsafe(32)
        response = request.app[RENDERER].page(
            request,
            self.template,
            status=STATUSES[tried.error],
            form_token=token,
            destination=self.door.local(tried.destination),
            login=tried.login,
            error=tried.error,
            **values,
        )
        secure = request.app[CONTEXT].secure
        response.set_cookie(cookie, token, httponly=True, secure=secure, samesite="Strict")
        return response

    async def attempt(self, request: web.Request) -> Attempt[P]:
        """Read the form, and check the password. Raises ForbiddenError."""
        require_same_origin(request)
        form = await read_form(request)
        require_token(request.cookies.get(self._form_cookie(request)), form.get("csrf_token"))
        login = self.comparable(form.get("login", ""))
        tried: Attempt[P] = Attempt(login=login, destination=form.get("next", self.door.home))
        limiter, address = request.app[self.limiter], request.remote or ""
        if not limiter.admit(login[:LOGIN_MAX], address, request.app[CONTEXT].now()):
            return replace(tried, error=TOO_MANY)
        person = await self._authenticate(request, login, form.get("password", ""))
        if person is None:
            return replace(tried, error=WRONG)
        limiter.forget(login, address)
        return replace(tried, person=person)

    async def _authenticate(self, request: web.Request, login: str, password: str) -> P | None:
        if len(login) > LOGIN_MAX or not login.isprintable() or len(password) > MAX_LENGTH:
            return None
        async with request.app[CONTEXT].database.reading() as connection:
            person = await self.by_login(connection, login)
        hashed = person.password_hash if person and person.active else None
        return person if await request.app[PASSWORDS].verify(hashed, password) else None

    def _form_cookie(self, request: web.Request) -> str:
        return f"{self.door.cookie_name(request)}-form"
