"""The address of the pages and the API: taken before anything else is begun."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

from aiohttp import web

from callcenter.config import Http
from callcenter.errors import CallcenterError
from callcenter.web.app import build_app, runner
from callcenter.web.context import WebContext

BACKLOG = 128
"""Connections that wait to be taken, as aiohttp has it."""


class ListenError(CallcenterError):
    """The address of the pages and the API cannot be had."""

    code = "listen"


@contextlib.contextmanager
def listening(http: Http) -> Iterator[socket.socket]:
    """The socket for pages and API, until the end of the block. Raises ListenError."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    try:
        listener = socket.create_server((http.host, http.port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # what no host can be called is not even asked for
        raise ListenError(
            f"cannot listen on {http.host} port {http.port} "
            f"({getattr(error, 'strerror', None) or error}): "
            "choose another [http] host or port, or stop what is there"
        ) from error
    with listener:
        yield listener


def public_url(http: Http, listener: socket.socket) -> str:
    """What people reach, with the port that the listener has."""
    return http.model_copy(update={"port": listener.getsockname()[1]}).url


@contextlib.asynccontextmanager
async def pages(context: WebContext, listener: socket.socket) -> AsyncIterator[None]:
    """Pages and API, until the end of the block."""
    running = runner(build_app(context))
    await running.setup()
    try:
        await web.SockSite(running, listener, backlog=BACKLOG).start()
        yield
    finally:
        await running.cleanup()
