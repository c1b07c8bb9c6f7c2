"""``/api/v1/calls``."""

from typing import get_args

from aiohttp import web

from callcenter.core.identity import normalise
from callcenter.db import calls
from callcenter.db.call_filter import CallFilter
from callcenter.db.calls import Cursor
from callcenter.web.api.answers import json_answer
from callcenter.web.api.errors import NoSuchThingError
from callcenter.web.api.parameters import Parameters, next_cursor, path_key
from callcenter.web.context import CONTEXT
from webhooks import Call
from webhooks.call import Outcome
from webhooks.shape import Shape

OUTCOMES = get_args(Outcome)


class CallList(Shape):
    """A page of calls, newest first; ``next`` is the cursor of the page behind it."""

    calls: list[Call]
    next: str | None


async def list_calls(request: web.Request) -> web.Response:
    """A page of calls."""
    context = request.app[CONTEXT]
    asked = Parameters(request, ("line", "from", "to", "outcome", "caller", "limit", "cursor"))
    line, caller, begin = asked.text("line"), asked.text("caller"), asked.cursor()
    outcome = asked.choice("outcome", OUTCOMES)
    wanted = CallFilter(
        lines=[line] if line else None,
        since=asked.moment("from"),
        until=asked.moment("to"),
        outcomes=[outcome] if outcome else None,
        caller=caller and (normalise(caller, country=context.country) or caller),
    )
    async with context.database.reading() as connection:
        page = await calls.page(
            connection, wanted, after=Cursor(*begin) if begin else None, limit=asked.limit()
        )
    more = next_cursor(page.next.started_at, page.next.id) if page.next else None
    return json_answer(CallList(calls=page.calls, next=more).model_dump_json())


async def get_call(request: web.Request) -> web.Response:
    """One call."""
    Parameters(request, ())
    async with request.app[CONTEXT].database.reading() as connection:
        call = await calls.get(connection, path_key(request, "id"))
    if call is None:
        raise NoSuchThingError("there is no call with this id")
    return json_answer(call.model_dump_json())
