"""The ways in: one for agents, one for customers. Who came in by one is nobody at the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db.session_rows import LIFETIME, SessionRows
from callcenter.web.context import CONTEXT

SAFE_METHODS = frozenset({"GET", "HEAD"})


class SignedIn(Protocol):
    """A session, whoever's. ``csrf_token`` must come with everything that changes data."""

    @property
    def csrf_token(self) -> str: ...

    @property
    def token(self) -> str: ...

    def needs_touch(self, now: datetime) -> bool:
        """Whether the last noted use is so old that this one should be noted."""


S = TypeVar("S", bound=SignedIn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door(Generic[S]):
    """``home`` is the first page behind it. ``cookie`` holds the token of a session in ``rows``.

    ``find`` gives the session of a token, unless it is over; ``key`` is where requests have it.
    """

    home: str
    cookie: str
    key: web.RequestKey[S]
    find: Callable[[AsyncConnection, str, datetime], Awaitable[S | None]]
    rows: SessionRows

    @property
    def sign_in(self) -> str:
        """Where one signs in."""
        return f"{self.home.rstrip('/')}/sign-in"

    def cookie_name(self, request: web.Request) -> str:
        """Over TLS the browser itself holds the cookie to this host (prefix ``__Host-``)."""
        return f"__Host-{self.cookie}" if request.app[CONTEXT].secure else self.cookie

    async def session(self, request: web.Request) -> S | None:
        """The session whose token the browser sent, noted as in use."""
        token = request.cookies.get(self.cookie_name(request))
        if not token:
            return None
        context = request.app[CONTEXT]
        now = context.now()
        async with context.database.reading() as connection:
            session = await self.find(connection, token, now)
        if session and session.needs_touch(now):
            async with context.database.transaction() as connection:
                await self.rows.touch(connection, token, now)
        return session

    async def admit(self, request: web.Request) -> S:
        """The session, kept with the request; who has none is sent to sign in."""
        session = await self.session(request)
        if session is None:
            raise self._to_sign_in(request)
        request[self.key] = session
        return session

    def open(self, request: web.Request, token: str, destination: str) -> web.HTTPException:
        """The way on for who has just signed in, with the cookie of their session."""
        response = web.HTTPSeeOther(self.local(destination))
        response.set_cookie(
            self.cookie_name(request),
            token,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            secure=request.app[CONTEXT].secure,
            samesite="Lax",
        )
        return response

    def close(self, request: web.Request) -> web.HTTPException:
        """The way out for who has just signed out, without the cookie."""
        response = web.HTTPSeeOther(self.sign_in)
        name, secure = self.cookie_name(request), request.app[CONTEXT].secure
        response.del_cookie(name, path="/", secure=secure, httponly=True)
        return response

    def leads_to(self, path: str) -> bool:
        """Whether the path is behind this door."""
        return path.startswith("/") and f"{path}/".startswith(f"{self.home.rstrip('/')}/")

    def local(self, destination: str) -> str:
        """A path behind this door, whatever the address that led here asked for."""
        is_ours = self.leads_to(destination.partition("?")[0]) and destination.isprintable()
        return destination if is_ours and destination[1:2] not in ("/", "\\") else self.home

    def _to_sign_in(self, request: web.Request) -> web.HTTPException:
        if request.method not in SAFE_METHODS or request.path == self.home:
            return web.HTTPSeeOther(self.sign_in)
        return web.HTTPSeeOther(f"{self.sign_in}?next={quote(request.path_qs)}")
