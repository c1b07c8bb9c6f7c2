"""Bearer tokens: who has one may read everything, and change nothing."""

from aiohttp import web
from aiohttp.typedefs import Handler

from callcenter.db import tokens
from callcenter.db.tokens import Token
from callcenter.web.api.errors import UnauthorizedError
from callcenter.web.context import CONTEXT

SECRET_MAX = 200
"""Characters of a token that are looked at."""


def with_token(handler: Handler) -> Handler:
    """Let in who presents a known token; others are answered 401."""

    async def checked(request: web.Request) -> web.StreamResponse:
        if await find_token(request) is None:
            raise UnauthorizedError(
                "send the header 'Authorization: Bearer TOKEN' with a token from "
                "'callcenter token create NAME'"
            )
        return await handler(request)

    return checked


async def find_token(request: web.Request) -> Token | None:
    """The token that the request presents, as long as it is known."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not 0 < len(secret) <= SECRET_MAX or not secret.isascii():
        return None
    async with request.app[CONTEXT].database.reading() as connection:
        return await tokens.find(connection, secret)
