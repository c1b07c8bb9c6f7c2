"""What the administration pages share: whom they are for, and what is written of who did it."""

from dataclasses import dataclass

from aiohttp import web

from callcenter.db.agents import Role
from callcenter.db.entries import EntryError, GoneError
from callcenter.db.sessions import Session
from callcenter.db.trail import By
from callcenter.web.context import CONTEXT
from callcenter.web.ids import id_of

ADMINS: tuple[Role, ...] = ("admin",)
STAFF: tuple[Role, ...] = ("supervisor", "admin")


def by(request: web.Request, session: Session) -> By:
    """Who does it, and when."""
    return By(session.agent.login, request.app[CONTEXT].now())


def one_line(text: str) -> str:
    """What was typed into a field of one line, without what nobody means to type."""
    return " ".join(text.replace("\0", "").split())


class Typed(dict[str, str]):
    """What was sent in a form; nothing where nothing was."""

    def __missing__(self, _name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that could not be written: ``part`` of its page, with what was sent.

    ``error`` None: somebody changed the same meanwhile.
    """

    part: str
    form: Typed
    error: EntryError | None

    @property
    def status(self) -> int:
        """What it is answered with."""
        return 422 if self.error else 409

    def is_about(self, part: str, key: int | None = None) -> bool:
        """Whether it is the form of this one in its part of the page; None: of a new one."""
        return self.part == part and id_of(self.form["id"]) == key

    @property
    def is_of_gone(self) -> bool:
        """Whether there is nothing any more that it could be written into."""
        return isinstance(self.error, GoneError)
