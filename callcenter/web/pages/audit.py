"""The audits: what was compared when, what did not agree, and one to be made now."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from callcenter.db import audits
from callcenter.db.agents import Role
from callcenter.db.audits import Audit, Occasion
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page
from callcenter.web.render import RENDERER

ROWS = 20
DIFFERENCES = 200
"""As many as anybody reads; the command has them all."""

SPAN = timedelta(days=1)

ROLES: tuple[Role, ...] = ("supervisor", "admin")

LOOK_AGAIN = "2; url=/audit"
"""While one is under way the page is read again: it has nothing that could be lost by it."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """The newest audits, and the differences of the newest, or of the one in ``?audit=``."""
    context = request.app[CONTEXT]
    wanted = request.query.get("audit")
    async with context.database.reading() as connection:
        newest = await audits.latest(connection, ROWS)
        shown = _of(newest, wanted)
        found = await audits.differences(connection, shown.id, DIFFERENCES) if shown else []
    under_way = any(one.finished_at is None for one in newest)
    response = request.app[RENDERER].page(
        request,
        "audit.html",
        audits=newest,
        shown=shown,
        compared=_compared(shown.counts) if shown else {},
        differences=found,
        under_way=under_way,
    )
    if under_way and wanted is None:
        response.headers["Refresh"] = LOOK_AGAIN
    return response


async def ask(request: web.Request, session: Session) -> web.StreamResponse:
    """Have the last day compared, by whichever instance makes audits."""
    context = request.app[CONTEXT]
    now = context.now()
    async with context.database.transaction() as connection:
        if await audits.asked(connection) is None:
            await audits.ask(
                connection,
                now - SPAN,
                now,
                occasion=Occasion.ASKED,
                now=now,
                asked_by=session.agent.login,
            )
    raise web.HTTPSeeOther("/audit")


routes = [
    web.get("/audit", page(show, roles=ROLES)),
    web.post("/audit", page(ask, roles=ROLES)),
]


def _of(newest: list[Audit], wanted: str | None) -> Audit | None:
    """The one that was asked for, else the newest that has an end. Raises NotFoundError."""
    if wanted is None:
        return next((one for one in newest if one.finished_at is not None), None)
    found = next((one for one in newest if str(one.id) == wanted), None)
    if found is None:
        raise NotFoundError("there is no such audit, or it is too old")
    return found


def _compared(counts: Mapping[str, int]) -> dict[tuple[str, ...], int]:
    """Counts by the parts of their names: ``("records", "main", "cdr")``."""
    return {tuple(name.split(".")): count for name, count in sorted(counts.items())}
