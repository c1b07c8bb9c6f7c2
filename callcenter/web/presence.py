"""What the bar of every page says of the agent who looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from callcenter.core import owing
from callcenter.core.owing import Notice
from callcenter.db import presence, supervisions
from callcenter.db.presence import Presence
from callcenter.db.sessions import Session
from callcenter.web.context import CONTEXT
from webhooks import Supervision


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """``notice`` is what to say of the tickets that are owed; ``reasons`` are those of pauses.

    ``overdue`` is how many debts a supervisor is to look after; None: the agent is none. ``heard``
    has who listens to a call of the agent's, where they are to know.
    """

    presence: Presence
    notice: Notice
    reasons: tuple[str, ...]
    overdue: int | None
    heard: Sequence[Supervision]
    now: datetime


BAR = web.RequestKey("bar", Bar)


async def bar_of(request: web.Request, session: Session) -> Bar:
    """The bar as it is now."""
    context = request.app[CONTEXT]
    now = context.now()
    async with context.database.reading() as connection:
        found = await presence.get(connection, session.agent)
        sees_all = session.agent.sees_all_lines
        overdue = await presence.count_overdue(connection) if sees_all else None
        heard = await supervisions.heard(connection, session.agent.id)
    is_blocked = bool(found.blocked_on)
    notice = owing.notice(found.owed, context.policies, is_blocked=is_blocked, now=now)
    reasons = context.pause_reasons
    return Bar(
        presence=found, notice=notice, reasons=reasons, overdue=overdue, heard=heard, now=now
    )
