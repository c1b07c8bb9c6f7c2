"""``/api/v1/events``: everything that happens, as server-sent events."""

from aiohttp import web

from callcenter.web.api.errors import BadParameterError
from callcenter.web.api.parameters import Parameters
from callcenter.web.api.tokens import find_token
from callcenter.web.context import CONTEXT
from callcenter.web.live import LiveEntry
from callcenter.web.sse import resume_point, stream


async def get_events(request: web.Request) -> web.StreamResponse:
    """Stream what follows Last-Event-ID, or from now on. With ``line``, that line's alone.

    Ends when the token is withdrawn.
    """
    context = request.app[CONTEXT]
    line = Parameters(request, ("line", "after")).text("line")
    if line is not None and line not in context.lines:
        raise BadParameterError(f"line must be one of: {', '.join(context.lines)}")

    def select(live: LiveEntry) -> bool:
        return line is None or live.entry.line in (None, line)

    async def still_welcome() -> bool:
        return await find_token(request) is not None

    return await stream(
        request,
        context.hub,
        after=resume_point(request),
        select=select,
        still_welcome=still_welcome,
    )
