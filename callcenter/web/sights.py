"""The times of which pages cannot know every call: while a PBX is out of sight, and until its calls
are made up for."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import sights
from callcenter.db.sights import Interval
from callcenter.web.context import WebContext

PBX = "pbx."
"""How the names of PBXs begin among what has to be ready."""

INCOMPLETE_SHOWN = timedelta(days=1)
COMPLETED_WITHIN = timedelta(seconds=30)
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)
"""Another instance's clock may be ahead of ours."""


async def times_out_of_sight(connection: AsyncConnection, context: WebContext) -> list[Interval]:
    """Of each configured PBX: the one that goes on, and the latest of the last day whose calls are
    not all known yet, once they had the time to be.
    """
    now = context.now()
    names = {name.removeprefix(PBX) for name in context.readiness() if name.startswith(PBX)}
    latest: dict[tuple[str, bool], Interval] = {}
    for one in await sights.between(connection, now - INCOMPLETE_SHOWN, FAR_AHEAD):
        is_over = one.ended_at is not None and one.ended_at < now - COMPLETED_WITHIN
        if one.pbx in names and one.closed_at is None and (is_over or one.ended_at is None):
            latest[one.pbx, is_over] = one
    return list(latest.values())
