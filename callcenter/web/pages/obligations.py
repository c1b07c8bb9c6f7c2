"""Obligations: the debts that are not paid, what is stuck, and what is exempt."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.obligation import ExemptReason
from callcenter.db import agents, claims, desk_writes, exemptions, journal, standing
from callcenter.db.agents import Agent
from callcenter.db.sessions import Session
from callcenter.db.standing import Cursor, Show, Standing
from callcenter.web import cursors
from callcenter.web.context import CONTEXT
from callcenter.web.errors import ForbiddenError, NotFoundError
from callcenter.web.identity import Form, PageHandler, local, page, read_form
from callcenter.web.pages.calls import EVENTS
from callcenter.web.render import RENDERER

ROWS = 50

PAGE = "/obligations"
ONE = f"{PAGE}/{{call:[0-9a-f-]{{36}}}}"


@dataclass(frozen=True, slots=True)
class Deciding:
    """A decision about one call's obligation, under way in a transaction."""

    connection: AsyncConnection
    call_id: str
    agent: Agent
    now: datetime
    base_url: str
    needs_confirmation: bool


Decision = Callable[[Form, Deciding], Awaitable[object]]


async def show_list(request: web.Request, session: Session) -> web.StreamResponse:
    """A page of obligations: an agent's own, or all of them; ``?show=`` says which."""
    context, agent = request.app[CONTEXT], session.agent
    show = _shown(request.query.get("show"))
    after = cursors.from_text(request.query.get("after"))
    whose = None if agent.sees_all_lines else agent.id
    reached = context.hub.last_seq  # an old journal may be empty again
    async with context.database.reading() as connection:
        seq = max(reached, await journal.last_seq(connection))
        counts = await standing.counts(connection, agent_id=whose)
        found = await standing.page(
            connection,
            show,
            agent_id=whose,
            after=Cursor(*after) if after else None,
            limit=ROWS,
        )
        names = {each.login: each.name for each in await agents.everyone(connection)}
    return request.app[RENDERER].page(
        request,
        "obligations.html",
        standings=found.standings,
        counts=counts,
        chosen=show,
        more=cursors.to_text(found.next.at, found.next.call_id) if found.next else None,
        names=names,
        decides=agent.sees_all_lines,
        reasons=tuple(ExemptReason),
        first=after is None,
        seq=seq,
        events=EVENTS,
        now=context.now(),
    )


async def ask(form: Form, doing: Deciding) -> object:
    """Say that the call needs no ticket; a supervisor's word needs nobody else's."""
    if form.get("reason") not in tuple(ExemptReason):
        raise NotFoundError("there is no such reason")
    reason = ExemptReason(form["reason"])
    call_id, login, now = doing.call_id, doing.agent.login, doing.now
    done = await exemptions.ask(doing.connection, call_id, reason, actor=login, now=now)
    if done and (doing.agent.sees_all_lines or not doing.needs_confirmation):
        await grant(form, doing)
    return done


async def grant(form: Form, doing: Deciding) -> object:
    """Confirm that it needs none, for the reason that was read: it may have changed meanwhile."""
    return await exemptions.grant(
        doing.connection,
        doing.call_id,
        reason=form.get("reason"),
        actor=doing.agent.login,
        now=doing.now,
        base_url=doing.base_url,
    )


async def decline(_form: Form, doing: Deciding) -> object:
    """Say that it needs one; an agent takes back what they asked."""
    return await exemptions.decline(
        doing.connection, doing.call_id, actor=doing.agent.login, now=doing.now
    )


async def reverse(_form: Form, doing: Deciding) -> object:
    """Say that it needs one after all."""
    return await exemptions.reverse(
        doing.connection,
        doing.call_id,
        actor=doing.agent.login,
        now=doing.now,
        base_url=doing.base_url,
    )


async def retry(_form: Form, doing: Deciding) -> object:
    """Have the desk asked again at once: for its ticket, and to take what the agent said."""
    await desk_writes.retry(doing.connection, doing.call_id, now=doing.now)
    return await claims.retry(
        doing.connection, [doing.call_id], actor=doing.agent.login, now=doing.now
    )


async def retry_stuck(request: web.Request, session: Session) -> web.StreamResponse:
    """Have the desks asked again for all that is stuck."""
    if not session.agent.sees_all_lines:
        raise ForbiddenError("only a supervisor tries them all again")
    context = request.app[CONTEXT]
    async with context.database.transaction() as connection:
        await claims.retry(connection, None, actor=session.agent.login, now=context.now())
    context.owed()
    raise web.HTTPSeeOther(f"{PAGE}?show={Show.STUCK}")


def action(decide: Decision, *, is_own_too: bool = False) -> PageHandler:
    """A form's handler: decide, then show the page that the form was on.

    What somebody else decided a moment before stands; the page shows it. ``is_own_too``: agents
    may do so for the calls that they answered, others need a supervisor.
    """

    async def handle(request: web.Request, session: Session) -> web.StreamResponse:
        form = await read_form(request)
        context = request.app[CONTEXT]
        async with context.database.transaction() as connection:
            doing = Deciding(
                connection,
                request.match_info["call"],
                session.agent,
                context.now(),
                context.public_url,
                context.confirm_exemptions,
            )
            await _check(doing, is_own_too=is_own_too)
            await decide(form, doing)
        context.hub.notify()
        context.owed()
        raise web.HTTPSeeOther(local(form.get("next", PAGE)))

    return handle


routes = [
    web.get(PAGE, page(show_list)),
    web.post(f"{PAGE}/retry", page(retry_stuck)),
    web.post(f"{ONE}/retry", page(action(retry))),
    web.post(f"{ONE}/exempt", page(action(ask, is_own_too=True))),
    web.post(f"{ONE}/confirm", page(action(grant))),
    web.post(f"{ONE}/decline", page(action(decline, is_own_too=True))),
    web.post(f"{ONE}/reverse", page(action(reverse, is_own_too=True))),
]


def may_decide(agent: Agent, found: Standing) -> bool:
    """Whether the obligation is the agent's business: they answered, or they supervise."""
    return agent.sees_all_lines or found.agent_id == agent.id


async def _check(doing: Deciding, *, is_own_too: bool) -> None:
    found = await standing.get(doing.connection, doing.call_id)
    if found is None:
        raise NotFoundError("this call owes no ticket")
    if not (may_decide(doing.agent, found) if is_own_too else doing.agent.sees_all_lines):
        raise ForbiddenError("this is for a supervisor to decide")


def _shown(text: str | None) -> Show:
    return Show(text) if text in tuple(Show) else Show.OPEN
