"""Who did what: the audit trail, to be read and never changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from callcenter.db import agents, trail
from callcenter.db.agents import Agent
from callcenter.db.sessions import Session
from callcenter.db.trail import SERVICE, Action, TrailFilter
from callcenter.web import cursors
from callcenter.web.context import CONTEXT
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import page
from callcenter.web.pages.admin.staff import STAFF
from callcenter.web.render import RENDERER

ROWS = 50

ABOUT_MAX = 64

NOUNS = tuple(dict.fromkeys(action.split(".")[0] for action in Action))
"""What things are done to: ``obligation``, ``agent``, ..."""

BY_SERVICE = "service"
"""In an address, in place of an agent's id: what nobody did."""


async def show(request: web.Request, session: Session) -> web.StreamResponse:  # noqa: ARG001
    """A page of it, newest first; ``?who= what= from= to= about=`` narrow it."""
    context, asked = request.app[CONTEXT], request.query
    async with context.database.reading() as connection:
        everyone = await agents.everyone(connection)
        found = await trail.page(
            connection,
            _filter(asked, everyone, context.timezone),
            after=_after(asked.get("after")),
            limit=ROWS,
        )
    return request.app[RENDERER].page(
        request,
        "admin/trail.html",
        entries=found.entries,
        older=cursors.to_text(found.next[0], str(found.next[1])) if found.next else None,
        asked={name: asked.get(name, "") for name in ("who", "what", "from", "to", "about")},
        everyone=everyone,
        names={each.login: each.name for each in everyone},
        nouns=NOUNS,
        by_service=BY_SERVICE,
    )


routes = [web.get("/admin/trail", page(show, roles=STAFF))]


def _filter(asked: Mapping[str, str], everyone: Sequence[Agent], zone: ZoneInfo) -> TrailFilter:
    """What an address asks for; what makes no sense in it is left out."""
    noun = asked.get("what")
    until = _day(asked.get("to"), zone)
    return TrailFilter(
        actor=_actor(asked.get("who"), everyone),
        actions=[one for one in Action if one.startswith(f"{noun}.")] if noun in NOUNS else None,
        since=_day(asked.get("from"), zone),
        until=until + timedelta(days=1) if until else None,
        about=asked.get("about", "")[:ABOUT_MAX] or None,
    )


def _actor(who: str | None, everyone: Sequence[Agent]) -> str | None:
    if who == BY_SERVICE:
        return SERVICE
    return next((each.login for each in everyone if str(each.id) == who), None)


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The midnight with which a day begins where the site is."""
    try:
        day = date.fromisoformat(text or "")
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    except ValueError:
        return None


def _after(text: str | None) -> tuple[datetime, int] | None:
    cursor = cursors.from_text(text)
    if cursor is None:
        return None
    at, key = cursor
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise NotFoundError("the list has no such page")
    return at, int(key)
