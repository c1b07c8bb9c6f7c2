"""What the administration pages share: whom they are for, and what is written of who did it."""

from aiohttp import web

from callcenter.db.agents import Role
from callcenter.db.sessions import Session
from callcenter.db.trail import By
from callcenter.web.context import CONTEXT

ADMINS: tuple[Role, ...] = ("admin",)
STAFF: tuple[Role, ...] = ("supervisor", "admin")

ID = "[0-9]{1,18}"
"""An id in a path: both databases have ids of 64 bits."""


def by(request: web.Request, session: Session) -> By:
    """Who does it, and when."""
    return By(session.agent.login, request.app[CONTEXT].now())


def id_in(request: web.Request, name: str) -> int:
    """The id in the request's path."""
    return int(request.match_info[name])


def one_line(text: str) -> str:
    """What was typed into a field of one line, without what nobody means to type."""
    return " ".join(text.replace("\0", "").split())
